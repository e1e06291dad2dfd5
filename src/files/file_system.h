// File system: the system's calls for files, which nothing else knows.
//
// A path consists of the system's bytes; on Windows, of UTF-8. A call that fails returns false, or
// a file that is not open, and leaves the reason in errno.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "files/byte_access.h"

namespace nnconv {

enum class FileType { regular, folder, other };

struct FileStatus {
  FileType type = FileType::other;
  std::uint64_t size = 0;
  std::uint64_t device = 0;
  std::uint64_t owner = 0, group = 0;
  unsigned mode = 0;      // permissions
  bool has_list = false;  // of permissions beyond the mode; only status_of() looks for it
};

enum class Open { to_read, to_change, as_new, as_new_and_private };  // a new one must not exist

// Closes its file when it is destroyed.
class OpenFile {
 public:
  OpenFile(const std::string& path, Open how);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return number_ >= 0; }
  bool status(FileStatus& status) const;

  // Reads up to `count` bytes; `got` is 0 at the end of the file.
  bool read(std::uint64_t at, Byte* to, std::size_t count, std::size_t& got) const;
  bool write(std::uint64_t at, const Byte* from, std::size_t count) const;
  bool cut(std::uint64_t size) const;
  bool synchronize() const;  // waits until the bytes have reached the disk
  bool close();              // may report an earlier write that failed

  // Announces bytes that will be read soon.
  void expect(std::uint64_t at, std::uint64_t count) const;

  // Takes owner, group and mode of another file.
  bool take_rights(const FileStatus& other) const;

 private:
  int number_;
};

bool status_of(const std::string& path, FileStatus& status);

// Reads the path that a link leads to in one step; returns false for anything else.
bool read_link(const std::string& path, std::string& target);

bool move_file(const std::string& from, const std::string& to);  // replaces an existing file
bool remove_file(const std::string& path);

std::uint64_t process_number();

}  // namespace nnconv
