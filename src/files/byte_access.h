// Byte access: reads and writes bytes at any place of a file or of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace nnconv {

using Byte = unsigned char;

// Says what is wrong with a file, without naming it.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Says what is wrong with a text in a file, and at which byte of the file.
class FormatError : public FileError {
 public:
  FormatError(const std::string& what, std::uint64_t at) : FileError(what), at(at) {}
  const std::uint64_t at;
};

// Says that a file is of another kind, and what helps.
class KindError : public FileError {
 public:
  using FileError::FileError;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size() const = 0;
  // Throws a FileError if there are fewer bytes.
  virtual void read(std::uint64_t at, Byte* to, std::size_t count) = 0;
  // Announces bytes that will be read soon, in any order.
  virtual void expect(std::uint64_t, std::uint64_t) {}
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual void write(std::uint64_t at, const Byte* from, std::size_t count) = 0;
};

// Memory that the caller owns.
class MemorySource : public ByteSource {
 public:
  MemorySource(const Byte* bytes, std::size_t count) : bytes_(bytes), count_(count) {}

  std::uint64_t size() const override { return count_; }

  void read(std::uint64_t at, Byte* to, std::size_t count) override {
    if (at > count_ || count > count_ - at) throw FileError("the bytes end too early");
    if (count > 0) std::memcpy(to, bytes_ + at, count);
  }

 private:
  const Byte* bytes_;
  std::size_t count_;
};

// Memory that grows.
class MemorySink : public ByteSink {
 public:
  void write(std::uint64_t at, const Byte* from, std::size_t count) override {
    const std::size_t end = static_cast<std::size_t>(at) + count;
    if (end > bytes.size()) bytes.resize(end);
    if (count > 0) std::memcpy(bytes.data() + at, from, count);
  }

  std::vector<Byte> bytes;
};

}  // namespace nnconv
