// JSON text: the words of a safetensors header, one after the other. They are JSON (RFC 8259): of
// its values only the strings, the whole numbers and the brackets that such a header has.
//
// Every function throws a FormatError where the text has something else.
#pragma once

#include <cstdint>
#include <string>

#include "safetensors/byte_access.h"

namespace nnconv {

class HeaderText {
 public:
  // `offset` is the place of the first byte in the file. The text has to stay where it is, and has
  // to be UTF-8.
  HeaderText(const Byte* text, std::size_t count, std::uint64_t offset);

  // Where the next word begins.
  std::uint64_t place();

  // Takes the next word if it is this mark.
  bool take(char mark);

  // The next word has to be this mark; `what` says what it is there for.
  void expect(char mark, const char* what);

  std::string string(const char* what);
  std::uint64_t whole_number(const char* what);
  void end();

  [[noreturn]] void fail(const std::string& what, std::uint64_t at) const;

 private:
  void skip_space();
  void append_escape(std::string& to);
  std::uint32_t four_digits();

  const Byte* text_;
  std::size_t count_, next_ = 0;
  std::uint64_t offset_;
};

// The text between quotes, with what has to be escaped.
std::string quoted(const std::string& text);

// For messages: the beginning of a quoted text, so that a long one does not fill the screen.
std::string short_name(const std::string& name);

// The place of the first byte that is not UTF-8 (no surrogates, nothing longer than need be), or
// `count`.
std::size_t first_not_utf8(const Byte* text, std::size_t count);

}  // namespace nnconv
