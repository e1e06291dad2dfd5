// File: reads, and saves beside the old file or in its place.
#include "files/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <vector>

namespace nnconv {
namespace {

const char not_opened[] = "it cannot be opened";
const char not_read[] = "it cannot be read";
const char not_made[] = "it cannot be made";
const char not_written[] = "it cannot be written";

[[noreturn]] void fail(const char* what) {
  throw FileError(std::string(what) + ": " + std::strerror(errno));
}

[[noreturn]] void fail(const char* what, int reason) {
  errno = reason;
  fail(what);
}

// The part of a path before the name, with its separator.
std::string folder_of(const std::string& path) {
#ifdef _WIN32
  const std::size_t end = path.find_last_of("/\\:");
#else
  const std::size_t end = path.rfind('/');
#endif
  return end == path.npos ? "" : path.substr(0, end + 1);
}

std::string end_of_links(std::string path) {
  std::string target;
  for (int i = 0; i < 40; ++i) {  // as Linux
    if (!read_link(path, target)) return path;
    path = target[0] == '/' ? target : folder_of(path) + target;
  }
  fail(not_made, ELOOP);
}

class FileSink : public ByteSink {
 public:
  explicit FileSink(OpenFile& file) : file_(file) {}

  void write(std::uint64_t at, const Byte* from, std::size_t count) override {
    if (!file_.write(at, from, count)) fail(not_written);
  }

  void synchronize() {
    if (!file_.synchronize()) fail(not_written);
  }

 protected:
  OpenFile& file_;
};

// Holds back the first bytes: until finish() the file begins with zeros.
class HeadLastSink : public FileSink {
 public:
  explicit HeadLastSink(OpenFile& file) : FileSink(file) {
    FileSink::write(0, head_.data(), head_.size());
    synchronize();
  }

  void write(std::uint64_t at, const Byte* from, std::size_t count) override {
    std::size_t held = 0;
    for (; held < count && at + held < head_.size(); ++held) head_[at + held] = from[held];
    FileSink::write(at + held, from + held, count - held);
  }

  void finish(std::uint64_t size) {
    if (!file_.cut(size)) fail(not_written);
    synchronize();
    FileSink::write(0, head_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(8, size)));
    synchronize();
    if (!file_.close()) fail(not_written);
  }

 private:
  std::array<Byte, 8> head_{};
};

// Drops all bytes, for a trial run of the writer.
class NoSink : public ByteSink {
 public:
  void write(std::uint64_t, const Byte*, std::size_t) override {}
};

// Removes a file when the object is destroyed, unless the path is empty.
struct Removal {
  std::string path;
  ~Removal() {
    if (!path.empty()) remove_file(path);
  }
};

// A name that no other file has, short enough for every file system.
std::string name_beside(const std::string& path, int attempt) {
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return folder_of(path) + ".nnconv-" + std::to_string(process_number()) + "-" +
         std::to_string(now % 1000000000) + "-" + std::to_string(attempt);
}

enum class Outcome { done, not_made, not_moved };

// Saves a new file that takes the place of the old one. `old` is null if there is none.
Outcome save_beside(const std::string& path, const FileStatus* old,
                    const std::function<void(ByteSink&)>& write) {
  if (old != nullptr && old->has_list) return Outcome::not_made;
  for (int attempt = 0; attempt < 100; ++attempt) {
    Removal temporary{name_beside(path, attempt)};
    OpenFile file(temporary.path, old == nullptr ? Open::as_new : Open::as_new_and_private);
    if (!file.is_open()) {
      temporary.path.clear();
      if (errno == EEXIST) continue;
      return Outcome::not_made;
    }
    FileSink sink(file);
    write(sink);
    sink.synchronize();
    if (old != nullptr && !file.take_rights(*old)) return Outcome::not_moved;
    if (!file.close()) fail(not_written);
    if (!move_file(temporary.path, path)) return Outcome::not_moved;
    temporary.path.clear();
    return Outcome::done;
  }
  return Outcome::not_made;
}

// Does the file lie on another disk than its folder?
bool is_mounted(const std::string& path, const FileStatus& status) {
  FileStatus folder;
  return status_of(folder_of(path) + ".", folder) && folder.device != status.device;
}

// Makes a file larger, or else leaves it as it is.
void grow(OpenFile& file, std::uint64_t from, std::uint64_t to,
          const std::function<void()>& checkpoint) {
  const std::vector<Byte> zeros(std::size_t{1} << 20);
  FileSink sink(file);
  try {
    for (std::uint64_t at = from; at < to; at += zeros.size()) {
      checkpoint();
      const std::uint64_t count = std::min<std::uint64_t>(zeros.size(), to - at);
      sink.write(at, zeros.data(), static_cast<std::size_t>(count));
    }
    sink.synchronize();
  } catch (...) {
    file.cut(from);
    throw;
  }
}

void save_in_place(const std::string& path, const FileStatus* old, bool is_tried,
                   std::uint64_t size, const std::function<void(ByteSink&)>& write,
                   const std::function<void()>& checkpoint) {
  Removal half;
  OpenFile file(path, old == nullptr ? Open::as_new : Open::to_change);
  if (!file.is_open()) fail(old == nullptr ? not_made : not_written);
  if (old == nullptr) {
    half.path = path;
  } else {
    NoSink nowhere;
    if (!is_tried) write(nowhere);
    grow(file, old->size, size, checkpoint);
  }
  HeadLastSink sink(file);
  write(sink);
  sink.finish(size);
  half.path.clear();
}

// How to open a file to read it. Throws if opening it would wait, as for a pipe, or be useless.
Open checked(const std::string& path) {
  FileStatus status;
  if (!status_of(path, status)) fail(not_opened);
  if (status.type == FileType::folder)
    throw FileError("it is a folder, whose files are read one by one");
  if (status.type != FileType::regular) throw FileError("it is not a regular file");
  return Open::to_read;
}

}  // namespace

InputFile::InputFile(const std::string& path) : file_(path, checked(path)) {
  FileStatus status;
  if (!file_.is_open() || !file_.status(status)) fail(not_opened);
  size_ = status.size;
}

void InputFile::read(std::uint64_t at, Byte* to, std::size_t count) {
  while (count > 0) {
    std::size_t got = 0;
    if (!file_.read(at, to, count, got)) fail(not_read);
    if (got == 0) throw FileError("it became shorter while it was read");
    to += got;
    at += got;
    count -= got;
  }
}

void save_file(const std::string& path, std::uint64_t size,
               const std::function<void(ByteSink&)>& write,
               const std::function<void()>& checkpoint) {
  const std::string target = end_of_links(path);
  FileStatus status;
  const bool is_there = status_of(target, status);
  if (!is_there && errno != ENOENT) fail(not_made);
  if (is_there && status.type != FileType::regular) throw FileError("it is a folder or a device");
  if (folder_of(target).size() == target.size()) fail(not_made, is_there ? EISDIR : ENOENT);
  if (is_there && !OpenFile(target, Open::to_change).is_open()) fail(not_written);
  const FileStatus* old = is_there ? &status : nullptr;
  Outcome outcome = Outcome::not_made;
  try {
    outcome = save_beside(target, old, write);
  } catch (const FileError&) {  // the folder's disk may be full, and the file's not
    if (!is_there || !is_mounted(target, status)) throw;
  }
  if (outcome == Outcome::done) return;
  save_in_place(target, old, outcome == Outcome::not_moved, size, write, checkpoint);
}

bool has_folder(const std::string& path) {
  FileStatus status;
  return status_of(folder_of(path) + ".", status) && status.type == FileType::folder;
}

}  // namespace nnconv
