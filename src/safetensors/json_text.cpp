// JSON text: reads strings, whole numbers and marks.
#include "safetensors/json_text.h"

namespace nnconv {
namespace {

void append_utf8(std::uint32_t code, std::string& to) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80u | (code >> shift & 63u)); };
  if (code < 0x80u) {
    to += static_cast<char>(code);
  } else if (code < 0x800u) {
    to += static_cast<char>(0xc0u | code >> 6);
    tail(0);
  } else if (code < 0x10000u) {
    to += static_cast<char>(0xe0u | code >> 12);
    tail(6);
    tail(0);
  } else {
    to += static_cast<char>(0xf0u | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

HeaderText::HeaderText(const Byte* text, std::size_t count, std::uint64_t offset)
    : text_(text), count_(count), offset_(offset) {}

void HeaderText::fail(const std::string& what, std::uint64_t at) const {
  throw FormatError(what, at);
}

std::uint64_t HeaderText::place() {
  skip_space();
  return offset_ + next_;
}

void HeaderText::skip_space() {
  while (next_ < count_ && (text_[next_] == ' ' || text_[next_] == '\n' || text_[next_] == '\r' ||
                            text_[next_] == '\t')) {
    ++next_;
  }
}

bool HeaderText::take(char mark) {
  skip_space();
  if (next_ == count_ || text_[next_] != static_cast<Byte>(mark)) return false;
  ++next_;
  return true;
}

void HeaderText::expect(char mark, const char* what) {
  if (!take(mark)) fail(std::string("`") + mark + "` is missing " + what, place());
}

void HeaderText::end() {
  skip_space();
  if (next_ < count_) fail("the header goes on after its end", place());
}

std::uint64_t HeaderText::whole_number(const char* what) {
  const std::uint64_t at = place();
  const std::size_t first = next_;
  std::uint64_t value = 0;
  for (; next_ < count_ && text_[next_] >= '0' && text_[next_] <= '9'; ++next_) {
    const unsigned digit = text_[next_] - static_cast<unsigned>('0');
    if (value > (UINT64_MAX - digit) / 10) fail(std::string(what) + " is too large", at);
    value = 10 * value + digit;
  }
  const bool more = next_ < count_ && (text_[next_] == '.' || (text_[next_] | 32) == 'e');
  if (next_ == first || more || (text_[first] == '0' && next_ > first + 1)) {
    fail(std::string(what) + " is not a whole number of plain digits", at);
  }
  return value;
}

std::string HeaderText::string(const char* what) {
  if (!take('"')) fail(std::string(what) + " is not a string", place());
  std::string result;
  for (;;) {
    const std::size_t first = next_;
    while (next_ < count_ && text_[next_] != '"' && text_[next_] != '\\' && text_[next_] >= 32) {
      ++next_;
    }
    result.append(reinterpret_cast<const char*>(text_) + first, next_ - first);
    if (next_ == count_) fail("a string does not end", offset_ + next_);
    if (text_[next_] < 32) fail("a string has a control character", offset_ + next_);
    if (text_[next_++] == '"') return result;
    append_escape(result);
  }
}

void HeaderText::append_escape(std::string& to) {
  static const char letters[] = "\"\"\\\\//b\bf\fn\nr\rt\t";  // each followed by its meaning
  const std::uint64_t at = offset_ + next_ - 1;
  const char letter = next_ < count_ ? static_cast<char>(text_[next_++]) : '\0';
  for (const char* each = letters; *each != '\0'; each += 2) {
    if (letter == *each) {
      to += each[1];
      return;
    }
  }
  if (letter != 'u') fail("a string has an unknown escape", at);
  std::uint32_t code = four_digits();
  if (code == 0) fail("a string has a NUL, which R's cannot hold", at);
  if (code >= 0xd800u && code < 0xdc00u && count_ - next_ >= 2 && text_[next_] == '\\' &&
      text_[next_ + 1] == 'u') {
    next_ += 2;
    const std::uint32_t low = four_digits();
    if (low < 0xdc00u || low > 0xdfffu) fail("a string has half a surrogate pair", at);
    code = 0x10000u + ((code - 0xd800u) << 10) + (low - 0xdc00u);
  }
  if (code >= 0xd800u && code <= 0xdfffu) fail("a string has half a surrogate pair", at);
  append_utf8(code, to);
}

std::uint32_t HeaderText::four_digits() {
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i, ++next_) {
    const Byte digit = next_ < count_ ? text_[next_] : 0;
    const Byte letter = digit | 32;
    if (digit >= '0' && digit <= '9') {
      code = code << 4 | (digit - static_cast<unsigned>('0'));
    } else if (letter >= 'a' && letter <= 'f') {
      code = code << 4 | (letter - static_cast<unsigned>('a') + 10u);
    } else {
      fail("a string has an escape without four hexadecimal digits", offset_ + next_);
    }
  }
  return code;
}

}  // namespace nnconv
