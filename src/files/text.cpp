// Text: verifies UTF-8, and puts text into quotes.
#include "files/text.h"

namespace nnconv {
namespace {

// The number of bytes of the character that begins here, or 0 if none does.
std::size_t character_length(const Byte* text, std::size_t count) {
  if (text[0] < 0x80) return 1;
  const std::size_t length = text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
  if (text[0] < 0xc2 || text[0] > 0xf4 || count < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((text[i] & 0xc0) != 0x80) return 0;
  }
  // The second byte excludes overlong forms, surrogates, and codes beyond 10FFFF.
  if (text[0] == 0xe0 && text[1] < 0xa0) return 0;
  if (text[0] == 0xed && text[1] > 0x9f) return 0;
  if (text[0] == 0xf0 && text[1] < 0x90) return 0;
  if (text[0] == 0xf4 && text[1] > 0x8f) return 0;
  return length;
}

}  // namespace

std::size_t first_not_utf8(const Byte* text, std::size_t count) {
  for (std::size_t at = 0; at < count;) {
    const std::size_t length = character_length(text + at, count - at);
    if (length == 0) return at;
    at += length;
  }
  return count;
}

std::string quoted(const std::string& text) {
  static const char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (const char each : text) {
    const Byte byte = static_cast<Byte>(each);
    if (byte == '"' || byte == '\\') {
      result += '\\';
      result += each;
    } else if (byte < 32) {
      result += std::string("\\u00") + digits[byte >> 4] + digits[byte & 15];
    } else {
      result += each;
    }
  }
  return result + '"';
}

std::string short_name(const std::string& name) {
  const std::size_t most = 60;
  if (name.size() <= most) return quoted(name);
  std::size_t end = most;
  while (end > 0 && (static_cast<Byte>(name[end]) & 0xc0) == 0x80) --end;
  return quoted(name.substr(0, end) + "...");
}

}  // namespace nnconv
