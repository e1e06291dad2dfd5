// File: reads files, and saves them as a whole or, where possible, not at all.
#pragma once

#include <functional>
#include <string>

#include "files/byte_access.h"
#include "files/file_system.h"

namespace nnconv {

// An existing regular file. It throws a FileError for anything else: reading a pipe would wait.
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

// Saves a file of `size` bytes, which `write` writes into the sink it is given; `write` may be
// called twice. Exceptions that `write` and `checkpoint` raise themselves go on to the caller; they
// must not be FileErrors.
//
// Where possible, it writes a new file beside the old one and moves it into the old one's place,
// with the old one's owner and mode. Otherwise it writes into the old file, once `write` has run to
// its end and the file has been given the bytes that it grows by. Until the last step such a file
// begins with zeros. A link stays a link, and the file it leads to is saved.
void save_file(const std::string& path, std::uint64_t size,
               const std::function<void(ByteSink&)>& write,
               const std::function<void()>& checkpoint);

// Does the folder exist that a file of this path lies in?
bool has_folder(const std::string& path);

}  // namespace nnconv
