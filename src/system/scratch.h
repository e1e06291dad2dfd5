// Scratch: memory for intermediate numbers, which grows, is reused, and is never filled in advance.
#pragma once

#include <cstddef>
#include <memory>
#include <new>

#include "system/index.h"

namespace nnconv {

// Converts a count to size_t; throws bad_alloc if it does not fit.
inline std::size_t memory_count(Index count) {
  if (count > PTRDIFF_MAX) throw std::bad_alloc();
  return static_cast<std::size_t>(count);
}

template <class T>
class Scratch {
 public:
  // Returns room for at least `count` numbers. They are kept from the call before if it had as much
  // room.
  T* room(Index count) {
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
  Index count_ = 0;
};

}  // namespace nnconv
