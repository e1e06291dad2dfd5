// Dispatch: which instruction set's kernels run. The best that the processor has, unless a
// lower one was asked for; results of one set are reproducible, those of two differ in
// rounding.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernel_table.h"

namespace nnconv {

// The sets that this processor can run, from the lowest, "portable", to the best.
std::vector<std::string> available_simd();

// The set in use.
const std::string& current_simd();

// Chooses one of available_simd(); false when it is not among them.
bool choose_simd(const std::string& name);

// The kernels of the set in use. Counts as a use of the set: see last_simd().
template <class T>
const KernelTable<T>& kernels();

// The set whose kernels were asked for last, or nothing; for tests.
const std::string& last_simd();

namespace portable {
void fill(KernelTable<float>& table);
void fill(KernelTable<double>& table);
}  // namespace portable
namespace avx2 {
void fill(KernelTable<float>& table);
void fill(KernelTable<double>& table);
}  // namespace avx2
namespace avx512 {
void fill(KernelTable<float>& table);
void fill(KernelTable<double>& table);
}  // namespace avx512

}  // namespace nnconv
