// Memory: how much the system has, what it can be told about a large block before that is first
// touched, and scratch memory, which nobody fills in advance.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>

namespace nnconv {

// Bytes that this process can still take: what is free or can be freed at once, at most what the
// limits of a container and of the process leave. Infinity where nobody can tell. `root` is put
// before the paths that the system's figures are read from.
double available_memory(const std::string& root = "");

// Asks for large pages, of which far fewer have to be found and cleared. Does nothing for small
// blocks and where there is no such request.
void advise_large_pages(void* block, std::size_t bytes);

// Fetches what will be read soon.
inline void prefetch(const void* address) {
#if defined(__GNUC__)
  __builtin_prefetch(address);
#else
  (void)address;
#endif
}

// A count as memory is asked for; where it does not fit into 32 bits, there is no such memory.
inline std::size_t memory_count(std::int64_t count) {
  if (count > PTRDIFF_MAX) throw std::bad_alloc();
  return static_cast<std::size_t>(count);
}

// Room for numbers, reused from call to call and not filled.
template <class T>
class Scratch {
 public:
  T* room(std::int64_t count) {
    if (count > count_) {
      numbers_.reset();
      count_ = 0;
      numbers_.reset(new T[memory_count(count)]);
      count_ = count;
    }
    return numbers_.get();
  }

 private:
  std::unique_ptr<T[]> numbers_;
  std::int64_t count_ = 0;
};

}  // namespace nnconv
