// The kernels for every machine: at least 16 registers of 16 bytes, or what the compiler makes
// of it.
#include "dispatch.h"
#include "kernel_table.h"
#include "simd_portable.h"
#include "target_region.h"

#define NNCONV_NAMESPACE portable
#define NNCONV_REGISTERS 16
#include "kernels_generic.h"
#include "transforms_generic.h"

namespace nnconv {
namespace portable {

void fill(KernelTable<float>& table) {
  table = make_table<float>();
  add_transforms(table);
}
void fill(KernelTable<double>& table) {
  table = make_table<double>();
  add_transforms(table);
}

}  // namespace portable
}  // namespace nnconv
