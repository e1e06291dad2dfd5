// Strided data: reads tensors whose numbers lie anywhere in a storage.
#pragma once

#include <functional>

#include "files/byte_access.h"
#include "files/number_types.h"
#include "torch_files/values.h"

namespace nnconv {

// The same bytes, those of each number reversed. It is read by whole numbers.
class ReversedSource : public ByteSource {
 public:
  ReversedSource(ByteSource& source, std::size_t bytes) : source_(source), bytes_(bytes) {}

  std::uint64_t size() const override { return source_.size(); }
  void read(std::uint64_t at, Byte* to, std::size_t count) override;
  void expect(std::uint64_t at, std::uint64_t count) override { source_.expect(at, count); }

 private:
  ByteSource& source_;
  std::size_t bytes_;
};

// Reads a tensor of the storage that begins at byte `begin` into `values`, an array of R; T is
// double, or int for booleans. Returns whether all numbers have exact counterparts.
template <class T>
bool read_strided(ByteSource& source, std::uint64_t begin, const TensorValue& tensor,
                  std::uint64_t storage_bytes, T* values, const std::function<void()>& checkpoint);

}  // namespace nnconv
