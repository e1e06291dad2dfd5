// R reads and writes safetensors files and their numbers here.
#include "files/tensor_data.h"
#include "r_files.h"
#include "r_unwrap.h"
#include "safetensors/header.h"

using nnconv::as_text;
using nnconv::extents_of;
using nnconv::Index;
using nnconv::open_source;
using nnconv::or_problem;
using nnconv::path_of;

namespace {

using Handle = Rcpp::XPtr<nnconv::ByteSource>;

const nnconv::NumberType& type_named(const std::string& name) {
  return *nnconv::find_number_type(name.data(), name.size());
}

// Says that numbers have no exact counterparts in the type of their tensor.
struct InexactTensor {
  std::size_t place;
};

SEXP read_array(nnconv::ByteSource& source, double begin, const std::string& type,
                const Rcpp::NumericVector& shape, bool lossy) {
  const nnconv::Numbers numbers = type_named(type).numbers;
  return nnconv::new_array(numbers, shape, lossy, [&](auto* values) {
    return nnconv::read_tensor(source, static_cast<std::uint64_t>(begin), numbers,
                               extents_of<Index>(shape), values, nnconv::until_interrupted());
  });
}

}  // namespace

// [[Rcpp::export(rng = false)]]
bool r_has_folder(SEXP path) {
  return nnconv::has_folder(path_of(path));
}

// [[Rcpp::export(rng = false)]]
SEXP r_save_bytes(SEXP path, const Rcpp::RawVector& bytes) {
  const auto write = [&bytes](nnconv::ByteSink& sink) {
    sink.write(0, bytes.begin(), static_cast<std::size_t>(bytes.size()));
  };
  return or_problem([&]() -> SEXP {
    nnconv::save_file(path_of(path), static_cast<std::uint64_t>(bytes.size()), write,
                      nnconv::until_interrupted());
    return R_NilValue;
  });
}

// Opens a file, or a raw vector of its bytes, and reads the header. The file stays open, and the
// vector protected, until r_safetensors_close().
// [[Rcpp::export(rng = false)]]
SEXP r_safetensors_open(SEXP file) {
  return or_problem([&]() -> SEXP {
    std::unique_ptr<nnconv::ByteSource> source = open_source(file);
    const nnconv::Header header = nnconv::read_header(*source);
    const Handle handle(source.release(), true, R_NilValue, file);
    const R_xlen_t count = static_cast<R_xlen_t>(header.tensors.size());
    Rcpp::CharacterVector names(count), types(count);
    Rcpp::LogicalVector readable(count);
    Rcpp::NumericVector begin(count), bytes(count);
    Rcpp::List shapes(count);
    for (R_xlen_t i = 0; i < count; ++i) {
      const nnconv::TensorEntry& tensor = header.tensors[static_cast<std::size_t>(i)];
      names[i] = as_text(tensor.name);
      types[i] = tensor.type->name;
      readable[i] = tensor.type->numbers != nnconv::Numbers::bytes_only;
      begin[i] = static_cast<double>(header.data + tensor.begin);
      bytes[i] = static_cast<double>(tensor.end - tensor.begin);
      shapes[i] = Rcpp::NumericVector(tensor.shape.begin(), tensor.shape.end());
    }
    const R_xlen_t entries = static_cast<R_xlen_t>(header.metadata.size());
    Rcpp::CharacterVector metadata(entries), keys(entries);
    for (R_xlen_t i = 0; i < entries; ++i) {
      keys[i] = as_text(header.metadata[static_cast<std::size_t>(i)].first);
      metadata[i] = as_text(header.metadata[static_cast<std::size_t>(i)].second);
    }
    metadata.names() = keys;
    return Rcpp::List::create(
        Rcpp::Named("handle") = handle, Rcpp::Named("name") = names, Rcpp::Named("dtype") = types,
        Rcpp::Named("shape") = shapes, Rcpp::Named("bytes") = bytes, Rcpp::Named("begin") = begin,
        Rcpp::Named("readable") = readable, Rcpp::Named("metadata") = metadata);
  });
}

// [[Rcpp::export(rng = false)]]
void r_safetensors_close(SEXP handle) {
  Handle(handle).release();
}

// [[Rcpp::export(rng = false)]]
SEXP r_safetensors_read(SEXP handle, double begin, const std::string& dtype,
                        const Rcpp::NumericVector& shape, bool lossy) {
  return or_problem([&] { return read_array(*Handle(handle), begin, dtype, shape, lossy); });
}

// Convert the bytes of one tensor to an array and back; they return NULL if this cannot be exact.
// [[Rcpp::export(rng = false)]]
SEXP r_safetensors_decode(const Rcpp::RawVector& bytes, const std::string& dtype,
                          const Rcpp::NumericVector& shape, bool lossy) {
  nnconv::MemorySource source(bytes.begin(), static_cast<std::size_t>(bytes.size()));
  return or_problem([&] { return read_array(source, 0, dtype, shape, lossy); });
}

// [[Rcpp::export(rng = false)]]
SEXP r_safetensors_encode(SEXP values, const std::string& dtype, const Rcpp::NumericVector& shape) {
  nnconv::MemorySink sink;
  const bool exact =
      nnconv::write_tensor(sink, 0, type_named(dtype).numbers, extents_of<Index>(shape),
                           nnconv::numbers_of(values), nnconv::until_interrupted());
  return exact ? Rcpp::wrap(Rcpp::RawVector(sink.bytes.begin(), sink.bytes.end())) : R_NilValue;
}

// Writes a whole file. If a problem lies in a tensor, its list has the `place` of that, from 1.
// [[Rcpp::export(rng = false)]]
SEXP r_safetensors_write(SEXP path, const Rcpp::List& values, const std::vector<std::string>& names,
                         const std::vector<std::string>& dtypes, const Rcpp::List& shapes,
                         const std::vector<std::string>& keys,
                         const std::vector<std::string>& metadata) {
  return or_problem([&]() -> SEXP {
    std::vector<nnconv::TensorEntry> tensors(names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
      tensors[i].name = names[i];
      tensors[i].type = &type_named(dtypes[i]);
      tensors[i].shape = extents_of<std::uint64_t>(shapes[static_cast<R_xlen_t>(i)]);
    }
    nnconv::Metadata entries;
    for (std::size_t i = 0; i < keys.size(); ++i) entries.emplace_back(keys[i], metadata[i]);
    const std::vector<nnconv::Byte> header = nnconv::write_header(tensors, entries);
    std::uint64_t size = header.size();
    for (const nnconv::TensorEntry& tensor : tensors) size += tensor.end - tensor.begin;
    const auto write = [&](nnconv::ByteSink& sink) {
      sink.write(0, header.data(), header.size());
      for (std::size_t i = 0; i < tensors.size(); ++i) {
        const R_xlen_t place = static_cast<R_xlen_t>(i);
        const bool exact =
            nnconv::write_tensor(sink, header.size() + tensors[i].begin, tensors[i].type->numbers,
                                 extents_of<Index>(shapes[place]),
                                 nnconv::numbers_of(values[place]), nnconv::until_interrupted());
        if (!exact) throw InexactTensor{i};
      }
    };
    try {
      nnconv::save_file(path_of(path), size, write, nnconv::until_interrupted());
    } catch (const InexactTensor& tensor) {
      return Rcpp::List::create(Rcpp::Named("place") = static_cast<double>(tensor.place + 1));
    }
    return R_NilValue;
  });
}
