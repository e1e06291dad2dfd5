// File: positions of 64 bits, on every system.
#ifndef _WIN32
#define _FILE_OFFSET_BITS 64  // before any header, for systems of 32 bits
#endif

#include "file.h"

#include <sys/stat.h>
#include <sys/types.h>

#include <cerrno>

#ifdef _WIN32
#include <io.h>
#else
#include <fcntl.h>
#include <unistd.h>
#endif

namespace nnconv {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw FileError(what + ": " + std::strerror(errno));
}

#ifdef _WIN32
using Status = struct _stat64;

bool status_of(const std::string& path, Status& status) {
  return _stat64(path.c_str(), &status) == 0;
}

bool status_of(std::FILE* file, Status& status) {
  return _fstat64(_fileno(file), &status) == 0;
}

bool is_regular(const Status& status) {
  return (status.st_mode & _S_IFMT) == _S_IFREG;
}

bool go_to(std::FILE* file, std::uint64_t at) {
  return _fseeki64(file, static_cast<long long>(at), SEEK_SET) == 0;
}

bool synchronize(std::FILE* file) {
  return _commit(_fileno(file)) == 0;
}
#else
using Status = struct stat;

bool status_of(const std::string& path, Status& status) {
  return stat(path.c_str(), &status) == 0;
}

bool status_of(std::FILE* file, Status& status) {
  return fstat(fileno(file), &status) == 0;
}

bool is_regular(const Status& status) {
  return S_ISREG(status.st_mode);
}

bool go_to(std::FILE* file, std::uint64_t at) {
  return fseeko(file, static_cast<off_t>(at), SEEK_SET) == 0;
}

// Where a file system has no such request, the bytes are as safe as they can be.
bool synchronize(std::FILE* file) {
  return fsync(fileno(file)) == 0 || errno == EINVAL || errno == ENOTSUP;
}
#endif

}  // namespace

bool is_regular_file(const std::string& path) {
  Status status;
  return status_of(path, status) && is_regular(status);
}

InputFile::InputFile(const std::string& path) : file_(nullptr), size_(0) {
  Status status;
  if (!status_of(path, status)) fail("it cannot be opened");
  if (!is_regular(status)) throw FileError("it is not a regular file");
  file_ = std::fopen(path.c_str(), "rb");
  if (file_ == nullptr) fail("it cannot be opened");
  std::setvbuf(file_, nullptr, _IONBF, 0);  // what is read goes to its place at once
  if (!status_of(file_, status)) {
    std::fclose(file_);
    fail("its size cannot be read");
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

InputFile::~InputFile() {
  std::fclose(file_);
}

void InputFile::read(std::uint64_t at, Byte* to, std::size_t count) {
#ifdef _WIN32
  if (!go_to(file_, at)) fail("it cannot be read");
  const std::size_t got = std::fread(to, 1, count, file_);
  if (got < count && std::ferror(file_)) fail("it cannot be read");
  if (got < count) throw FileError("it became shorter while it was read");
#else
  while (count > 0) {
    const ssize_t got = pread(fileno(file_), to, count, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail("it cannot be read");
    if (got == 0) throw FileError("it became shorter while it was read");
    to += got;
    at += static_cast<std::uint64_t>(got);
    count -= static_cast<std::size_t>(got);
  }
#endif
}

// Without it, a file that is not in memory yet would be fetched in small pieces.
void InputFile::expect(std::uint64_t at, std::uint64_t count) {
#ifdef POSIX_FADV_WILLNEED
  posix_fadvise(fileno(file_), static_cast<off_t>(at), static_cast<off_t>(count),
                POSIX_FADV_WILLNEED);
#else
  (void)at;
  (void)count;
#endif
}

OutputFile::OutputFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  if (file_ == nullptr) fail("it cannot be made");
  std::setvbuf(file_, nullptr, _IONBF, 0);
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
}

void OutputFile::write(std::uint64_t at, const Byte* from, std::size_t count) {
  if (at != position_ && !go_to(file_, at)) fail("it cannot be written");
  if (std::fwrite(from, 1, count, file_) != count) fail("it cannot be written");
  position_ = at + count;
}

void OutputFile::finish() {
  const bool written = std::fflush(file_) == 0 && synchronize(file_);
  const int reason = errno;
  const bool closed = std::fclose(file_) == 0;
  file_ = nullptr;
  if (!written) errno = reason;
  if (!written || !closed) fail("it cannot be written");
}

}  // namespace nnconv
