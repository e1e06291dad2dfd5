// Values: what a pickle describes, as plain data. A value refers to others by their numbers, so
// that sharing and even circles cost nothing; who walks through them has to count.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "files/byte_access.h"
#include "files/number_types.h"

namespace nnconv {

enum class ValueKind {
  none,
  boolean,
  whole,
  real,
  text,
  bytes,
  list,     // or a tuple, or a set
  dict,     // keys and values in turn
  name,     // of a function or class that files of PyTorch call
  storage,  // `place` counts Values::storages
  tensor    // `place` counts Values::tensors
};

using ValueNumber = std::uint32_t;

constexpr std::size_t most_values = std::size_t{1} << 22;
constexpr int deepest_value = 100;  // of lists in lists

struct Value {
  ValueKind kind = ValueKind::none;
  bool is_exact = true;     // of whole numbers: does a double hold it?
  bool has_fields = false;  // of dicts: an object of Python, whose fields are its entries
  std::size_t place = 0;
  double number = 0;
  std::string_view text;
  std::vector<ValueNumber> items;
};

struct StorageValue {
  const NumberType* type = nullptr;
  std::string_view key;
  std::uint64_t numbers = 0;  // of this type
};

struct TensorValue {
  std::size_t storage = 0;
  const NumberType* type = nullptr;
  std::uint64_t offset = 0;  // in numbers of this type
  std::vector<std::uint64_t> shape, strides;
};

class Values {
 public:
  // `at` is the place in the file, for messages.
  ValueNumber add(Value value, std::uint64_t at) {
    if (values_.size() == most_values) throw FormatError("it has more than 4194304 values", at);
    values_.push_back(std::move(value));
    return static_cast<ValueNumber>(values_.size() - 1);
  }

  Value& operator[](ValueNumber number) { return values_[number]; }
  const Value& operator[](ValueNumber number) const { return values_[number]; }

  // Bytes that live as long as the values.
  std::string_view keep(std::string bytes, std::uint64_t at) {
    spend(bytes.size(), at);
    kept_.push_back(std::move(bytes));
    return kept_.back();
  }

  // Counts what is copied, which short files could otherwise make endless.
  void spend(std::size_t copied, std::uint64_t at) {
    if (copied > left_) throw FormatError("it copies more than 100000000 bytes", at);
    left_ -= copied;
  }

  std::vector<StorageValue> storages;
  std::vector<TensorValue> tensors;

 private:
  std::deque<Value> values_;
  std::deque<std::string> kept_;
  std::size_t left_ = 100000000;
};

}  // namespace nnconv
