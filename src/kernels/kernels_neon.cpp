// The kernels for arm64: 32 registers of 16 bytes, and products with one lane of a vector.
#include "kernels/dispatch.h"
#include "kernels/kernel_table.h"
#include "kernels/target_region.h"

#ifdef NNCONV_ARM64
#include "kernels/simd_neon.h"
#define NNCONV_NAMESPACE neon
#define NNCONV_REGISTERS 32
#include "kernels/tiles_generic.h"
#include "kernels/transforms_generic.h"

namespace nnconv {
namespace neon {

void fill(KernelTable<float>& table) {
  table = make_table<float>();
  add_transforms(table);
}
void fill(KernelTable<double>& table) {
  table = make_table<double>();
  add_transforms(table);
}

}  // namespace neon
}  // namespace nnconv

#endif
