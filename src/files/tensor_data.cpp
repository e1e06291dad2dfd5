// Tensor data: divides tensors into blocks, and converts them block by block.
#include "files/tensor_data.h"

#include <algorithm>
#include <iterator>
#include <type_traits>

namespace nnconv {
namespace {

constexpr Index block_bytes = Index{1} << 20;
constexpr Index longest_stretch = Index{1} << 16;  // of numbers
constexpr Index long_row = 2048;   // bytes: worth a call to the system, and at risk of conflicts
constexpr Index row_padding = 64;  // bytes; rows at a power of two would share one set of the cache
constexpr Index good_run = 16;     // numbers, two lines of the cache
constexpr Index most_rows = 256;   // of a block whose rows are long
constexpr Index tile_rows = 128;

// The place in one order of the number at `index` in the other, whose extents are given with the
// slowest first.
Index reversed(Index index, const std::vector<Index>& extents) {
  Index place = 0, step = 1;
  for (const Index extent : extents) step *= extent;
  for (std::size_t i = extents.size(); i-- > 0;) {
    step /= extents[i];
    place += index % extents[i] * step;
    index /= extents[i];
  }
  return place;
}

// Lists the places of `count` numbers from `first` on, times `unit`, by counting up.
void list_places(Index first, Index count, const std::vector<Index>& extents, Index unit,
                 std::vector<Index>& places) {
  places.resize(static_cast<std::size_t>(count));
  std::vector<Index> digits(extents.size()), steps(extents.size());
  Index step = unit, rest = first;
  for (std::size_t i = 0; i < extents.size(); ++i) {
    steps[i] = step;
    step *= extents[i];
  }
  for (std::size_t i = extents.size(); i-- > 0;) {
    digits[i] = rest % extents[i];
    rest /= extents[i];
  }
  Index place = unit * reversed(first, extents);
  for (Index& each : places) {
    each = place;
    for (std::size_t i = extents.size(); i-- > 0;) {
      place += steps[i];
      if (++digits[i] < extents[i]) break;
      place -= steps[i] * extents[i];
      digits[i] = 0;
    }
  }
}

struct Block {
  Index row, rows;      // in the array's order
  Index first, count;   // numbers of each row
  Index stride;         // bytes from row to row of the block
  bool in_one;          // are the rows whole, and neighbours in the file?
  const Index* places;  // of the numbers in the array, relative to the row's
};

class Blocks {
 public:
  Blocks(const std::vector<Index>& shape, Index bytes) : bytes_(bytes) {
    std::vector<Index> extents;
    for (const Index extent : shape) {
      numbers_ *= extent;
      if (extent != 1) extents.push_back(extent);
    }
    if (extents.empty()) extents.push_back(1);
    std::size_t split = 1;  // extents before it are the row's
    rows_ = extents[0];
    if (numbers_ == 0) return;
    while (rows_ < good_run && split + 1 < extents.size() &&
           numbers_ / (rows_ * extents[split]) * bytes >= long_row) {
      rows_ *= extents[split++];
    }
    length_ = numbers_ / rows_;
    const auto middle = extents.begin() + static_cast<std::ptrdiff_t>(split);
    backwards_.assign(std::make_reverse_iterator(middle), extents.rend());
    trailing_.assign(middle, extents.end());
    const Index row_bytes = length_ * bytes;
    const Index together = std::min(rows_, most_rows);
    const Index most = std::min(longest_stretch, block_bytes / (together * bytes));
    stretch_ = divide_up(length_, divide_up(length_, most));
    in_one_ = split == 1 && row_bytes < long_row;
    height_ = in_one_ ? std::min(rows_, std::max<Index>(1, block_bytes / row_bytes)) : together;
    stride_ = in_one_ ? row_bytes : stretch_ * bytes + row_padding;
  }

  Index buffer_bytes() const { return height_ * stride_; }

  template <class F>
  void for_each(F f) {
    if (numbers_ == 0) return;
    std::vector<Index> places;
    Index listed = -1;
    for (Index row = 0; row < rows_; row += height_) {
      for (Index first = 0; first < length_; first += stretch_) {
        const Index count = std::min(stretch_, length_ - first);
        if (listed != first) list_places(first, count, trailing_, rows_, places);
        listed = first;
        f(Block{row, std::min(height_, rows_ - row), first, count, stride_, in_one_,
                places.data()});
      }
    }
  }

  // Calls f(place in the file, bytes) for the stretch of the file that the rows of a block span. If
  // the rows do not follow each other there, it calls f once, for the whole tensor.
  template <class F>
  void for_span(const Block& block, F f) const {
    if (backwards_.size() == 1) {
      f(block.row * length_ * bytes_, block.rows * length_ * bytes_);
    } else if (block.row == 0) {
      f(Index{0}, numbers_ * bytes_);
    }
  }

  // Calls f(place in the file, place in the buffer, bytes) for each piece of a block.
  template <class F>
  void for_each_piece(const Block& block, F f) const {
    if (block.in_one) {
      f(block.row * block.stride, Index{0}, block.rows * block.stride);
      return;
    }
    for (Index i = 0; i < block.rows; ++i) {
      const Index row = reversed(block.row + i, backwards_);
      f((row * length_ + block.first) * bytes_, i * block.stride, block.count * bytes_);
    }
  }

 private:
  Index bytes_, numbers_ = 1, rows_ = 1, length_ = 0, stretch_ = 1, height_ = 0, stride_ = 0;
  bool in_one_ = false;
  std::vector<Index> backwards_, trailing_;  // extents, those of a row with the last one first
};

// Calls f(place in the block, place in the array) for the numbers of a block, in an order that
// stays in the cache on both sides.
template <class Number, class F>
void for_each_number(const Block& block, F f) {
  constexpr Index bytes = static_cast<Index>(Number::bytes);
  const Block b = block;  // a copy, which the bytes that f writes cannot alias
  for (Index tile = 0; tile < b.rows; tile += tile_rows) {
    const Index rows = std::min(tile_rows, b.rows - tile);
    for (Index e = 0; e < b.count; ++e) {
      const Index from = tile * b.stride + e * bytes, to = b.row + tile + b.places[e];
      for (Index i = 0; i < rows; ++i) f(from + i * b.stride, to + i);
    }
  }
}

std::uint64_t place_of(std::uint64_t begin, Index offset) {
  return begin + static_cast<std::uint64_t>(offset);
}

}  // namespace

template <class T>
bool read_tensor(ByteSource& source, std::uint64_t begin, Numbers numbers,
                 const std::vector<Index>& shape, T* values,
                 const std::function<void()>& checkpoint) {
  bool problem = false;
  with_number_type(numbers, [&](auto number) {
    using Number = decltype(number);
    bool unused = false;
    if constexpr (std::is_same<decltype(Number::decode(nullptr, unused)), T>::value) {
      Blocks blocks(shape, static_cast<Index>(Number::bytes));
      Scratch<Byte> scratch;
      Byte* buffer = scratch.room(blocks.buffer_bytes());
      const auto expect = [&](Index in_file, Index count) {
        source.expect(place_of(begin, in_file), static_cast<std::uint64_t>(count));
      };
      blocks.for_each([&](const Block& block) {
        checkpoint();
        if (block.first == 0) blocks.for_span(block, expect);
        blocks.for_each_piece(block, [&](Index in_file, Index in_buffer, Index count) {
          source.read(place_of(begin, in_file), buffer + in_buffer,
                      static_cast<std::size_t>(count));
        });
        bool found = false;
        for_each_number<Number>(block, [buffer, values, &found](Index from, Index to) {
          values[to] = Number::decode(buffer + from, found);
        });
        problem |= found;
      });
    }
  });
  return !problem;
}

bool write_tensor(ByteSink& sink, std::uint64_t begin, Numbers numbers,
                  const std::vector<Index>& shape, const double* values,
                  const std::function<void()>& checkpoint) {
  bool problem = false;
  with_number_type(numbers, [&](auto number) {
    using Number = decltype(number);
    Blocks blocks(shape, static_cast<Index>(Number::bytes));
    Scratch<Byte> scratch;
    Byte* buffer = scratch.room(blocks.buffer_bytes());
    blocks.for_each([&](const Block& block) {
      checkpoint();
      for_each_number<Number>(block, [buffer, values, &problem](Index to, Index from) {
        Number::encode(values[from], buffer + to, problem);
      });
      blocks.for_each_piece(block, [&](Index in_file, Index in_buffer, Index count) {
        sink.write(place_of(begin, in_file), buffer + in_buffer, static_cast<std::size_t>(count));
      });
    });
  });
  return !problem;
}

template bool read_tensor(ByteSource&, std::uint64_t, Numbers, const std::vector<Index>&, double*,
                          const std::function<void()>&);
template bool read_tensor(ByteSource&, std::uint64_t, Numbers, const std::vector<Index>&, int*,
                          const std::function<void()>&);

}  // namespace nnconv
