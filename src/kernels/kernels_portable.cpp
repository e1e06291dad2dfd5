// The kernels for every machine, written for 16 registers of 16 bytes or more. Where there are
// fewer, compilers keep sums in memory.
#include "kernels/dispatch.h"
#include "kernels/kernel_table.h"
#include "kernels/simd_portable.h"
#include "kernels/target_region.h"

#define NNCONV_NAMESPACE portable
#define NNCONV_REGISTERS 16
#include "kernels/tiles_generic.h"
#include "kernels/transforms_generic.h"

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
