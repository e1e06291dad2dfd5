// Fuzzing of safetensors files: libFuzzer gives the bytes of a file. Whatever they are, the reader
// returns tensors within them or throws a FormatError or KindError; and what it has read, written again, reads the
// same. tools/harden/fuzz.sh builds and runs it.
#include <cmath>
#include <cstdlib>
#include <limits>

#include "files/tensor_data.h"
#include "files/text.h"
#include "safetensors/header.h"

namespace {

using namespace nnconv;

void require(bool condition) {
  if (!condition) std::abort();
}

template <class T>
std::vector<T> read_values(ByteSource& source, const TensorEntry& tensor, std::uint64_t data) {
  std::vector<Index> shape;
  Index count = 1;
  for (const std::uint64_t extent : tensor.shape) {
    // Only a tensor without numbers can have more than the file has bytes.
    if (extent > static_cast<std::uint64_t>(std::numeric_limits<int>::max())) return {};
    shape.push_back(static_cast<Index>(extent));
    count *= shape.back();
  }
  std::vector<T> values(static_cast<std::size_t>(count), T(77));
  read_tensor(source, data + tensor.begin, tensor.type->numbers, shape, values.data(), [] {});
  return values;
}

// Messages go to R as such.
bool is_utf8(const char* text) {
  const std::size_t length = std::strlen(text);
  return length > 0 && first_not_utf8(reinterpret_cast<const Byte*>(text), length) == length;
}

// NaN equals NaN, whatever its bits; of other numbers all bits count.
bool same(double a, double b) {
  return std::isnan(a) ? std::isnan(b) : std::memcmp(&a, &b, sizeof(double)) == 0;
}

void check_tensor(ByteSource& source, const TensorEntry& tensor, std::uint64_t data) {
  require(tensor.begin <= tensor.end && data + tensor.end <= source.size());
  const Numbers numbers = tensor.type->numbers;
  if (numbers == Numbers::bytes_only) return;
  if (numbers == Numbers::boolean) {
    for (const int value : read_values<int>(source, tensor, data))
      require(value == 0 || value == 1);
    return;
  }
  const std::vector<double> values = read_values<double>(source, tensor, data);
  std::vector<Index> shape;
  for (const std::uint64_t extent : tensor.shape) shape.push_back(static_cast<Index>(extent));
  if (values.empty()) return;
  MemorySink sink;
  if (!write_tensor(sink, 0, numbers, shape, values.data(), [] {})) {
    require(numbers == Numbers::i64 || numbers == Numbers::u64);  // rounded up, beyond the largest
    return;
  }
  MemorySource written(sink.bytes.data(), sink.bytes.size());
  TensorEntry again = tensor;
  again.begin = 0;
  require(sink.bytes.size() == tensor.end - tensor.begin);
  const std::vector<double> values_again = read_values<double>(written, again, 0);
  for (std::size_t i = 0; i < values.size(); ++i) require(same(values[i], values_again[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  MemorySource source(bytes, count);
  Header header;
  try {
    header = read_header(source);
  } catch (const FormatError& error) {
    require(error.at <= count && is_utf8(error.what()));
    return 0;
  } catch (const KindError& error) {
    require(is_utf8(error.what()));
    return 0;
  }
  for (const TensorEntry& tensor : header.tensors) check_tensor(source, tensor, header.data);

  // The same tensors and metadata, written by us, with data of zeros.
  std::vector<TensorEntry> tensors = header.tensors;
  std::vector<Byte> file = write_header(tensors, header.metadata);
  require(file.size() % 8 == 0);
  file.resize(file.size() + (count - header.data));
  MemorySource copy(file.data(), file.size());
  const Header again = read_header(copy);
  require(again.metadata == header.metadata && again.tensors.size() == header.tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    require(again.tensors[i].name == header.tensors[i].name);
    require(again.tensors[i].shape == header.tensors[i].shape);
    require(again.tensors[i].type == header.tensors[i].type);
  }
  return 0;
}
