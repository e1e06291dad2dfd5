// Allocator: the program's operator new, which can be told to fail, and counts what is not freed.
#pragma once

namespace core {

// From now on the k-th allocation, of whatever thread, fails; 0: none.
void fail_allocation(long k);

// Has it come to that?
bool has_failed();

// Allocations that have not been freed.
long live_allocations();

// Threads that may still be begun, or -1 for any number. False where threads cannot be refused.
bool allow_threads(long count);

// Requests that were refused.
long refused_threads();

}  // namespace core
