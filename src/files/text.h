// Text: verifies the text of files, and quotes it for them and for messages.
#pragma once

#include <string>

#include "files/byte_access.h"

namespace nnconv {

// The text in quotes, escaped as JSON demands.
std::string quoted(const std::string& text);

// The quoted text for messages, shortened so that it does not fill the screen.
std::string short_name(const std::string& name);

// The place of the first byte that is not UTF-8, or `count`. Surrogates and overlong forms are not
// UTF-8.
std::size_t first_not_utf8(const Byte* text, std::size_t count);

}  // namespace nnconv
