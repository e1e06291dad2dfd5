// The kernels for x86-64 with AVX2 and FMA: 16 registers of 32 bytes.
#include "kernels/dispatch.h"
#include "kernels/kernel_table.h"
#include "kernels/target_region.h"

#ifdef NNCONV_X86
#include "kernels/simd_x86.h"

NNCONV_BEGIN_AVX2
#include "kernels/simd_avx2.h"
#define NNCONV_NAMESPACE avx2
#define NNCONV_REGISTERS 16
#include "kernels/tiles_generic.h"
#include "kernels/transforms_generic.h"

namespace nnconv {
namespace avx2 {

void fill(KernelTable<float>& table) {
  table = make_table<float>();
  add_transforms(table);
}
void fill(KernelTable<double>& table) {
  table = make_table<double>();
  add_transforms(table);
}

}  // namespace avx2
}  // namespace nnconv
NNCONV_END

#endif
