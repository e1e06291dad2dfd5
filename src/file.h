// File: the only place that knows the file system.
//
// A file is closed when its object goes, whatever happens.
#pragma once

#include <cstdio>
#include <string>

#include "byte_access.h"

namespace nnconv {

// An existing regular file. Throws a FileError for anything else: reading a pipe would wait.
class InputFile : public ByteSource {
 public:
  explicit InputFile(const std::string& path);
  ~InputFile() override;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  std::uint64_t size() const override { return size_; }
  void read(std::uint64_t at, Byte* to, std::size_t count) override;
  void expect(std::uint64_t at, std::uint64_t count) override;

 private:
  std::FILE* file_;
  std::uint64_t size_;
};

bool is_regular_file(const std::string& path);

// A new file, or an old one emptied.
class OutputFile : public ByteSink {
 public:
  explicit OutputFile(const std::string& path);
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::uint64_t at, const Byte* from, std::size_t count) override;

  // Closes it once the bytes have reached the disk, or throws a FileError.
  void finish();

 private:
  std::FILE* file_;
  std::uint64_t position_ = 0;
};

}  // namespace nnconv
