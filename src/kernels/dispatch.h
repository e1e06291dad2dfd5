// Dispatch: chooses the instruction set whose kernels run: the best of the processor, unless a
// lower one was asked for. Results of one set are reproducible; those of two sets differ in
// rounding.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernel_table.h"

namespace nnconv {

// The sets that this processor can run, from "portable", the lowest, to the best.
std::vector<std::string> available_simd();

// The set in use.
const std::string& current_simd();

// Chooses one of available_simd(); returns false if `name` is not among them.
bool choose_simd(const std::string& name);

// The kernels of the set in use. The call counts as a use of the set: see last_simd().
template <class T>
const KernelTable<T>& kernels();

// The set whose kernels were asked for last, or ""; for tests.
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
namespace neon {
void fill(KernelTable<float>& table);
void fill(KernelTable<double>& table);
}  // namespace neon

}  // namespace nnconv
