// Kept weights: packed weights that are kept from one call to the next.
//
// For one small image, packing the weights takes longer than multiplying by them. A caller that
// knows weights to be the same as before gives them an identity. Their packed numbers are then kept
// in memory of at most most_kept_bytes, together with all that their order depends on. What has not
// been used for a while goes out when others come. Calls come one after the other; what
// one of them reads stays until it has ended.
#pragma once

#include <cstdint>
#include <memory>

#include "system/list.h"

namespace nnconv {

// Stands for numbers that never change. 0 stands for none, and their packed weights are not kept.
using WeightsId = std::uint64_t;

constexpr Index most_kept_bytes = Index(64) << 20;

// All that packed numbers depend on besides the weights, from who reads them on.
using PackedOrder = List<Index>;
enum WeightReader : Index {
  direct_reader,
  winograd_reader,
  col2im_reader,
  planes_reader,
  check_reader
};

// The packed weights of one loop: found, or still to be packed, or not kept.
class KeptWeights {
 public:
  // Looks for these weights in this order; if they are not there, but may be kept, makes room.
  void find(WeightsId id, PackedOrder order, Index bytes);

  // Null if they are not kept.
  void* numbers() const { return numbers_.get(); }
  bool are_packed() const { return are_packed_; }

  // Keeps them, once all of them are packed.
  void keep();

 private:
  WeightsId id_ = 0;
  PackedOrder order_;
  Index bytes_ = 0;
  std::shared_ptr<void> numbers_;
  bool are_packed_ = false;
};

// The memory that is kept, and whether any of it is of some weights.
Index kept_bytes();
bool is_any_kept(WeightsId id);

// Drops what is kept of some weights, or of all.
void forget_weights(WeightsId id);
void forget_weights();

}  // namespace nnconv
