// Memory: what the system can be told about a large block before it is first touched.
#pragma once

#include <cstddef>

namespace nnconv {

// Asks for large pages, of which far fewer have to be found and cleared. Does nothing for small
// blocks and where there is no such request.
void advise_large_pages(void* block, std::size_t bytes);

}  // namespace nnconv
