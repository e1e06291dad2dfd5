// Torch names: the names of Python that files of PyTorch need, and the plain data that each stands
// for. Nothing is ever called; a file that has any other name is refused.
#pragma once

#include "torch_files/values.h"

namespace nnconv {

// The value of a name such as "torch._utils" and "_rebuild_tensor_v2".
Value named(std::string_view module, std::string_view name, std::uint64_t at);

// What Python would get by calling the name with these arguments, a list.
ValueNumber called(Values& values, ValueNumber name, ValueNumber arguments, std::uint64_t at);

// Gives an object its state, as Python's __setstate__() does.
void set_state(Values& values, ValueNumber object, ValueNumber state, std::uint64_t at);

// What an identifier of a storage stands for.
ValueNumber stored(Values& values, ValueNumber identifier, std::uint64_t at);

}  // namespace nnconv
