// Buffers: the assignment, storage by storage, and the memory.
#include "network/buffers.h"

#include <algorithm>

#include "system/memory_advice.h"

namespace nnconv {
namespace {

constexpr Index of_result = -1, none = -2;

}  // namespace

Index Buffers::add(double count, Index begin) {
  storages_.push_back({count, begin, begin, none});
  return storages_.size() - 1;
}

void Buffers::use(Index storage, Index time) {
  storages_[storage].end = std::max(storages_[storage].end, time);
}

// The smallest buffer that is large enough or, if there is none, the largest, which then grows.
Index Buffers::find_buffer(const Storage& storage) {
  Index best = none;
  for (Index i = 0; i < buffers_.size(); ++i) {
    if (buffers_[i].busy_until >= storage.begin) continue;
    const double count = buffers_[i].count, known = best == none ? 0 : buffers_[best].count;
    const bool is_better =
        known >= storage.count ? count >= storage.count && count < known : count > known;
    if (best == none || is_better) best = i;
  }
  if (best != none) return best;
  buffers_.push_back({0, none});
  return buffers_.size() - 1;
}

void Buffers::assign(Index result) {
  Index busy_until = none;  // of the result, as another's buffer
  for (Index i = 0; i < storages_.size(); ++i) {
    Storage& storage = storages_[i];
    const bool fits = result >= 0 && storage.count <= storages_[result].count &&
                      storage.end < storages_[result].begin && busy_until < storage.begin;
    if (i == result || fits) {
      storage.buffer = of_result;
      busy_until = storage.end;
      continue;
    }
    storage.buffer = find_buffer(storage);
    Buffer& buffer = buffers_[storage.buffer];
    buffer = {std::max(buffer.count, storage.count), storage.end};
  }
}

double Buffers::count() const {
  double count = 0;
  for (const Buffer& buffer : buffers_) count += buffer.count;
  return count;
}

void Buffers::allocate() {
  memory_.resize(buffers_.size());
  for (Index i = 0; i < buffers_.size(); ++i) {
    const auto count = static_cast<Index>(buffers_[i].count);
    advise_large_pages(memory_[i].room(count), sizeof(double) * memory_count(count));
  }
}

double* Buffers::numbers(Index storage, double* result) {
  const Index buffer = storages_[storage].buffer;
  return buffer == of_result ? result : memory_[buffer].room(0);
}

}  // namespace nnconv
