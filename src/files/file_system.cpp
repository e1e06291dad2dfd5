// File system: implements the calls for Windows and for POSIX, with positions of 64 bits.
#ifndef _WIN32
#define _FILE_OFFSET_BITS 64  // before any header, for systems of 32 bits
#endif

#include "files/file_system.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <vector>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX  // windows.h would hide std::min
#endif
#include <io.h>
#include <windows.h>
#else
#include <unistd.h>
#endif
#ifdef __linux__
#include <sys/xattr.h>
#endif

namespace nnconv {
namespace {

constexpr std::size_t most_at_once = std::size_t{1} << 30;  // as every system accepts

#ifdef _WIN32
using Status = struct _stat64;

std::wstring wide(const std::string& path) {
  const int bytes = static_cast<int>(path.size());
  const int count = MultiByteToWideChar(CP_UTF8, 0, path.data(), bytes, nullptr, 0);
  std::wstring result(static_cast<std::size_t>(count), L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path.data(), bytes, &result[0], count);
  return result;
}

int open_file(const std::string& path, Open how) {
  const int common = _O_BINARY | _O_NOINHERIT, rights = _S_IREAD | _S_IWRITE;
  if (how == Open::to_read) return _wopen(wide(path).c_str(), _O_RDONLY | common);
  if (how == Open::to_change) return _wopen(wide(path).c_str(), _O_WRONLY | common);
  return _wopen(wide(path).c_str(), _O_WRONLY | _O_CREAT | _O_EXCL | common, rights);
}

bool go_to(int file, std::uint64_t at) {
  return _lseeki64(file, static_cast<long long>(at), SEEK_SET) >= 0;
}

void fill(const Status& from, FileStatus& to) {
  const unsigned type = from.st_mode & _S_IFMT;
  to.type = type == _S_IFREG   ? FileType::regular
            : type == _S_IFDIR ? FileType::folder
                               : FileType::other;
  to.size = static_cast<std::uint64_t>(from.st_size);
}
#else
using Status = struct stat;

int open_file(const std::string& path, Open how) {
  for (;;) {
    int file;
    if (how == Open::to_read) {
      file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    } else if (how == Open::to_change) {
      file = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
      const mode_t mode = how == Open::as_new ? 0666 : 0600;
      file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    if (file >= 0 || errno != EINTR) return file;
  }
}

void fill(const Status& from, FileStatus& to) {
  to.type = S_ISREG(from.st_mode)   ? FileType::regular
            : S_ISDIR(from.st_mode) ? FileType::folder
                                    : FileType::other;
  to.size = static_cast<std::uint64_t>(from.st_size);
  to.device = static_cast<std::uint64_t>(from.st_dev);
  to.owner = static_cast<std::uint64_t>(from.st_uid);
  to.group = static_cast<std::uint64_t>(from.st_gid);
  to.mode = static_cast<unsigned>(from.st_mode & 07777);
}
#endif

}  // namespace

OpenFile::OpenFile(const std::string& path, Open how) : number_(open_file(path, how)) {}

OpenFile::~OpenFile() {
  const int reason = errno;  // of an earlier failure
  close();
  errno = reason;
}

#ifdef _WIN32
bool OpenFile::status(FileStatus& status) const {
  Status raw;
  if (_fstat64(number_, &raw) != 0) return false;
  fill(raw, status);
  return true;
}

bool OpenFile::read(std::uint64_t at, Byte* to, std::size_t count, std::size_t& got) const {
  if (!go_to(number_, at)) return false;
  const int result = _read(number_, to, static_cast<unsigned>(std::min(count, most_at_once)));
  got = result < 0 ? 0 : static_cast<std::size_t>(result);
  return result >= 0;
}

bool OpenFile::write(std::uint64_t at, const Byte* from, std::size_t count) const {
  if (!go_to(number_, at)) return false;
  while (count > 0) {
    const int put = _write(number_, from, static_cast<unsigned>(std::min(count, most_at_once)));
    if (put <= 0) return false;
    from += put;
    count -= static_cast<std::size_t>(put);
  }
  return true;
}

bool OpenFile::cut(std::uint64_t size) const {
  return _chsize_s(number_, static_cast<long long>(size)) == 0;
}

bool OpenFile::synchronize() const {
  return _commit(number_) == 0;
}

bool OpenFile::close() {
  const int file = number_;
  number_ = -1;
  return file < 0 || _close(file) == 0;
}

void OpenFile::expect(std::uint64_t, std::uint64_t) const {}

bool OpenFile::take_rights(const FileStatus&) const {
  return true;  // a new file takes the folder's
}

bool status_of(const std::string& path, FileStatus& status) {
  Status raw;
  if (_wstat64(wide(path).c_str(), &raw) != 0) return false;
  fill(raw, status);
  return true;
}

bool read_link(const std::string&, std::string&) {
  return false;
}

bool move_file(const std::string& from, const std::string& to) {
  if (MoveFileExW(wide(from).c_str(), wide(to).c_str(), MOVEFILE_REPLACE_EXISTING)) return true;
  errno = EACCES;
  return false;
}

bool remove_file(const std::string& path) {
  return _wunlink(wide(path).c_str()) == 0;
}

std::uint64_t process_number() {
  return GetCurrentProcessId();
}
#else
bool OpenFile::status(FileStatus& status) const {
  Status raw;
  if (fstat(number_, &raw) != 0) return false;
  fill(raw, status);
  return true;
}

bool OpenFile::read(std::uint64_t at, Byte* to, std::size_t count, std::size_t& got) const {
  for (;;) {
    const ssize_t result =
        pread(number_, to, std::min(count, most_at_once), static_cast<off_t>(at));
    got = result < 0 ? 0 : static_cast<std::size_t>(result);
    if (result >= 0 || errno != EINTR) return result >= 0;
  }
}

bool OpenFile::write(std::uint64_t at, const Byte* from, std::size_t count) const {
  while (count > 0) {
    const ssize_t put =
        pwrite(number_, from, std::min(count, most_at_once), static_cast<off_t>(at));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    from += put;
    at += static_cast<std::uint64_t>(put);
    count -= static_cast<std::size_t>(put);
  }
  return true;
}

bool OpenFile::cut(std::uint64_t size) const {
  return ftruncate(number_, static_cast<off_t>(size)) == 0;
}

// Where a file system lacks this request, the bytes are as safe as they can be.
bool OpenFile::synchronize() const {
  return fsync(number_) == 0 || errno == EINVAL || errno == ENOTSUP;
}

bool OpenFile::close() {
  const int file = number_;
  number_ = -1;
  return file < 0 || ::close(file) == 0 || errno == EINTR;  // which closes it, too
}

void OpenFile::expect(std::uint64_t at, std::uint64_t count) const {
#ifdef POSIX_FADV_WILLNEED
  posix_fadvise(number_, static_cast<off_t>(at), static_cast<off_t>(count), POSIX_FADV_WILLNEED);
#else
  (void)at;
  (void)count;
#endif
}

bool OpenFile::take_rights(const FileStatus& other) const {
  FileStatus own;
  if (!status(own)) return false;
  if ((own.owner != other.owner || own.group != other.group) &&
      fchown(number_, static_cast<uid_t>(other.owner), static_cast<gid_t>(other.group)) != 0) {
    return false;
  }
  if (!status(own)) return false;  // a change of owner may have reduced the mode
  return own.mode == other.mode || fchmod(number_, static_cast<mode_t>(other.mode)) == 0;
}

bool status_of(const std::string& path, FileStatus& status) {
  Status raw;
  if (stat(path.c_str(), &raw) != 0) return false;
  fill(raw, status);
#ifdef __linux__
  status.has_list = getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
#endif
  return true;
}

bool read_link(const std::string& path, std::string& target) {
  std::vector<char> buffer(4097);  // more than the longest path
  const ssize_t count = readlink(path.c_str(), buffer.data(), buffer.size());
  if (count <= 0 || static_cast<std::size_t>(count) == buffer.size()) return false;
  target.assign(buffer.data(), static_cast<std::size_t>(count));
  return true;
}

bool move_file(const std::string& from, const std::string& to) {
  return std::rename(from.c_str(), to.c_str()) == 0;
}

bool remove_file(const std::string& path) {
  return unlink(path.c_str()) == 0;
}

std::uint64_t process_number() {
  return static_cast<std::uint64_t>(getpid());
}
#endif

}  // namespace nnconv
