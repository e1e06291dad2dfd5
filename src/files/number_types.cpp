// Number types: finds them by the names that files use.
#include "files/number_types.h"

namespace nnconv {
namespace {

const NumberType types[] = {
    {"F64", 64, Numbers::f64},
    {"F32", 32, Numbers::f32},
    {"F16", 16, Numbers::f16},
    {"BF16", 16, Numbers::bf16},
    {"F8_E4M3", 8, Numbers::f8_e4m3},
    {"F8_E5M2", 8, Numbers::f8_e5m2},
    {"F8_E4M3FNUZ", 8, Numbers::f8_e4m3fnuz},
    {"F8_E5M2FNUZ", 8, Numbers::f8_e5m2fnuz},
    {"F8_E8M0", 8, Numbers::f8_e8m0},
    {"I8", 8, Numbers::i8},
    {"I16", 16, Numbers::i16},
    {"I32", 32, Numbers::i32},
    {"I64", 64, Numbers::i64},
    {"U8", 8, Numbers::u8},
    {"U16", 16, Numbers::u16},
    {"U32", 32, Numbers::u32},
    {"U64", 64, Numbers::u64},
    {"BOOL", 8, Numbers::boolean},
    {"C64", 64, Numbers::bytes_only},
    {"F6_E2M3", 6, Numbers::bytes_only},
    {"F6_E3M2", 6, Numbers::bytes_only},
    {"F4", 4, Numbers::bytes_only},
};

}  // namespace

const NumberType* find_number_type(const char* name, std::size_t length) {
  for (const NumberType& type : types) {
    if (std::strlen(type.name) == length && std::memcmp(type.name, name, length) == 0) {
      return &type;
    }
  }
  return nullptr;
}

}  // namespace nnconv
