// The kernels for x86-64 with AVX-512: 32 registers of 64 bytes.
#include "kernels/dispatch.h"
#include "kernels/kernel_table.h"
#include "kernels/target_region.h"

#ifdef NNCONV_X86
#include "kernels/simd_x86.h"

NNCONV_BEGIN_AVX512
#include "kernels/simd_avx512.h"
#define NNCONV_NAMESPACE avx512
#define NNCONV_REGISTERS 32
#include "kernels/tiles_generic.h"
#include "kernels/transforms_generic.h"

namespace nnconv {
namespace avx512 {

void fill(KernelTable<float>& table) {
  table = make_table<float>();
  add_transforms(table);
}
void fill(KernelTable<double>& table) {
  table = make_table<double>();
  add_transforms(table);
}

}  // namespace avx512
}  // namespace nnconv
NNCONV_END

#endif
