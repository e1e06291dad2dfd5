// JSON text: reads the words of a safetensors header one after the other. They are JSON (RFC 8259),
// restricted to the strings, whole numbers and brackets that such a header has.
//
// Every function throws a FormatError if the text has something else.
#pragma once

#include <cstdint>
#include <string>

#include "files/byte_access.h"

namespace nnconv {

class HeaderText {
 public:
  // `offset` is the place of the first byte in the file. The text has to be UTF-8 and to outlive
  // the object.
  HeaderText(const Byte* text, std::size_t count, std::uint64_t offset);

  // The place where the next word begins.
  std::uint64_t place();

  // Takes the next word if it is this mark.
  bool take(char mark);

  // Takes the next word, which has to be this mark. `what` says for messages what the mark is for.
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

}  // namespace nnconv
