// Torch file: the values and tensors of a file that PyTorch's torch.save() wrote.
//
// Since version 1.6 of PyTorch a file is a zip archive with a pickle, data.pkl, of all but the
// numbers, and the storages, data/<key>, of the numbers. Before, it was a sequence of pickles, and
// of the storages in the order of the last pickle. Source: torch/serialization.py.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "torch_files/values.h"
#include "torch_files/zip_archive.h"

namespace nnconv {

class TorchFile {
 public:
  // Throws a KindError if the source seems to be no such file, and a FormatError if it is not a
  // whole and consistent one.
  TorchFile(std::unique_ptr<ByteSource> source, const std::function<void()>& checkpoint);

  const Values& values() const { return values_; }
  ValueNumber root() const { return root_; }

  // The memory that reading a tensor takes besides its array.
  std::uint64_t scratch_bytes(std::size_t tensor) const;

  // Reads a tensor of numbers that R has, as read_strided() does.
  template <class T>
  bool read(std::size_t tensor, T* numbers, const std::function<void()>& checkpoint);

 private:
  void open_archive(const std::function<void()>& checkpoint);
  void open_sequence();
  void read_sequence(std::size_t most);
  ByteSource& unpacked(const ZipEntry& entry, const std::function<void()>& checkpoint);

  std::unique_ptr<ByteSource> source_;
  std::vector<Byte> pickle_;
  Values values_;
  ValueNumber root_ = 0;
  bool is_reversed_ = false;        // do the highest bytes of numbers come first?
  std::vector<ZipEntry> storages_;  // as they are in the file
  std::set<std::uint64_t> verified_;

  // The last entry that was unpacked.
  std::uint64_t unpacked_from_ = 0;
  std::vector<Byte> unpacked_;
  std::unique_ptr<MemorySource> unpacked_source_;
};

}  // namespace nnconv
