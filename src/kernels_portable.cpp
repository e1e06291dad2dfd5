// The kernels for every machine: at least 16 registers of 16 bytes, or what the compiler makes
// of it.
#include "dispatch.h"
#include "kernel_table.h"
#include "simd_portable.h"
#include "target_region.h"

#define NNCONV_NAMESPACE portable
#define NNCONV_REGISTERS 16
#include "kernels_generic.h"

namespace nnconv {
namespace portable {

void fill(KernelTable<float>& table) {
  table = make_table<float>();
}
void fill(KernelTable<double>& table) {
  table = make_table<double>();
}

}  // namespace portable
}  // namespace nnconv
