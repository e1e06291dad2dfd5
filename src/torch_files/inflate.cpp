// Inflate: reads bits, codes and blocks.
#include "torch_files/inflate.h"

#include <algorithm>
#include <array>
#include <utility>

namespace nnconv {
namespace {

[[noreturn]] void fail() {
  throw FileError("its packed bytes are damaged");
}

constexpr unsigned longest_code = 15;

class Bits {
 public:
  explicit Bits(const std::vector<Byte>& bytes) : bytes_(bytes) {}

  // Takes bits, the lowest first.
  unsigned take(unsigned count) {
    while (held_ < count) {
      if (next_ == bytes_.size()) fail();
      word_ |= static_cast<std::uint32_t>(bytes_[next_++]) << held_;
      held_ += 8;
    }
    const unsigned bits = word_ & ((1u << count) - 1u);
    word_ >>= count;
    held_ -= count;
    return bits;
  }

  // Skips to the next byte. At most 7 bits are held between codes.
  void align() { word_ = held_ = 0; }
  bool at_end() const { return next_ == bytes_.size(); }

 private:
  const std::vector<Byte>& bytes_;
  std::size_t next_ = 0;
  std::uint32_t word_ = 0;
  unsigned held_ = 0;
};

// Canonical Huffman codes: how many there are of each length, and their symbols in order.
class Code {
 public:
  Code(const Byte* lengths, std::size_t count) : symbols_(count) {
    for (std::size_t i = 0; i < count; ++i) ++counts_[lengths[i]];
    counts_[0] = 0;
    int left = 1;  // codes of this length that shorter ones leave
    std::array<std::size_t, longest_code + 2> places{};
    for (unsigned length = 1; length <= longest_code; ++length) {
      left = 2 * left - static_cast<int>(counts_[length]);
      if (left < 0) fail();
      places[length + 1] = places[length] + counts_[length];
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (lengths[i] != 0) symbols_[places[lengths[i]]++] = static_cast<unsigned>(i);
    }
  }

  unsigned take(Bits& bits) const {
    unsigned code = 0, first = 0;
    std::size_t place = 0;
    for (unsigned length = 1; length <= longest_code; ++length) {
      code |= bits.take(1);
      const unsigned count = counts_[length];
      if (code < first + count) return symbols_[place + (code - first)];
      place += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    fail();
  }

 private:
  std::array<unsigned, longest_code + 1> counts_{};
  std::vector<unsigned> symbols_;
};

struct Codes {
  Code literals, distances;
};

Codes fixed_codes() {
  std::array<Byte, 288> lengths;
  for (std::size_t i = 0; i < 288; ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  std::array<Byte, 30> of_distances;
  of_distances.fill(5);
  return {Code(lengths.data(), 288), Code(of_distances.data(), 30)};
}

Codes read_codes(Bits& bits) {
  static const Byte order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
  const std::size_t literals = bits.take(5) + 257, distances = bits.take(5) + 1;
  const unsigned count = bits.take(4) + 4;
  if (literals > 286 || distances > 30) fail();
  std::array<Byte, 320> lengths{};
  for (unsigned i = 0; i < count; ++i) lengths[order[i]] = static_cast<Byte>(bits.take(3));
  const Code of_lengths(lengths.data(), 19);
  lengths.fill(0);
  for (std::size_t i = 0; i < literals + distances;) {
    const unsigned symbol = of_lengths.take(bits);
    if (symbol < 16) {
      lengths[i++] = static_cast<Byte>(symbol);
      continue;
    }
    if (symbol == 16 && i == 0) fail();
    const Byte repeated = symbol == 16 ? lengths[i - 1] : Byte{0};
    const std::size_t times = symbol == 16   ? 3 + bits.take(2)
                              : symbol == 17 ? 3 + bits.take(3)
                                             : 11 + bits.take(7);
    if (times > literals + distances - i) fail();
    std::fill_n(lengths.begin() + static_cast<std::ptrdiff_t>(i), times, repeated);
    i += times;
  }
  return {Code(lengths.data(), literals), Code(lengths.data() + literals, distances)};
}

class Output {
 public:
  Output(std::size_t size, const std::function<void()>& checkpoint) : checkpoint_(checkpoint) {
    bytes.reserve(size);
    size_ = size;
  }

  void put(unsigned byte) {
    if (bytes.size() == size_) fail();
    bytes.push_back(static_cast<Byte>(byte));
    if (bytes.size() % (1u << 20) == 0) checkpoint_();
  }

  void repeat(std::size_t distance, unsigned length) {
    if (distance > bytes.size()) fail();
    for (; length > 0; --length) put(bytes[bytes.size() - distance]);
  }

  std::vector<Byte> bytes;

 private:
  std::size_t size_;
  const std::function<void()>& checkpoint_;
};

void stored_block(Bits& bits, Output& output) {
  bits.align();
  const unsigned length = bits.take(16), complement = bits.take(16);
  if ((length ^ complement) != 0xffffu) fail();
  for (unsigned i = 0; i < length; ++i) output.put(bits.take(8));
}

// A symbol from `first` on stands for a value from a range, whose bits follow.
unsigned ranged(Bits& bits, unsigned symbol, unsigned per_width) {
  if (symbol < 2 * per_width) return symbol;
  const unsigned width = symbol / per_width - 1;
  return ((symbol % per_width + per_width) << width) + bits.take(width);
}

void packed_block(Bits& bits, const Codes& codes, Output& output) {
  for (;;) {
    const unsigned symbol = codes.literals.take(bits);
    if (symbol < 256) {
      output.put(symbol);
      continue;
    }
    if (symbol == 256) return;
    if (symbol > 285) fail();
    const unsigned length = symbol == 285 ? 258 : 3 + ranged(bits, symbol - 257, 4);
    const unsigned distance = codes.distances.take(bits);
    if (distance > 29) fail();
    output.repeat(1 + ranged(bits, distance, 2), length);
  }
}

}  // namespace

std::vector<Byte> inflate(const std::vector<Byte>& packed, std::size_t size,
                          const std::function<void()>& checkpoint) {
  if (size / largest_ratio > packed.size()) fail();
  Bits bits(packed);
  Output output(size, checkpoint);
  for (bool is_last = false; !is_last;) {
    is_last = bits.take(1) == 1;
    const unsigned type = bits.take(2);
    if (type == 3) fail();
    if (type == 0) {
      stored_block(bits, output);
    } else {
      packed_block(bits, type == 1 ? fixed_codes() : read_codes(bits), output);
    }
  }
  if (output.bytes.size() != size || !bits.at_end()) fail();
  return std::move(output.bytes);
}

}  // namespace nnconv
