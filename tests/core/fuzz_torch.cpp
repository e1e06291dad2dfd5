// Fuzzing of PyTorch's files: libFuzzer gives a byte that chooses what to read, and the bytes of a
// whole file, of a pickle, or of packed bytes. Whatever they are, the readers return values within
// them or throw an error that has words. tools/harden/fuzz.sh builds and runs it.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>

#include "files/text.h"
#include "torch_files/inflate.h"
#include "torch_files/pickle.h"
#include "torch_files/torch_file.h"

namespace {

using namespace nnconv;

void require(bool condition) {
  if (!condition) std::abort();
}

// Messages go to R as such.
void check_words(const FileError& error) {
  const std::size_t length = std::strlen(error.what());
  const Byte* text = reinterpret_cast<const Byte*>(error.what());
  require(length > 0 && first_not_utf8(text, length) == length);
}

// Walks through all values once, whatever refers to what.
void check_values(const Values& values, ValueNumber root) {
  std::set<ValueNumber> seen = {root};
  std::vector<ValueNumber> next = {root};
  while (!next.empty()) {
    const Value& value = values[next.back()];
    next.pop_back();
    if (value.kind == ValueKind::tensor) require(value.place < values.tensors.size());
    if (value.kind == ValueKind::storage) require(value.place < values.storages.size());
    if (value.kind == ValueKind::dict) require(value.items.size() % 2 == 0);
    if (value.kind == ValueKind::text) {
      const Byte* text = reinterpret_cast<const Byte*>(value.text.data());
      require(first_not_utf8(text, value.text.size()) == value.text.size());
    }
    for (const ValueNumber item : value.items) {
      if (seen.insert(item).second) next.push_back(item);
    }
  }
}

template <class T>
void check_tensor(TorchFile& file, std::size_t place, std::uint64_t count) {
  std::vector<T> first(static_cast<std::size_t>(count), T(77)), second = first;
  file.read(place, first.data(), [] {});
  file.read(place, second.data(), [] {});
  require(count == 0 || std::memcmp(first.data(), second.data(), sizeof(T) * first.size()) == 0);
}

void check_file(const Byte* bytes, std::size_t size) {
  TorchFile file(std::make_unique<MemorySource>(bytes, size), [] {});
  check_values(file.values(), file.root());
  for (std::size_t i = 0; i < file.values().tensors.size(); ++i) {
    const TensorValue& tensor = file.values().tensors[i];
    std::uint64_t count = 1;
    for (const std::uint64_t extent : tensor.shape) count *= extent;
    if (count > 100000 || i > 100 || tensor.type->numbers == Numbers::bytes_only) continue;
    if (tensor.type->numbers == Numbers::boolean) {
      check_tensor<int>(file, i, count);
    } else {
      check_tensor<double>(file, i, count);
    }
  }
}

void check_pickle(const Byte* bytes, std::size_t size) {
  Values values;
  const Pickle pickle = read_pickle(bytes, size, 0, values);
  require(pickle.bytes <= size);
  check_values(values, pickle.root);
}

// Two bytes are the size that is expected.
void check_packed(const Byte* bytes, std::size_t size) {
  if (size < 2) return;
  const std::size_t expected = load_word<std::uint16_t>(bytes);
  const std::vector<Byte> packed(bytes + 2, bytes + size);
  require(inflate(packed, expected, [] {}).size() == expected);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  if (count == 0) return 0;
  const Byte* rest = bytes + 1;
  --count;
  try {
    if (bytes[0] == 'p') {
      check_pickle(rest, count);
    } else if (bytes[0] == 'd') {
      check_packed(rest, count);
    } else {
      check_file(rest, count);
    }
  } catch (const FormatError& error) {
    require(error.at <= count);
    check_words(error);
  } catch (const FileError& error) {
    check_words(error);
  }
  return 0;
}
