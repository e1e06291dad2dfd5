// R reads files of PyTorch here: first their values, as lists with places for the tensors, and then
// the tensors that it chooses.
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "files/text.h"
#include "r_files.h"
#include "torch_files/torch_file.h"

using nnconv::Value;
using nnconv::ValueKind;
using nnconv::ValueNumber;

namespace {

using Handle = Rcpp::XPtr<nnconv::TorchFile>;

constexpr std::size_t longest_path = 200;  // bytes; for messages

// Makes R's lists of the values of a file. It copies shared values, up to a limit.
class Tree {
 public:
  explicit Tree(const nnconv::Values& values)
      : paths(values.tensors.size()), values_(values), is_named_(values.tensors.size()) {}

  SEXP convert(ValueNumber number, const std::string& path, int depth) {
    const Value& value = values_[number];
    count(1);
    if (depth > nnconv::deepest_value) {
      throw nnconv::KindError("it has lists in lists, more than 100 deep");
    }
    switch (value.kind) {
      case ValueKind::none:
        return R_NilValue;
      case ValueKind::boolean:
        return Rf_ScalarLogical(value.number != 0);
      case ValueKind::whole:
        return value.is_exact ? Rf_ScalarReal(value.number)
                              : classed(value.number, "nnconv_inexact");
      case ValueKind::real:
        return Rf_ScalarReal(value.number);
      case ValueKind::text:
      case ValueKind::name:
        return Rcpp::CharacterVector::create(text_of(value));
      case ValueKind::bytes:
        count(value.text.size());
        return Rcpp::RawVector(value.text.begin(), value.text.end());
      case ValueKind::list:
        return list_of(value, path, depth);
      case ValueKind::dict:
        return dict_of(value, path, depth);
      case ValueKind::tensor:
        if (!is_named_[value.place]) paths[value.place] = path;
        is_named_[value.place] = true;
        return classed(static_cast<double>(value.place + 1), "nnconv_tensor");
      case ValueKind::storage:
        break;
    }
    throw nnconv::KindError("it has a storage that belongs to no tensor");
  }

  std::vector<std::string> paths;  // of the tensors

 private:
  void count(std::size_t values) {
    if (values > left_) throw nnconv::KindError("its shared values are too many for a list");
    left_ -= values;
    checkpoint_();
  }

  static SEXP classed(double number, const char* name) {
    Rcpp::NumericVector result = Rcpp::NumericVector::create(number);
    result.attr("class") = name;
    return result;
  }

  Rcpp::String text_of(const Value& value) {
    count(value.text.size() / 16);
    return nnconv::as_text(without_nul(value.text));
  }

  static std::string without_nul(std::string_view text) {
    if (text.find('\0') != text.npos) {
      throw nnconv::KindError("it has a text with a NUL, which R's cannot hold");
    }
    return std::string(text);
  }

  static std::string joined(const std::string& path, std::string name) {
    if (path.size() + name.size() > longest_path) return path;
    return path.empty() ? name : path + "." + name;
  }

  SEXP list_of(const Value& value, const std::string& path, int depth) {
    Rcpp::List result(static_cast<R_xlen_t>(value.items.size()));
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      result[static_cast<R_xlen_t>(i)] =
          convert(value.items[i], joined(path, std::to_string(i + 1)), depth + 1);
    }
    return result;
  }

  std::string key_of(const Value& key) const {
    if (key.kind == ValueKind::text) return without_nul(key.text);
    if (key.kind != ValueKind::whole || !key.is_exact) {
      throw nnconv::KindError("it has a dict with a key that is neither text nor a whole number");
    }
    return std::to_string(static_cast<std::int64_t>(key.number));
  }

  SEXP dict_of(const Value& value, const std::string& path, int depth) {
    const R_xlen_t size = static_cast<R_xlen_t>(value.items.size() / 2);
    Rcpp::List result(size);
    Rcpp::CharacterVector names(size);
    std::unordered_set<std::string> keys;
    for (R_xlen_t i = 0; i < size; ++i) {
      const std::size_t item = 2 * static_cast<std::size_t>(i);
      const std::string key = key_of(values_[value.items[item]]);
      count(key.size() / 16);
      if (!keys.insert(key).second) {
        throw nnconv::KindError("it has a dict with the key " + nnconv::short_name(key) +
                                " more than once");
      }
      names[i] = nnconv::as_text(key);
      result[i] = convert(value.items[item + 1], joined(path, key), depth + 1);
    }
    result.names() = names;
    return result;
  }

  const nnconv::Values& values_;
  std::vector<bool> is_named_;
  std::size_t left_ = nnconv::most_values;
  nnconv::Checkpoint checkpoint_ = nnconv::until_interrupted();
};

}  // namespace

// Opens a file, or a raw vector of its bytes, and reads all but the numbers. The file stays open,
// and the vector protected, until r_torch_close().
// [[Rcpp::export(rng = false)]]
SEXP r_torch_open(SEXP file) {
  return nnconv::or_problem([&]() -> SEXP {
    auto opened =
        std::make_unique<nnconv::TorchFile>(nnconv::open_source(file), nnconv::until_interrupted());
    const nnconv::Values& values = opened->values();
    Tree tree(values);
    const Rcpp::RObject content = tree.convert(opened->root(), "", 0);
    const R_xlen_t count = static_cast<R_xlen_t>(values.tensors.size());
    Rcpp::CharacterVector names(count), types(count);
    Rcpp::LogicalVector readable(count);
    Rcpp::NumericVector scratch(count);
    Rcpp::List shapes(count);
    for (R_xlen_t i = 0; i < count; ++i) {
      const std::size_t place = static_cast<std::size_t>(i);
      const nnconv::TensorValue& tensor = values.tensors[place];
      names[i] = nnconv::as_text(tree.paths[place]);
      types[i] = tensor.type->name;
      readable[i] = tensor.type->numbers != nnconv::Numbers::bytes_only;
      scratch[i] = static_cast<double>(opened->scratch_bytes(place));
      shapes[i] = Rcpp::NumericVector(tensor.shape.begin(), tensor.shape.end());
    }
    const Handle handle(opened.release(), true, R_NilValue, file);
    return Rcpp::List::create(Rcpp::Named("handle") = handle, Rcpp::Named("content") = content,
                              Rcpp::Named("name") = names, Rcpp::Named("dtype") = types,
                              Rcpp::Named("shape") = shapes, Rcpp::Named("readable") = readable,
                              Rcpp::Named("scratch") = scratch);
  });
}

// [[Rcpp::export(rng = false)]]
void r_torch_close(SEXP handle) {
  Handle(handle).release();
}

// Reads a tensor by its place, from 1; returns NULL if a number has no exact counterpart.
// [[Rcpp::export(rng = false)]]
SEXP r_torch_read(SEXP handle, double place, bool lossy) {
  return nnconv::or_problem([&] {
    nnconv::TorchFile& file = *Handle(handle);
    const std::size_t tensor = static_cast<std::size_t>(place) - 1;
    const nnconv::TensorValue& value = file.values().tensors[tensor];
    const Rcpp::NumericVector shape(value.shape.begin(), value.shape.end());
    return nnconv::new_array(value.type->numbers, shape, lossy, [&](auto* numbers) {
      return file.read(tensor, numbers, nnconv::until_interrupted());
    });
  });
}
