// Zip archive: finds the entries of a zip file, and their bytes.
//
// It knows what archives of PyTorch and of common programs have: entries that are stored or
// deflated, on one disk, with 32 or 64 bits of size. Source: PKWARE's APPNOTE 6.3.10,
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "files/byte_access.h"

namespace nnconv {

struct ZipEntry {
  bool is_deflated = false;
  std::uint64_t begin = 0;   // of its bytes in the file
  std::uint64_t packed = 0;  // bytes in the file
  std::uint64_t size = 0;    // bytes of the entry; the same if it is stored
  std::uint32_t crc = 0;     // 0 if the writer has not computed it
};

using ZipEntries = std::map<std::string, ZipEntry>;

// Is the end of the source that of a zip archive?
bool is_zip(ByteSource& source);

// Throws a FormatError if the archive is not whole and consistent.
ZipEntries read_zip_entries(ByteSource& source);

// The bytes of an entry, verified by their checksum.
std::vector<Byte> entry_bytes(ByteSource& source, const ZipEntry& entry,
                              const std::function<void()>& checkpoint);

// Throws a FormatError if the bytes of a stored entry do not have their checksum.
void verify_stored(ByteSource& source, const ZipEntry& entry,
                   const std::function<void()>& checkpoint);

}  // namespace nnconv
