// Torch names: the list of the names, and the values of their calls.
#include "torch_files/torch_names.h"

#include <cstring>

#include "files/text.h"

namespace nnconv {
namespace {

enum class Role {
  dict,       // of its argument, if it has one
  defaulted,  // a dict; its argument makes values of missing keys
  maker,      // such an argument, which is never called
  object,     // a class whose objects are their fields
  list,       // of its argument
  bytes,      // of a text of codes below 256
  device,     // the name of one
  tensor,     // from storage, offset, shape, strides
  typed,      // likewise, the type comes in addition
  parameter,  // its first argument
  subclass,   // from a function, a class and the arguments of the function
  type,       // of such a tensor
  storage,    // the type of its numbers
  dtype,
  code,   // the dtype of a code such as "f8"
  scalar  // of a dtype, from its bytes
};

struct Known {
  const char* name;
  Role role;
  const char* type;
};

const Known known[] = {
    {"collections.OrderedDict", Role::dict, nullptr},
    {"collections.Counter", Role::dict, nullptr},
    {"collections.defaultdict", Role::defaulted, nullptr},
    {"__builtin__.dict", Role::maker, nullptr},
    {"builtins.dict", Role::maker, nullptr},
    {"__builtin__.list", Role::maker, nullptr},
    {"builtins.list", Role::maker, nullptr},
    {"__builtin__.int", Role::maker, nullptr},
    {"__builtin__.long", Role::maker, nullptr},
    {"builtins.int", Role::maker, nullptr},
    {"__builtin__.float", Role::maker, nullptr},
    {"builtins.float", Role::maker, nullptr},
    {"argparse.Namespace", Role::object, nullptr},
    {"torch.Size", Role::list, nullptr},
    {"__builtin__.set", Role::list, nullptr},
    {"builtins.set", Role::list, nullptr},
    {"_codecs.encode", Role::bytes, nullptr},
    {"torch.device", Role::device, nullptr},
    {"torch._utils._rebuild_tensor", Role::tensor, nullptr},
    {"torch._utils._rebuild_tensor_v2", Role::tensor, nullptr},
    {"torch._utils._rebuild_tensor_v3", Role::typed, nullptr},
    {"torch._utils._rebuild_parameter", Role::parameter, nullptr},
    {"torch._utils._rebuild_parameter_with_state", Role::parameter, nullptr},
    {"torch._tensor._rebuild_from_type_v2", Role::subclass, nullptr},
    {"torch.Tensor", Role::type, nullptr},
    {"torch._tensor.Tensor", Role::type, nullptr},
    {"torch.nn.parameter.Parameter", Role::type, nullptr},
    {"torch.nn.parameter.Buffer", Role::type, nullptr},
    {"torch.DoubleStorage", Role::storage, "F64"},
    {"torch.FloatStorage", Role::storage, "F32"},
    {"torch.HalfStorage", Role::storage, "F16"},
    {"torch.BFloat16Storage", Role::storage, "BF16"},
    {"torch.LongStorage", Role::storage, "I64"},
    {"torch.IntStorage", Role::storage, "I32"},
    {"torch.ShortStorage", Role::storage, "I16"},
    {"torch.CharStorage", Role::storage, "I8"},
    {"torch.ByteStorage", Role::storage, "U8"},
    {"torch.BoolStorage", Role::storage, "BOOL"},
    {"torch.ComplexFloatStorage", Role::storage, "C64"},
    {"torch.storage.UntypedStorage", Role::storage, "U8"},
    {"torch.storage._UntypedStorage", Role::storage, "U8"},
    {"torch.float64", Role::dtype, "F64"},
    {"torch.float32", Role::dtype, "F32"},
    {"torch.float16", Role::dtype, "F16"},
    {"torch.bfloat16", Role::dtype, "BF16"},
    {"torch.int64", Role::dtype, "I64"},
    {"torch.int32", Role::dtype, "I32"},
    {"torch.int16", Role::dtype, "I16"},
    {"torch.int8", Role::dtype, "I8"},
    {"torch.uint8", Role::dtype, "U8"},
    {"torch.uint16", Role::dtype, "U16"},
    {"torch.uint32", Role::dtype, "U32"},
    {"torch.uint64", Role::dtype, "U64"},
    {"torch.bool", Role::dtype, "BOOL"},
    {"torch.complex64", Role::dtype, "C64"},
    {"torch.float8_e4m3fn", Role::dtype, "F8_E4M3"},
    {"torch.float8_e5m2", Role::dtype, "F8_E5M2"},
    {"torch.float8_e4m3fnuz", Role::dtype, "F8_E4M3FNUZ"},
    {"torch.float8_e5m2fnuz", Role::dtype, "F8_E5M2FNUZ"},
    {"torch.float8_e8m0fnu", Role::dtype, "F8_E8M0"},
    {"numpy.dtype", Role::code, nullptr},
    {"numpy.core.multiarray.scalar", Role::scalar, nullptr},
    {"numpy._core.multiarray.scalar", Role::scalar, nullptr},
};

// The codes of NumPy, and PyTorch's names of the same types.
const char* const codes[][2] = {
    {"f8", "float64"}, {"f4", "float32"}, {"f2", "float16"}, {"i8", "int64"},
    {"i4", "int32"},   {"i2", "int16"},   {"i1", "int8"},    {"u8", "uint64"},
    {"u4", "uint32"},  {"u2", "uint16"},  {"u1", "uint8"},   {"b1", "bool"},
};

constexpr std::uint64_t most_numbers = std::uint64_t{1} << 53;
constexpr std::size_t most_extents = 64;  // as in PyTorch

const NumberType* type_of(const Known& name) {
  return find_number_type(name.type, std::strlen(name.type));
}

// The arguments of a call, or the parts of an identifier. A missing or wrong one is an error.
class Arguments {
 public:
  Arguments(const Values& values, ValueNumber list, const char* what, std::uint64_t at)
      : values_(values), items_(values[list].items), what_(what), at_(at) {
    if (values[list].kind != ValueKind::list) fail();
  }

  [[noreturn]] void fail() const {
    throw FormatError(std::string(what_) + " has other arguments than PyTorch gives it", at_);
  }

  std::size_t size() const { return items_.size(); }
  ValueNumber number(std::size_t i) const { return i < items_.size() ? items_[i] : (fail(), 0); }

  const Value& get(std::size_t i, ValueKind kind) const {
    const Value& value = values_[number(i)];
    if (value.kind != kind) fail();
    return value;
  }

  const Known& name(std::size_t i, Role role) const {
    const Known& name = known[get(i, ValueKind::name).place];
    if (name.role != role) fail();
    return name;
  }

  std::uint64_t count(const Value& value) const {
    const bool is_count = value.kind == ValueKind::whole && value.is_exact && value.number >= 0;
    if (!is_count) fail();
    return static_cast<std::uint64_t>(value.number);
  }

  std::vector<std::uint64_t> counts(std::size_t i) const {
    const std::vector<ValueNumber>& items = get(i, ValueKind::list).items;
    if (items.size() > most_extents) fail();
    std::vector<std::uint64_t> counts;
    for (const ValueNumber item : items) counts.push_back(count(values_[item]));
    return counts;
  }

 private:
  const Values& values_;
  const std::vector<ValueNumber>& items_;
  const char* what_;
  std::uint64_t at_;
};

Value of_kind(ValueKind kind) {
  Value value;
  value.kind = kind;
  return value;
}

// Checks that the numbers of a tensor lie in its storage.
void check_tensor(const TensorValue& tensor, std::uint64_t numbers, std::uint64_t at) {
  std::uint64_t product = 1, last = tensor.offset;
  bool is_empty = false;
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    const std::uint64_t extent = tensor.shape[i], stride = tensor.strides[i];
    if (extent == 0) {
      is_empty = true;
      continue;
    }
    if (product > most_numbers / extent)
      throw FormatError("the shape of a tensor is too large", at);
    product *= extent;
    if (extent > 1 && stride > 0) {
      if (extent - 1 > most_numbers / stride) last = most_numbers;
      last += (extent - 1) * stride;
      if (last > most_numbers) last = most_numbers;
    }
  }
  if (!is_empty && last >= numbers) throw FormatError("a tensor goes on beyond its storage", at);
}

ValueNumber rebuilt(Values& values, const Arguments& arguments, const NumberType* type,
                    std::uint64_t at) {
  TensorValue tensor;
  tensor.storage = arguments.get(0, ValueKind::storage).place;
  tensor.offset = arguments.count(values[arguments.number(1)]);
  tensor.shape = arguments.counts(2);
  tensor.strides = arguments.counts(3);
  if (tensor.shape.size() != tensor.strides.size()) arguments.fail();
  const StorageValue& storage = values.storages[tensor.storage];
  tensor.type = type == nullptr ? storage.type : type;
  check_tensor(tensor, storage.numbers * storage.type->bits / tensor.type->bits, at);
  Value value = of_kind(ValueKind::tensor);
  value.place = values.tensors.size();
  values.tensors.push_back(std::move(tensor));
  return values.add(value, at);
}

// The bytes of a text whose letters have codes below 256, as UTF-8 has them.
std::string latin1(std::string_view text, const Arguments& arguments) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const unsigned lead = static_cast<Byte>(text[i]);
    if (lead >= 0x80 && (lead > 0xc3 || i + 1 == text.size())) arguments.fail();
    const unsigned tail = lead < 0x80 ? 0 : static_cast<Byte>(text[++i]);
    bytes += static_cast<char>(lead < 0x80 ? lead : (lead & 3u) << 6 | (tail & 63u));
  }
  return bytes;
}

Value dtype_of(const Arguments& arguments, std::uint64_t at) {
  const std::string_view code = arguments.get(0, ValueKind::text).text;
  for (const auto& pair : codes) {
    if (code == pair[0]) return named("torch", pair[1], at);
  }
  arguments.fail();
}

// A number of NumPy, from its dtype and its bytes, the lowest first.
Value scalar_of(const Arguments& arguments) {
  const NumberType& type = *type_of(arguments.name(0, Role::dtype));
  const std::string_view bytes = arguments.get(1, ValueKind::bytes).text;
  if (type.numbers == Numbers::bytes_only || bytes.size() * 8 != type.bits) arguments.fail();
  const bool is_whole = type.name[0] == 'I' || type.name[0] == 'U';
  Value value = of_kind(type.numbers == Numbers::boolean ? ValueKind::boolean
                        : is_whole                       ? ValueKind::whole
                                                         : ValueKind::real);
  bool problem = false;
  with_number_type(type.numbers, [&](auto number) {
    const Byte* const from = reinterpret_cast<const Byte*>(bytes.data());
    value.number = static_cast<double>(decltype(number)::decode(from, problem));
  });
  value.is_exact = !problem;
  return value;
}

// A list or dict of the items of the first argument. A dict may be given as its pairs.
ValueNumber collected(Values& values, const Arguments& arguments, ValueKind kind,
                      std::uint64_t at) {
  Value value = of_kind(kind);
  if (arguments.size() > 0) {
    const Value& given = values[arguments.number(0)];
    values.spend(2 * sizeof(ValueNumber) * given.items.size(), at);
    if (given.kind == kind) {
      value.items = given.items;
    } else {
      const Arguments pairs(values, arguments.number(0), "a dict", at);
      for (std::size_t i = 0; i < pairs.size(); ++i) {
        const std::vector<ValueNumber>& pair = pairs.get(i, ValueKind::list).items;
        if (pair.size() != 2) pairs.fail();
        value.items.insert(value.items.end(), pair.begin(), pair.end());
      }
    }
  }
  return values.add(std::move(value), at);
}

}  // namespace

Value named(std::string_view module, std::string_view name, std::uint64_t at) {
  const std::string whole = std::string(module) + "." + std::string(name);
  Value value = of_kind(ValueKind::name);
  for (const Known& each : known) {
    if (whole == each.name) {
      value.place = static_cast<std::size_t>(&each - known);
      value.text = each.name;
      return value;
    }
  }
  throw FormatError("it calls for " + short_name(whole) +
                        " of Python, which files of tensors do not need and which is not run: in "
                        "Python, torch.save(model.state_dict(), new_file) saves tensors alone",
                    at);
}

ValueNumber called(Values& values, ValueNumber name, ValueNumber arguments, std::uint64_t at) {
  if (values[name].kind != ValueKind::name) {
    throw FormatError("it calls something that has no name", at);
  }
  const Known& callee = known[values[name].place];
  const Arguments given(values, arguments, callee.name, at);
  switch (callee.role) {
    case Role::dict:
      return collected(values, given, ValueKind::dict, at);
    case Role::list:
      return collected(values, given, ValueKind::list, at);
    case Role::defaulted:
      return values.add(of_kind(ValueKind::dict), at);
    case Role::code:
      return values.add(dtype_of(given, at), at);
    case Role::scalar:
      return values.add(scalar_of(given), at);
    case Role::object: {
      Value value = of_kind(ValueKind::dict);
      value.has_fields = true;
      return values.add(value, at);
    }
    case Role::bytes: {
      Value value = of_kind(ValueKind::bytes);
      value.text = values.keep(latin1(given.get(0, ValueKind::text).text, given), at);
      return values.add(value, at);
    }
    case Role::device: {
      Value value = given.get(0, ValueKind::text);
      return values.add(value, at);
    }
    case Role::tensor:
      return rebuilt(values, given, nullptr, at);
    case Role::typed:
      return rebuilt(values, given, type_of(given.name(6, Role::dtype)), at);
    case Role::parameter:
      given.get(0, ValueKind::tensor);
      return given.number(0);
    case Role::subclass: {
      const Value& function = given.get(0, ValueKind::name);
      const Role role = known[function.place].role;
      given.name(1, Role::type);
      if (role != Role::tensor && role != Role::typed && role != Role::parameter) given.fail();
      return called(values, given.number(0), given.number(2), at);
    }
    case Role::type:
    case Role::storage:
    case Role::dtype:
    case Role::maker:
      break;
  }
  given.fail();
}

void set_state(Values& values, ValueNumber object, ValueNumber state, std::uint64_t at) {
  if (values[object].kind == ValueKind::name && known[values[object].place].role == Role::dtype) {
    const Arguments fields(values, state, "a dtype of NumPy", at);
    const std::string_view order = fields.get(1, ValueKind::text).text;
    if (order != "<" && order != "|") throw FormatError("it has numbers of a big-endian NumPy", at);
    return;
  }
  if (values[object].kind != ValueKind::dict || values[state].kind != ValueKind::dict) {
    throw FormatError("it sets the state of something that has none", at);
  }
  // That of a dict, as the _metadata of PyTorch's state dicts, is no entry of it.
  if (!values[object].has_fields) return;
  values.spend(sizeof(ValueNumber) * values[state].items.size(), at);
  values[object].items = values[state].items;
}

ValueNumber stored(Values& values, ValueNumber identifier, std::uint64_t at) {
  const Arguments parts(values, identifier, "a storage", at);
  if (parts.get(0, ValueKind::text).text != "storage") parts.fail();
  if (parts.size() > 5 && values[parts.number(5)].kind != ValueKind::none) {
    throw FormatError("it has a view of a storage, as versions of PyTorch before 0.4 wrote", at);
  }
  StorageValue storage;
  storage.type = type_of(parts.name(1, Role::storage));
  storage.key = parts.get(2, ValueKind::text).text;
  storage.numbers = parts.count(values[parts.number(4)]);
  Value value = of_kind(ValueKind::storage);
  value.place = values.storages.size();
  values.storages.push_back(std::move(storage));
  return values.add(value, at);
}

}  // namespace nnconv
