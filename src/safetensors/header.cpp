// Header: reads and writes the header, and checks that the tensors cover the data.
#include "safetensors/header.h"

#include <algorithm>
#include <set>

#include "files/file_kind.h"
#include "files/text.h"
#include "safetensors/json_text.h"

namespace nnconv {
namespace {

const char metadata_key[] = "__metadata__";

[[noreturn]] void fail(const TensorEntry& tensor, const std::string& what, std::uint64_t at) {
  throw FormatError("tensor " + short_name(tensor.name) + ": " + what, at);
}

// Reads an object, and each of its members by `member(name, place)`.
template <class Member>
void read_object(HeaderText& text, const char* what, Member member) {
  std::set<std::string> names;
  text.expect('{', what);
  if (text.take('}')) return;
  do {
    const std::uint64_t at = text.place();
    const std::string name = text.string("a name");
    text.expect(':', "after a name");
    if (!names.insert(name).second) text.fail("the name " + short_name(name) + " comes twice", at);
    member(name, at);
  } while (text.take(','));
  text.expect('}', "at the end of an object");
}

std::vector<std::uint64_t> read_numbers(HeaderText& text, const char* what) {
  std::vector<std::uint64_t> numbers;
  text.expect('[', "at the beginning of an array");
  if (text.take(']')) return numbers;
  do {
    numbers.push_back(text.whole_number(what));
  } while (text.take(','));
  text.expect(']', "at the end of an array");
  return numbers;
}

// The bytes that a tensor needs. Refuses a tensor whose bits 64 bits cannot count.
std::uint64_t bytes_of(const TensorEntry& tensor, std::uint64_t at) {
  std::uint64_t product = 1;
  const auto multiply = [&](std::uint64_t factor) {
    if (factor != 0 && product > UINT64_MAX / factor) fail(tensor, "the shape is too large", at);
    product *= factor;
  };
  for (const std::uint64_t extent : tensor.shape) multiply(extent);
  multiply(tensor.type->bits);
  if (product % 8 != 0) fail(tensor, "its numbers do not fill whole bytes", at);
  return product / 8;
}

TensorEntry read_tensor(HeaderText& text, const std::string& name, std::uint64_t at) {
  TensorEntry tensor;
  tensor.name = name;
  bool has_shape = false, has_offsets = false;
  read_object(text, "at the beginning of a tensor", [&](const std::string& key, std::uint64_t) {
    const std::uint64_t place = text.place();
    if (key == "dtype") {
      const std::string type = text.string("the dtype");
      tensor.type = find_number_type(type.data(), type.size());
      if (tensor.type == nullptr) fail(tensor, "unknown dtype " + short_name(type), place);
    } else if (key == "shape") {
      tensor.shape = read_numbers(text, "an extent");
      has_shape = true;
    } else if (key == "data_offsets") {
      const std::vector<std::uint64_t> offsets = read_numbers(text, "an offset");
      if (offsets.size() != 2) fail(tensor, "the data_offsets are not two numbers", place);
      tensor.begin = offsets[0];
      tensor.end = offsets[1];
      has_offsets = true;
    } else {
      fail(tensor, "unknown entry " + short_name(key), place);
    }
  });
  if (tensor.type == nullptr) fail(tensor, "the dtype is missing", at);
  if (!has_shape) fail(tensor, "the shape is missing", at);
  if (!has_offsets) fail(tensor, "the data_offsets are missing", at);
  if (tensor.end < tensor.begin) fail(tensor, "the data ends before it begins", at);
  const std::uint64_t needed = bytes_of(tensor, at);
  if (tensor.end - tensor.begin != needed) {
    fail(tensor,
         "shape and dtype need " + std::to_string(needed) + " bytes, the data_offsets give " +
             std::to_string(tensor.end - tensor.begin),
         at);
  }
  return tensor;
}

// Checks that the tensors, one after the other, cover the data.
void check_cover(const Header& header, const std::vector<std::uint64_t>& places,
                 std::uint64_t data_bytes) {
  std::vector<std::size_t> order(header.tensors.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const TensorEntry &x = header.tensors[a], &y = header.tensors[b];
    return std::make_pair(x.begin, x.end) < std::make_pair(y.begin, y.end);
  });
  std::uint64_t covered = 0;
  for (const std::size_t i : order) {
    const TensorEntry& tensor = header.tensors[i];
    if (tensor.begin < covered) fail(tensor, "the data overlaps that of another", places[i]);
    if (tensor.begin > covered) {
      fail(tensor, "the data leaves a hole of bytes before it", places[i]);
    }
    if (tensor.end > data_bytes) {
      fail(tensor,
           "the data goes on to byte " + std::to_string(tensor.end) + " of " +
               std::to_string(data_bytes) + " bytes of data, as in a file that is cut off",
           places[i]);
    }
    covered = tensor.end;
  }
  if (covered < data_bytes) {
    throw FormatError("bytes are left over after the last tensor", header.data + covered);
  }
}

// Fails because a file cannot begin like this, and says what it seems to be instead.
[[noreturn]] void fail_at_start(ByteSource& source, const std::string& what, std::uint64_t at) {
  refuse_other_kinds(source);
  throw FormatError(what, at);
}

// Reads the header, without its length.
std::vector<Byte> header_bytes(ByteSource& source) {
  const std::uint64_t size = source.size();
  if (size == 0) refuse_other_kinds(source);
  if (size < 8) fail_at_start(source, "it is too short for the length of a header", size);
  Byte first[9] = {};
  source.read(0, first, size < 9 ? 8 : 9);
  const std::uint64_t length = load_word<std::uint64_t>(first);
  const std::string told = "the length of the header, " + std::to_string(length) + ", is more than";
  if (length > longest_header) fail_at_start(source, told + " the 100000000 allowed", 0);
  if (length > size - 8) {
    const std::string more = told + " the " + std::to_string(size - 8) + " bytes that follow";
    if (first[8] == '{') throw FormatError(more + ", as in a file that is cut off", 0);
    fail_at_start(source, more, 0);
  }
  if (length == 0 || first[8] != '{') {
    fail_at_start(source, "the header does not begin with `{`", 8);
  }
  std::vector<Byte> bytes(static_cast<std::size_t>(length));
  source.read(8, bytes.data(), bytes.size());
  return bytes;
}

}  // namespace

Header read_header(ByteSource& source) {
  const std::uint64_t size = source.size();
  const std::vector<Byte> bytes = header_bytes(source);
  const std::size_t bad = first_not_utf8(bytes.data(), bytes.size());
  if (bad < bytes.size()) throw FormatError("the header is not UTF-8", 8 + bad);

  Header header;
  header.data = 8 + bytes.size();
  std::vector<std::uint64_t> places;
  HeaderText text(bytes.data(), bytes.size(), 8);
  read_object(text, "", [&](const std::string& name, std::uint64_t at) {
    if (name == metadata_key) {
      read_object(text, "at the beginning of __metadata__",
                  [&](const std::string& key, std::uint64_t) {
                    header.metadata.emplace_back(key, text.string("a value of __metadata__"));
                  });
    } else {
      header.tensors.push_back(read_tensor(text, name, at));
      places.push_back(at);
    }
  });
  text.end();
  check_cover(header, places, size - header.data);
  return header;
}

std::vector<Byte> write_header(std::vector<TensorEntry>& tensors, const Metadata& metadata) {
  std::vector<TensorEntry*> order;
  for (TensorEntry& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(), [](const TensorEntry* a, const TensorEntry* b) {
    return a->type->bits > b->type->bits;
  });
  std::uint64_t end = 0;
  for (TensorEntry* tensor : order) {
    tensor->begin = end;
    end = tensor->end = end + bytes_of(*tensor, 0);
  }

  std::string text = "{";
  if (!metadata.empty()) {
    text += quoted(metadata_key) + ":{";
    for (const auto& each : metadata) {
      text += (text.back() == '{' ? "" : ",") + quoted(each.first) + ':' + quoted(each.second);
    }
    text += '}';
  }
  for (const TensorEntry& tensor : tensors) {
    text += (text.size() == 1 ? "" : ",") + quoted(tensor.name) + ":{\"dtype\":\"" +
            tensor.type->name + "\",\"shape\":[";
    for (const std::uint64_t extent : tensor.shape) {
      text += (text.back() == '[' ? "" : ",") + std::to_string(extent);
    }
    text += "],\"data_offsets\":[" + std::to_string(tensor.begin) + ',' +
            std::to_string(tensor.end) + "]}";
  }
  text += '}';
  text.resize((text.size() + 7) / 8 * 8, ' ');
  if (text.size() > longest_header) {
    throw FileError("its header would be longer than the 100000000 bytes allowed");
  }
  std::vector<Byte> bytes(8 + text.size());
  store_word(static_cast<std::uint64_t>(text.size()), bytes.data());
  std::copy(text.begin(), text.end(), bytes.begin() + 8);
  return bytes;
}

}  // namespace nnconv
