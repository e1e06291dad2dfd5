// The entry of libFuzzer (https://llvm.org/docs/LibFuzzer.html).
#include "modes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count);

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  core::check_bytes(bytes, count);
  return 0;
}
