// Zip archive: reads the directory at the end of the file, and entries with their checksums.
#include "torch_files/zip_archive.h"

#include <algorithm>
#include <array>

#include "files/number_types.h"
#include "files/text.h"
#include "torch_files/inflate.h"

namespace nnconv {
namespace {

constexpr std::uint64_t largest_directory = 10000000;  // bytes
constexpr std::size_t chunk = std::size_t{1} << 18;

// A record of the archive, in memory.
class Record {
 public:
  Record(ByteSource& source, std::uint64_t at, std::uint64_t count, const char* what) : at_(at) {
    if (at > source.size() || count > source.size() - at) {
      throw FormatError(std::string(what) + " is cut off", std::min(at, source.size()));
    }
    bytes_.resize(static_cast<std::size_t>(count));
    source.read(at, bytes_.data(), bytes_.size());
  }

  std::uint64_t size() const { return bytes_.size(); }

  template <class Word>
  Word word(std::size_t at) const {
    if (at > bytes_.size() || sizeof(Word) > bytes_.size() - at) {
      throw FormatError("the archive's directory is cut off", at_ + bytes_.size());
    }
    return load_word<Word>(bytes_.data() + at);
  }

  std::string text(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) {
      throw FormatError("the archive's directory is cut off", at_ + bytes_.size());
    }
    return std::string(bytes_.begin() + static_cast<std::ptrdiff_t>(at),
                       bytes_.begin() + static_cast<std::ptrdiff_t>(at + count));
  }

 private:
  std::uint64_t at_;
  std::vector<Byte> bytes_;
};

struct Directory {
  std::uint64_t begin, size, entries;
};

constexpr std::uint32_t end_mark = 0x06054b50, end64_mark = 0x06064b50, locator_mark = 0x07064b50;
constexpr std::uint32_t entry_mark = 0x02014b50, local_mark = 0x04034b50;
constexpr std::uint64_t end_bytes = 22, end64_bytes = 56, locator_bytes = 20;
constexpr std::uint64_t entry_bytes_fixed = 46, local_bytes = 30;

// The place of the record that ends the archive, or the size of the file if there is none. A
// comment of up to 65535 bytes may follow the record.
std::uint64_t find_end(ByteSource& source) {
  const std::uint64_t size = source.size();
  if (size < end_bytes) return size;
  const std::uint64_t first = size - std::min<std::uint64_t>(size, end_bytes + 65535);
  const auto is_end = [](const Record& record, std::size_t at) {
    return record.word<std::uint32_t>(at) == end_mark &&
           at + end_bytes + record.word<std::uint16_t>(at + 20) == record.size();
  };
  const Record last(source, size - end_bytes, end_bytes, "the end");
  if (is_end(last, 0)) return size - end_bytes;
  const Record tail(source, first, size - first, "the end");
  for (std::size_t at = static_cast<std::size_t>(size - first - end_bytes) + 1; at-- > 0;) {
    if (is_end(tail, at)) return first + at;
  }
  return size;
}

Directory find_directory(ByteSource& source) {
  const std::uint64_t at = find_end(source);
  const Record end(source, at, end_bytes, "the end of the archive");
  Directory directory = {end.word<std::uint32_t>(16), end.word<std::uint32_t>(12),
                         end.word<std::uint16_t>(10)};
  std::uint64_t limit = at;
  if (at >= locator_bytes) {
    const Record locator(source, at - locator_bytes, locator_bytes, "the end of the archive");
    if (locator.word<std::uint32_t>(0) == locator_mark) {
      limit = locator.word<std::uint64_t>(8);
      const Record end64(source, limit, end64_bytes, "the end of the archive");
      if (end64.word<std::uint32_t>(0) != end64_mark || limit > at - locator_bytes) {
        throw FormatError("the archive's directory is not where its end says", at);
      }
      directory = {end64.word<std::uint64_t>(48), end64.word<std::uint64_t>(40),
                   end64.word<std::uint64_t>(32)};
    }
  }
  if (directory.begin > limit || directory.size > limit - directory.begin) {
    throw FormatError("the archive's directory is not where its end says", at);
  }
  if (directory.size > largest_directory) {
    throw FormatError("the archive's directory is longer than the 10000000 bytes allowed", at);
  }
  return directory;
}

// Sizes of 32 bits that are all ones stand in the extra field, in 64 bits.
void take_64(const Record& record, std::size_t at, std::size_t count, ZipEntry& entry,
             std::uint64_t& local) {
  const std::uint64_t ones = 0xffffffff;
  for (const std::size_t end = at + count; at + 4 <= end;) {
    const std::size_t length = record.word<std::uint16_t>(at + 2);
    if (record.word<std::uint16_t>(at) == 1) {
      std::size_t next = at + 4;
      for (std::uint64_t* each : {&entry.size, &entry.packed, &local}) {
        if (*each != ones || next + 8 > at + 4 + length) continue;
        *each = record.word<std::uint64_t>(next);
        next += 8;
      }
      return;
    }
    at += 4 + length;
  }
}

// The place of an entry's bytes, behind its local header, which has to agree with the directory.
std::uint64_t begin_of(ByteSource& source, const std::string& name, std::uint64_t local) {
  const Record header(source, local, local_bytes, "an entry of the archive");
  const std::size_t length = header.word<std::uint16_t>(26);
  if (header.word<std::uint32_t>(0) != local_mark || length != name.size() ||
      Record(source, local + local_bytes, length, "an entry of the archive").text(0, length) !=
          name) {
    throw FormatError("entry " + short_name(name) + " is not where the directory says", local);
  }
  return local + local_bytes + length + header.word<std::uint16_t>(28);
}

std::array<std::uint32_t, 256> crc_table() {
  std::array<std::uint32_t, 256> table;
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value >> 1 ^ ((value & 1u) != 0 ? 0xedb88320u : 0u);
    table[i] = value;
  }
  return table;
}

// The checksum of these bytes behind others of checksum `crc`.
std::uint32_t add_to_crc(std::uint32_t crc, const Byte* bytes, std::size_t count) {
  static const std::array<std::uint32_t, 256> table = crc_table();
  crc = ~crc;
  for (std::size_t i = 0; i < count; ++i) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 255u];
  return ~crc;
}

void check_crc(const ZipEntry& entry, std::uint32_t crc) {
  if (entry.crc != 0 && entry.crc != crc) {
    throw FormatError("the bytes of an entry of the archive do not have its checksum", entry.begin);
  }
}

}  // namespace

bool is_zip(ByteSource& source) {
  return find_end(source) < source.size();
}

ZipEntries read_zip_entries(ByteSource& source) {
  const Directory directory = find_directory(source);
  const Record record(source, directory.begin, directory.size, "the archive's directory");
  ZipEntries entries;
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < directory.entries; ++i) {
    const std::uint64_t place = directory.begin + at;
    if (record.word<std::uint32_t>(at) != entry_mark) {
      throw FormatError("the archive's directory has fewer entries than its end says", place);
    }
    const std::size_t length = record.word<std::uint16_t>(at + 28);
    const std::size_t extra = record.word<std::uint16_t>(at + 30);
    const std::string name = record.text(at + entry_bytes_fixed, length);
    if (first_not_utf8(reinterpret_cast<const Byte*>(name.data()), length) < length) {
      throw FormatError("a name in the archive's directory is not UTF-8", place);
    }
    const auto fail = [&](const char* what) {
      throw FormatError("entry " + short_name(name) + " " + what, place);
    };
    if ((record.word<std::uint16_t>(at + 8) & 1u) != 0) fail("is encrypted");
    const unsigned method = record.word<std::uint16_t>(at + 10);
    if (method != 0 && method != 8) fail("is packed by another method than deflate");
    ZipEntry entry;
    entry.is_deflated = method == 8;
    entry.crc = record.word<std::uint32_t>(at + 16);
    entry.packed = record.word<std::uint32_t>(at + 20);
    entry.size = record.word<std::uint32_t>(at + 24);
    std::uint64_t local = record.word<std::uint32_t>(at + 42);
    take_64(record, at + entry_bytes_fixed + length, extra, entry, local);
    entry.begin = begin_of(source, name, local);
    if (entry.begin > directory.begin || entry.packed > directory.begin - entry.begin) {
      fail("goes on beyond the entries");
    }
    if (!entry.is_deflated && entry.size != entry.packed) fail("is stored in another size");
    if (entry.is_deflated && entry.size / largest_ratio > entry.packed) {
      fail("is larger than its bytes can be");
    }
    if (!entries.emplace(name, entry).second) fail("is there twice");
    at += entry_bytes_fixed + length + extra + record.word<std::uint16_t>(at + 32);
  }
  return entries;
}

std::vector<Byte> entry_bytes(ByteSource& source, const ZipEntry& entry,
                              const std::function<void()>& checkpoint) {
  std::vector<Byte> bytes(static_cast<std::size_t>(entry.packed));
  source.read(entry.begin, bytes.data(), bytes.size());
  if (entry.is_deflated) {
    try {
      bytes = inflate(bytes, static_cast<std::size_t>(entry.size), checkpoint);
    } catch (const FileError& error) {
      throw FormatError(error.what(), entry.begin);
    }
  }
  check_crc(entry, add_to_crc(0, bytes.data(), bytes.size()));
  return bytes;
}

void verify_stored(ByteSource& source, const ZipEntry& entry,
                   const std::function<void()>& checkpoint) {
  if (entry.crc == 0) return;
  source.expect(entry.begin, entry.size);
  std::vector<Byte> bytes(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, chunk)));
  std::uint32_t crc = 0;
  for (std::uint64_t at = 0; at < entry.size; at += bytes.size()) {
    checkpoint();
    const std::size_t count =
        static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), entry.size - at));
    source.read(entry.begin + at, bytes.data(), count);
    crc = add_to_crc(crc, bytes.data(), count);
  }
  check_crc(entry, crc);
}

}  // namespace nnconv
