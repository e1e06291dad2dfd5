// Number types: the names that files have for them.
#include "number_types.h"

namespace nnconv {
namespace {

const NumberType types[] = {
    {"F64", 8, Numbers::f64},
    {"F32", 4, Numbers::f32},
    {"F16", 2, Numbers::f16},
    {"BF16", 2, Numbers::bf16},
    {"I8", 1, Numbers::i8},
    {"I16", 2, Numbers::i16},
    {"I32", 4, Numbers::i32},
    {"I64", 8, Numbers::i64},
    {"U8", 1, Numbers::u8},
    {"U16", 2, Numbers::u16},
    {"U32", 4, Numbers::u32},
    {"U64", 8, Numbers::u64},
    {"BOOL", 1, Numbers::boolean},
    {"F8_E4M3", 1, Numbers::bytes_only},
    {"F8_E5M2", 1, Numbers::bytes_only},
    {"F8_E8M0", 1, Numbers::bytes_only},
    {"F8_E4M3FNUZ", 1, Numbers::bytes_only},
    {"F8_E5M2FNUZ", 1, Numbers::bytes_only},
    {"C64", 8, Numbers::bytes_only},
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
