// Strided data: reads numbers in the order of the file, or by blocks where they are contiguous.
#include "torch_files/strided_data.h"

#include <algorithm>
#include <type_traits>

#include "files/tensor_data.h"

namespace nnconv {
namespace {

constexpr std::size_t window_bytes = 1 << 14;

// An axis of more than one cell.
struct StridedAxis {
  std::uint64_t extent, stride;  // in the storage
  std::size_t step;              // in the array of R, whose first axis is contiguous
};

bool is_empty(const TensorValue& tensor) {
  return std::count(tensor.shape.begin(), tensor.shape.end(), std::uint64_t{0}) > 0;
}

// Does the last index vary fastest, without holes?
bool is_contiguous(const TensorValue& tensor) {
  std::uint64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) return false;
    expected *= tensor.shape[i];
  }
  return true;
}

// The axes in the order of the storage, the outermost first.
std::vector<StridedAxis> axes_of(const TensorValue& tensor) {
  std::vector<StridedAxis> axes;
  std::size_t step = 1;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (tensor.shape[i] > 1) axes.push_back({tensor.shape[i], tensor.strides[i], step});
    step *= static_cast<std::size_t>(tensor.shape[i]);
  }
  std::stable_sort(axes.begin(), axes.end(),
                   [](const StridedAxis& a, const StridedAxis& b) { return a.stride > b.stride; });
  return axes;
}

// The part of the storage around the number that was asked for last.
class Window {
 public:
  Window(ByteSource& source, std::uint64_t begin, std::uint64_t size,
         const std::function<void()>& checkpoint)
      : source_(source), begin_(begin), size_(size), checkpoint_(checkpoint) {}

  // The bytes from this place of the storage on.
  const Byte* at(std::uint64_t place, std::size_t bytes) {
    if (place < first_ || place + bytes > first_ + bytes_.size()) {
      checkpoint_();
      first_ = place;
      bytes_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(window_bytes, size_ - place)));
      source_.read(begin_ + place, bytes_.data(), bytes_.size());
    }
    return bytes_.data() + (place - first_);
  }

 private:
  ByteSource& source_;
  std::uint64_t begin_, size_, first_ = 0;
  const std::function<void()>& checkpoint_;
  std::vector<Byte> bytes_;
};

// Calls f(place in the storage, place in the array) for each number.
template <class F>
void for_each_number(const std::vector<StridedAxis>& axes, std::uint64_t offset, F f) {
  std::vector<std::uint64_t> index(axes.size());
  std::uint64_t from = offset;
  std::size_t to = 0;
  for (;;) {
    f(from, to);
    std::size_t i = axes.size();
    while (i > 0) {
      const StridedAxis& axis = axes[--i];
      from += axis.stride;
      to += axis.step;
      if (++index[i] < axis.extent) break;
      from -= axis.stride * axis.extent;
      to -= axis.step * static_cast<std::size_t>(axis.extent);
      index[i] = 0;
      if (i == 0) return;
    }
    if (axes.empty()) return;
  }
}

}  // namespace

void ReversedSource::read(std::uint64_t at, Byte* to, std::size_t count) {
  source_.read(at, to, count);
  for (std::size_t i = 0; i + bytes_ <= count; i += bytes_) std::reverse(to + i, to + i + bytes_);
}

template <class T>
bool read_strided(ByteSource& source, std::uint64_t begin, const TensorValue& tensor,
                  std::uint64_t storage_bytes, T* values, const std::function<void()>& checkpoint) {
  if (is_empty(tensor)) return true;
  const std::size_t bytes = tensor.type->bits / 8;
  if (is_contiguous(tensor)) {
    const std::vector<Index> shape(tensor.shape.begin(), tensor.shape.end());
    return read_tensor(source, begin + tensor.offset * bytes, tensor.type->numbers, shape, values,
                       checkpoint);
  }
  bool problem = false;
  with_number_type(tensor.type->numbers, [&](auto number) {
    using Number = decltype(number);
    bool unused = false;
    if constexpr (std::is_same<decltype(Number::decode(nullptr, unused)), T>::value) {
      Window window(source, begin, storage_bytes / bytes * bytes, checkpoint);
      std::uint64_t done = 0;
      for_each_number(axes_of(tensor), tensor.offset, [&](std::uint64_t from, std::size_t to) {
        if (++done % 65536 == 0) checkpoint();
        values[to] = Number::decode(window.at(from * bytes, bytes), problem);
      });
    }
  });
  return !problem;
}

template bool read_strided(ByteSource&, std::uint64_t, const TensorValue&, std::uint64_t, double*,
                           const std::function<void()>&);
template bool read_strided(ByteSource&, std::uint64_t, const TensorValue&, std::uint64_t, int*,
                           const std::function<void()>&);

}  // namespace nnconv
