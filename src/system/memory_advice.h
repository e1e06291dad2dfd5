// Memory advice: tells the processor and the system how memory will be used.
#pragma once

#include <cstddef>

namespace nnconv {

// Asks for large pages, far fewer of which have to be found and cleared. Call it before the block
// is first touched. It does nothing for small blocks, nor on systems without such a request.
void advise_large_pages(void* block, std::size_t bytes);

// Fetches memory that will be read soon into the cache.
inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

}  // namespace nnconv
