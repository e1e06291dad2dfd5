// Unwrap: the fields of a config, and the checks.
#include "r_unwrap.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>

#include "r_call.h"

namespace nnconv {
namespace {

constexpr double largest_whole = 2147483647;  // as in R/check.R

// `value` is not what was made: doubles of this shape, if it has one.
template <std::size_t Rank = 0>
[[noreturn]] void refuse(const char* name, SEXP value,
                         const std::array<double, Rank>& shape = std::array<double, Rank>()) {
  Changed changed = {name, value, {}, Rank};
  std::copy(shape.begin(), shape.end(), changed.shape.begin());
  throw changed;
}

// Returns what `read` returns, or refuses what it throws.
template <class Read>
auto or_refuse(const Read& read) {
  try {
    return read();
  } catch (const Changed& changed) {
    const Rcpp::CharacterVector argument(changed.name);
    const Rcpp::NumericVector extents(changed.shape.begin(), changed.shape.begin() + changed.rank);
    refuse_in_r("refuse_changed", {argument, changed.value, extents});
  }
}

bool is_word(SEXP value, const char* word) {
  return TYPEOF(value) == STRSXP && Rf_xlength(value) == 1 &&
         std::strcmp(CHAR(STRING_ELT(value, 0)), word) == 0;
}

bool is_true(SEXP value) {
  return TYPEOF(value) == LGLSXP && Rf_xlength(value) == 1 && LOGICAL(value)[0] == TRUE;
}

// The fields of a list. Each is looked for from the one before it on, as they are asked for in
// their order: looking through all names would cost a small layer's call more than its sizes do.
class Config {
 public:
  explicit Config(SEXP list) : list_(list), names_(Rf_getAttrib(list, R_NamesSymbol)) {
    if (TYPEOF(list) != VECSXP || TYPEOF(names_) != STRSXP) refuse("config", list);
    count_ = Rf_xlength(list);
  }

  // NULL where there is no such field.
  SEXP field(const char* name) {
    for (R_xlen_t i = 0; i < count_; ++i) {
      if (++last_ >= count_) last_ = 0;
      if (std::strcmp(CHAR(STRING_ELT(names_, last_)), name) == 0) return VECTOR_ELT(list_, last_);
    }
    return R_NilValue;
  }

  // Whole numbers, `Count` of them.
  template <std::size_t Count>
  std::array<Index, Count> whole(const char* name, double least) {
    const SEXP value = field(name);
    if (TYPEOF(value) != REALSXP || Rf_xlength(value) != R_xlen_t(Count)) refuse(name, value);
    const double* const numbers = REAL(value);
    std::array<Index, Count> whole;
    for (std::size_t i = 0; i < Count; ++i) {
      const bool is_whole = numbers[i] >= least && numbers[i] <= largest_whole &&
                            numbers[i] == std::floor(numbers[i]);
      if (!is_whole) refuse(name, value);
      whole[i] = as_index(numbers[i]);
    }
    return whole;
  }

  std::string_view word(const char* name, std::initializer_list<const char*> words) {
    const SEXP value = field(name);
    if (TYPEOF(value) == STRSXP && Rf_xlength(value) == 1) {
      const char* const given = CHAR(STRING_ELT(value, 0));
      for (const char* word : words) {
        if (std::strcmp(given, word) == 0) return word;
      }
    }
    refuse(name, value);
  }

 private:
  SEXP list_, names_;
  R_xlen_t count_ = 0, last_ = -1;
};

// Are these as many doubles as the product of some extents?
template <std::size_t Rank>
bool are_doubles(SEXP x, const std::array<double, Rank>& shape) {
  double count = 1;
  for (const double extent : shape) count *= extent;
  return TYPEOF(x) == REALSXP && static_cast<double>(Rf_xlength(x)) == count;
}

template <std::size_t Rank>
bool has_dim(SEXP x, const std::array<double, Rank>& shape) {
  const SEXP dim = Rf_getAttrib(x, R_DimSymbol);
  return TYPEOF(dim) == INTSXP && Rf_xlength(dim) == R_xlen_t(Rank) &&
         std::equal(shape.begin(), shape.end(), INTEGER(dim));
}

}  // namespace

SEXP field_of(SEXP list, const char* name) {
  return Config(list).field(name);
}

Layer as_layer(SEXP config) {
  return or_refuse([&] { return read_layer(config); });
}

Layer read_layer(SEXP list) {
  Config config(list);
  Layer layer = {};
  layer.in_channels = config.whole<1>("in_channels", 1)[0];
  layer.out_channels = config.whole<1>("out_channels", 1)[0];
  const std::array<Index, 2> kernel = config.whole<2>("kernel_size", 1);
  const std::array<Index, 2> stride = config.whole<2>("stride", 1);
  const bool is_same = is_word(config.field("padding"), "same");
  layer.groups = config.whole<1>("groups", 1)[0];
  const std::array<Index, 2> dilation = config.whole<2>("dilation", 1);
  const PadMode mode =
      as_mode(config.word("padding_mode", {"zeros", "reflect", "replicate", "circular"}));
  layer.is_single = config.word("dtype", {"float64", "float32"}) == "float32";
  layer.is_correlate = config.word("layer", {"conv2d", "conv_transpose2d"}) == "conv2d";
  const std::array<Index, 4> pads = config.whole<4>("pads", -largest_whole);
  layer.output_size = asked_size(config.field("output_size"));
  if (!layer.is_correlate) {
    const bool extends = is_true(config.field("extend"));
    layer.output_padding = config.whole<2>("output_padding", 0);
    for (std::size_t i = 0; i < 2; ++i) {
      layer.most_extra[i] = is_same   ? 0
                            : extends ? largest_whole
                                      : static_cast<double>(stride[i] - 1);
    }
  }
  if (layer.in_channels % layer.groups != 0 || layer.out_channels % layer.groups != 0) {
    refuse("groups", config.field("groups"));
  }
  for (std::size_t i = 0; i < 2; ++i) {
    layer.axes[i] = {0, 0, kernel[i], stride[i], dilation[i], pads[2 * i], pads[2 * i + 1], mode};
  }
  return layer;
}

AskedSize asked_size(SEXP size) {
  AskedSize asked;
  asked.is_given = size != R_NilValue;
  asked.is_plain = TYPEOF(size) == REALSXP && !Rf_isObject(size) && Rf_xlength(size) == 2;
  if (asked.is_plain) std::copy_n(REAL(size), 2, asked.size.begin());
  return asked;
}

bool find_algorithm(Algorithm& algorithm) {
  static const SEXP option = Rf_install("nnconv.algorithm");
  algorithm = Algorithm::automatic;
  const SEXP value = Rf_GetOption1(option);
  if (value == R_NilValue) return true;
  return TYPEOF(value) == STRSXP && Rf_xlength(value) == 1 &&
         algorithm_named(CHAR(STRING_ELT(value, 0)), algorithm);
}

Pool as_pool(SEXP config) {
  return or_refuse([&] { return read_pool(config); });
}

Pool read_pool(SEXP list) {
  Config config(list);
  const std::array<Index, 2> kernel = config.whole<2>("kernel_size", 1);
  const std::array<Index, 2> stride = config.whole<2>("stride", 1);
  const std::array<Index, 2> padding = config.whole<2>("padding", 0);
  const std::array<Index, 2> dilation = config.whole<2>("dilation", 1);
  Pool pool = {{}, is_true(config.field("ceil_mode"))};
  for (std::size_t i = 0; i < 2; ++i) {
    pool.axes[i] = {0,           0,          kernel[i],  stride[i],
                    dilation[i], padding[i], padding[i], PadMode::zeros};
  }
  return pool;
}

std::array<double, 4> shape_of(const ImageView& view) {
  return {static_cast<double>(view.batch), static_cast<double>(view.channels),
          static_cast<double>(view.height), static_cast<double>(view.width)};
}

std::array<double, 4> weight_shape(const Geometry& g) {
  return {static_cast<double>(g.small_channels), static_cast<double>(g.large_channels / g.groups),
          static_cast<double>(g.axis[0].kernel), static_cast<double>(g.axis[1].kernel)};
}

const double* read_weight(SEXP weight, const Geometry& g, int axes) {
  const std::array<double, 4> shape = weight_shape(g);
  const bool fits = axes == 2
                        ? has_dim(weight, shape)
                        : has_dim(weight, std::array<double, 3>{shape[0], shape[1], shape[3]});
  if (!are_doubles(weight, shape) || !fits) refuse("weight", weight, shape);
  return numbers_of(weight);
}

const double* weight_of(SEXP weight, const Geometry& g) {
  return or_refuse([&] { return read_weight(weight, g, 2); });
}

const double* bias_of(SEXP bias, Index channels) {
  if (Rf_isNull(bias)) return nullptr;
  return doubles_of(bias, "bias", static_cast<R_xlen_t>(channels));
}

const double* image_of(SEXP image, const ImageView& view) {
  const std::array<double, 4> shape = shape_of(view);
  return or_refuse([&] {
    if (!are_doubles(image, shape)) refuse("input", image, shape);
    return numbers_of(image);
  });
}

ImageView view_of(SEXP shape) {
  const double* const extents = REAL(shape);
  return {as_index(extents[0]), as_index(extents[1]), as_index(extents[2]), as_index(extents[3])};
}

const double* read_doubles(SEXP x, const char* name, R_xlen_t length) {
  const std::array<double, 1> shape = {static_cast<double>(length)};
  if (!are_doubles(x, shape)) refuse(name, x, shape);
  return numbers_of(x);
}

const double* doubles_of(SEXP x, const char* name, R_xlen_t length) {
  return or_refuse([&] { return read_doubles(x, name, length); });
}

}  // namespace nnconv
