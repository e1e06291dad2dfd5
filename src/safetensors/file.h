// File: files that are read, and files that are saved, as a whole or not at all where this can be.
#pragma once

#include <functional>
#include <string>

#include "safetensors/byte_access.h"
#include "safetensors/file_system.h"

namespace nnconv {

// An existing regular file. Throws a FileError for anything else: reading a pipe would wait.
class InputFile : public ByteSource {
 public:
  explicit InputFile(const std::string& path);

  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t at, Byte* to, std::size_t count) override;
  void expect(std::uint64_t at, std::uint64_t count) override { file_.expect(at, count); }

 private:
  OpenFile file_;
  std::uint64_t size_ = 0;
};

// Saves a file of `size` bytes: `write` puts them into what it is given, and may be called twice.
// What `write` or `checkpoint` throws goes on to the caller, and is no FileError.
//
// Where it can, it writes a new file beside the old one and moves it into its place, with owner and
// mode of the old one. Otherwise it writes into the old file, once `write` has run to its end and
// the bytes that the file grows by have been had. Until its last step such a file begins with
// zeros. A link stays, and what it leads to is saved.
void save_file(const std::string& path, std::uint64_t size,
               const std::function<void(ByteSink&)>& write,
               const std::function<void()>& checkpoint);

// Whether the folder is there that a file of this path is in.
bool has_folder(const std::string& path);

}  // namespace nnconv
