// Dispatch: finds the instruction sets of the processor, and keeps their tables by name.
#include "kernels/dispatch.h"

#include "kernels/target_region.h"

namespace nnconv {
namespace {

struct Simd {
  std::string name;
  KernelTable<float> floats;
  KernelTable<double> doubles;
};

template <class Fill>
Simd simd(const char* name, Fill fill) {
  Simd s = {name, {}, {}};
  fill(s);
  return s;
}

const std::vector<Simd>& all() {
  static const std::vector<Simd> sets = [] {
    std::vector<Simd> found;
    found.push_back(simd("portable", [](Simd& s) {
      portable::fill(s.floats);
      portable::fill(s.doubles);
    }));
#ifdef NNCONV_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
      found.push_back(simd("avx2", [](Simd& s) {
        avx2::fill(s.floats);
        avx2::fill(s.doubles);
      }));
      if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
        found.push_back(simd("avx512", [](Simd& s) {
          avx512::fill(s.floats);
          avx512::fill(s.doubles);
        }));
      }
    }
#endif
#ifdef NNCONV_ARM64
    found.push_back(simd("neon", [](Simd& s) {
      neon::fill(s.floats);
      neon::fill(s.doubles);
    }));
#endif
    return found;
  }();
  return sets;
}

const Simd*& chosen() {
  static const Simd* set = &all().back();
  return set;
}

std::string& used() {
  static std::string name;
  return name;
}

}  // namespace

std::vector<std::string> available_simd() {
  std::vector<std::string> names;
  for (const Simd& s : all()) names.push_back(s.name);
  return names;
}

const std::string& current_simd() {
  return chosen()->name;
}

bool choose_simd(const std::string& name) {
  for (const Simd& s : all()) {
    if (s.name == name) {
      chosen() = &s;
      return true;
    }
  }
  return false;
}

template <>
const KernelTable<float>& kernels<float>() {
  used() = chosen()->name;
  return chosen()->floats;
}

template <>
const KernelTable<double>& kernels<double>() {
  used() = chosen()->name;
  return chosen()->doubles;
}

const std::string& last_simd() {
  return used();
}

}  // namespace nnconv
