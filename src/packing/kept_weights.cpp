// Kept weights: the list of what is kept.
#include "packing/kept_weights.h"

#include <algorithm>
#include <new>
#include <utility>
#include <vector>

namespace nnconv {
namespace {

constexpr std::uint64_t patience = 256;  // looks at the list, before an entry may go

struct Entry {
  WeightsId id;
  PackedOrder order;
  Index bytes;
  std::shared_ptr<void> numbers;
  std::uint64_t last_use;
};

std::vector<Entry> entries;
std::uint64_t looks = 0;

Entry* entry_of(WeightsId id, const PackedOrder& order) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) {
    return entry.id == id && entry.order == order;
  });
  return found == entries.end() ? nullptr : &*found;
}

// Drops what has not been used for long. Is there room then?
bool make_room(Index bytes) {
  entries.erase(
      std::remove_if(entries.begin(), entries.end(),
                     [](const Entry& entry) { return looks - entry.last_use >= patience; }),
      entries.end());
  return kept_bytes() + bytes <= most_kept_bytes;
}

}  // namespace

void KeptWeights::find(WeightsId id, PackedOrder order, Index bytes) {
  *this = {};
  if (id == 0) return;
  ++looks;
  if (Entry* const entry = entry_of(id, order)) {
    entry->last_use = looks;
    numbers_ = entry->numbers;
    are_packed_ = true;
    return;
  }
  if (!make_room(bytes)) return;
  try {
    numbers_.reset(::operator new(memory_count(bytes)), [](void* p) { ::operator delete(p); });
  } catch (const std::bad_alloc&) {
    return;  // they are not kept
  }
  id_ = id;
  order_ = std::move(order);
  bytes_ = bytes;
}

void KeptWeights::keep() {
  if (are_packed_ || !numbers_ || entry_of(id_, order_) || !make_room(bytes_)) return;
  try {
    entries.push_back({id_, order_, bytes_, numbers_, looks});
  } catch (const std::bad_alloc&) {
  }
}

Index kept_bytes() {
  Index bytes = 0;
  for (const Entry& entry : entries) bytes += entry.bytes;
  return bytes;
}

bool is_any_kept(WeightsId id) {
  return std::any_of(entries.begin(), entries.end(),
                     [&](const Entry& entry) { return entry.id == id; });
}

void forget_weights(WeightsId id) {
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&](const Entry& entry) { return entry.id == id; }),
                entries.end());
}

void forget_weights() {
  entries.clear();
  entries.shrink_to_fit();
}

}  // namespace nnconv
