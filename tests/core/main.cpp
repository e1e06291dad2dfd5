// The core without R: a driver for its files in src/ that have no r_ prefix.
//
//     core values [small cases] [big cases] [seed]
//     core allocations|exceptions [larger layers]
//     core refused
//     core loops [count]
//     core corpus FILE...
//
// Exit status 0 when all checks have passed. See tests/core/Makefile for how it is built.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "modes.h"

namespace {

int check_corpus(int count, char** files) {
  for (int i = 0; i < count; ++i) {
    std::ifstream file(files[i], std::ios::binary);
    if (!file) {
      std::printf("cannot read %s\n", files[i]);
      return 1;
    }
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    core::check_bytes(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  }
  std::printf("corpus: %d inputs\n", count);
  return count == 0;
}

}  // namespace

int main(int count, char** words) {
  const std::string mode = count > 1 ? words[1] : "";
  const auto number = [&](int i, int otherwise) {
    return count > i ? std::atoi(words[i]) : otherwise;
  };
  int failed = 2;
  if (mode == "values") {
    failed = core::check_values(number(2, 300), number(3, 20), static_cast<unsigned>(number(4, 1)));
  } else if (mode == "allocations") {
    failed = core::check_allocations(number(2, 4));
  } else if (mode == "refused") {
    failed = core::check_refused_threads();
  } else if (mode == "exceptions") {
    failed = core::check_exceptions(number(2, 4));
  } else if (mode == "loops") {
    failed = core::check_loops(number(2, 20000));
  } else if (mode == "corpus") {
    failed = check_corpus(count - 2, words + 2);
  } else {
    std::printf("usage: core values|allocations|refused|exceptions|loops|corpus\n");
  }
  return failed == 0 ? 0 : 1;
}
