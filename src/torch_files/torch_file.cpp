// Torch file: opens archives and sequences of pickles, and finds the storages.
#include "torch_files/torch_file.h"

#include <algorithm>
#include <cstring>

#include "files/file_kind.h"
#include "files/text.h"
#include "torch_files/pickle.h"
#include "torch_files/strided_data.h"

namespace nnconv {
namespace {

// The number 0x1950a86a20f9469cfc6c, by protocol 2; later protocols add a frame, or nothing.
const Byte sequence_mark[] = {0x8a, 0x0a, 'l', 0xfc, 0x9c, 0x46, 0xf9, ' ', 'j', 0xa8, 'P', 0x19};
constexpr std::size_t longest_key = 255;

bool is_sequence(ByteSource& source) {
  Byte first[24] = {};
  source.read(0, first, static_cast<std::size_t>(std::min<std::uint64_t>(24, source.size())));
  return first[0] == 0x80 &&
         std::search(first, first + 24, sequence_mark, sequence_mark + 12) != first + 24;
}

bool is_safetensors(ByteSource& source) {
  Byte first[9] = {};
  source.read(0, first, static_cast<std::size_t>(std::min<std::uint64_t>(9, source.size())));
  return first[8] == '{' && load_word<std::uint64_t>(first) < source.size();
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::uint64_t bytes_of(const StorageValue& storage) {
  return storage.numbers * storage.type->bits / 8;
}

// The folder that has all entries of an archive of PyTorch, with the slash that ends it.
std::string folder_of(ByteSource& source, const ZipEntries& entries) {
  const char* found = nullptr;
  std::string folder;
  for (const auto& each : entries) {
    const std::string& name = each.first;
    if (ends_with(name, "/constants.pkl")) {
      throw KindError(
          "it seems to be a TorchScript archive of torch.jit.save(): in Python, "
          "torch.save(torch.jit.load(file).state_dict(), new_file) saves its tensors alone");
    }
    if (name != "data.pkl" && !ends_with(name, "/data.pkl")) continue;
    if (found != nullptr) throw KindError("it has more than one data.pkl");
    found = "data.pkl";
    folder = name.substr(0, name.size() - std::strlen(found));
  }
  if (found == nullptr) {
    refuse_other_kinds(source);
    throw KindError("it seems to be a zip archive without the data.pkl of torch.save()");
  }
  return folder;
}

bool reads_reversed(ByteSource& source, const ZipEntries& entries, const std::string& folder,
                    const std::function<void()>& checkpoint) {
  const auto found = entries.find(folder + "byteorder");
  if (found == entries.end()) return false;
  const ZipEntry& entry = found->second;
  if (entry.packed < 100 && entry.size < 100) {
    const std::vector<Byte> bytes = entry_bytes(source, entry, checkpoint);
    const std::string order(bytes.begin(), bytes.end());
    if (order == "little" || order == "big") return order == "big";
  }
  throw FormatError("the byteorder is neither `little` nor `big`", entry.begin);
}

[[noreturn]] void fail(const StorageValue& storage, const std::string& what, std::uint64_t at) {
  throw FormatError("storage " + short_name(std::string(storage.key.substr(0, 100))) + what, at);
}

// Says what a file is that is neither an archive nor a sequence.
[[noreturn]] void refuse_kind(ByteSource& source) {
  if (is_safetensors(source)) {
    throw KindError("it seems to be a safetensors file: nn_load_safetensors() reads it");
  }
  Byte first[4] = {};
  source.read(0, first, static_cast<std::size_t>(std::min<std::uint64_t>(4, source.size())));
  if (std::memcmp(first, "PK\3\4", 4) == 0) {
    throw FormatError("the end of the zip archive is missing, as in a file that is cut off",
                      source.size());
  }
  refuse_other_kinds(source);
  throw KindError("it is not a file that torch.save() writes");
}

}  // namespace

TorchFile::TorchFile(std::unique_ptr<ByteSource> source, const std::function<void()>& checkpoint)
    : source_(std::move(source)) {
  if (is_zip(*source_)) {
    open_archive(checkpoint);
  } else if (is_sequence(*source_)) {
    open_sequence();
  } else {
    refuse_kind(*source_);
  }
}

void TorchFile::open_archive(const std::function<void()>& checkpoint) {
  const ZipEntries entries = read_zip_entries(*source_);
  const std::string folder = folder_of(*source_, entries);
  is_reversed_ = reads_reversed(*source_, entries, folder, checkpoint);
  const ZipEntry& pickle = entries.at(folder + "data.pkl");
  if (pickle.size > largest_pickle || pickle.packed > largest_pickle) {
    throw FormatError("data.pkl is longer than the 100000000 bytes allowed", pickle.begin);
  }
  pickle_ = entry_bytes(*source_, pickle, checkpoint);
  root_ = read_pickle(pickle_.data(), pickle_.size(), pickle.begin, values_).root;
  for (const StorageValue& storage : values_.storages) {
    if (storage.key.size() > longest_key) fail(storage, " is missing", pickle.begin);
    const auto found = entries.find(folder + "data/" + std::string(storage.key));
    if (found == entries.end()) fail(storage, " is missing", pickle.begin);
    const ZipEntry& entry = found->second;
    if (entry.size != bytes_of(storage)) {
      fail(storage,
           " has " + std::to_string(entry.size) + " bytes, its tensors need " +
               std::to_string(bytes_of(storage)),
           entry.begin);
    }
    storages_.push_back(entry);
  }
}

void TorchFile::open_sequence() {
  // Most pickles are short, and storages follow them.
  const std::uint64_t most = std::min(source_->size(), largest_pickle);
  const std::uint64_t few = std::uint64_t{1} << 20;
  if (most > few) {
    try {
      return read_sequence(few);
    } catch (const FormatError&) {
      values_ = Values();
      storages_.clear();
    }
  }
  read_sequence(static_cast<std::size_t>(most));
}

void TorchFile::read_sequence(std::size_t most) {
  pickle_.resize(most);
  source_->read(0, pickle_.data(), most);
  std::size_t next = 0;
  const auto read_next = [&] {
    const Pickle pickle = read_pickle(pickle_.data() + next, most - next, next, values_);
    next += pickle.bytes;
    return pickle.root;
  };
  read_next();  // the mark
  const Value& version = values_[read_next()];
  if (version.kind != ValueKind::whole || version.number != 1001) {
    throw FormatError("the version is not 1001", next);
  }
  read_next();  // sizes of types; storages are little-endian whatever it says
  root_ = read_next();
  const Value& keys = values_[read_next()];

  std::map<std::string_view, const StorageValue*> wanted;
  for (const StorageValue& each : values_.storages) wanted.emplace(each.key, &each);
  std::map<std::string_view, ZipEntry> places;
  std::uint64_t at = next;
  for (const ValueNumber each : keys.items) {
    const auto found = wanted.find(values_[each].text);
    if (keys.kind != ValueKind::list || values_[each].kind != ValueKind::text ||
        found == wanted.end()) {
      throw FormatError("the keys of storages are not those of tensors", next);
    }
    const StorageValue& storage = *found->second;
    Byte count[8];
    if (source_->size() - at < 8) fail(storage, " is cut off", at);
    source_->read(at, count, 8);
    at += 8;
    ZipEntry place;
    place.begin = at;
    place.size = place.packed = bytes_of(storage);
    if (load_word<std::uint64_t>(count) != storage.numbers) {
      fail(storage, " has another length than its tensors need", at - 8);
    }
    if (place.size > source_->size() - at) fail(storage, " is cut off", at);
    at += place.size;
    places.emplace(storage.key, place);
  }
  for (const StorageValue& storage : values_.storages) {
    const auto found = places.find(storage.key);
    if (found == places.end()) fail(storage, " is missing", next);
    if (found->second.size != bytes_of(storage)) {
      fail(storage, " has another length than its tensors need", found->second.begin);
    }
    storages_.push_back(found->second);
  }
}

std::uint64_t TorchFile::scratch_bytes(std::size_t tensor) const {
  const ZipEntry& entry = storages_[values_.tensors[tensor].storage];
  return entry.is_deflated ? entry.packed + entry.size : 0;
}

ByteSource& TorchFile::unpacked(const ZipEntry& entry, const std::function<void()>& checkpoint) {
  if (unpacked_source_ == nullptr || unpacked_from_ != entry.begin) {
    unpacked_source_.reset();
    unpacked_ = std::vector<Byte>();
    unpacked_ = entry_bytes(*source_, entry, checkpoint);
    unpacked_source_ = std::make_unique<MemorySource>(unpacked_.data(), unpacked_.size());
    unpacked_from_ = entry.begin;
  }
  return *unpacked_source_;
}

template <class T>
bool TorchFile::read(std::size_t place, T* numbers, const std::function<void()>& checkpoint) {
  const TensorValue& tensor = values_.tensors[place];
  const ZipEntry& entry = storages_[tensor.storage];
  ByteSource& source = entry.is_deflated ? unpacked(entry, checkpoint) : *source_;
  if (!entry.is_deflated && verified_.count(entry.begin) == 0) {
    verify_stored(source, entry, checkpoint);
    verified_.insert(entry.begin);
  }
  ReversedSource reversed(source, tensor.type->bits / 8);
  return read_strided(is_reversed_ ? static_cast<ByteSource&>(reversed) : source,
                      entry.is_deflated ? 0 : entry.begin, tensor, entry.size, numbers, checkpoint);
}

template bool TorchFile::read(std::size_t, double*, const std::function<void()>&);
template bool TorchFile::read(std::size_t, int*, const std::function<void()>&);

}  // namespace nnconv
