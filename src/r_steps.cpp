// Steps: a function for each kind of module that the core runs.
#include "r_steps.h"

#include <cmath>
#include <string_view>

#include "network/channel_steps.h"
#include "network/elementwise_steps.h"
#include "network/join_steps.h"
#include "network/layer_step.h"
#include "network/resampling_steps.h"
#include "r_call.h"
#include "r_kept_weights.h"

namespace nnconv {
namespace {

using Made = std::unique_ptr<Step>;

struct State {
  SEXP state;
  const int axes;
  Held& held;

  SEXP field(const char* name) const { return field_of_state(state, name, held); }
  SEXP config() const { return field("config"); }
  bool is_training() const {
    const SEXP value = field("training");
    return TYPEOF(value) != LGLSXP || Rf_xlength(value) != 1 || LOGICAL(value)[0] != FALSE;
  }
};

double number_of(SEXP config, const char* name) {
  return *read_doubles(field_of(config, name), name, 1);
}

Index whole_of(SEXP config, const char* name, double most = 2147483647) {
  const double value = number_of(config, name);
  const bool is_whole = value >= 1 && value <= most && value == std::floor(value);
  return is_whole ? static_cast<Index>(value) : 0;
}

std::string_view word_of(SEXP value) {
  if (TYPEOF(value) != STRSXP || Rf_xlength(value) != 1) return {};
  return CHAR(STRING_ELT(value, 0));
}

Made layer_step(const State& state, SEXP config, int axes) {
  constexpr double any_shape[4] = {};
  const Layer layer = read_layer(config);
  Algorithm algorithm;
  if (!find_algorithm(algorithm)) return nullptr;
  const SEXP weight = state.field("weight"), bias = state.field("bias");
  return std::make_unique<LayerStep>(
      layer, read_weight(weight, layer.geometry(any_shape, any_shape), axes),
      [weight] { return id_of_weights(weight, Sighting::counted); },
      Rf_isNull(bias) ? nullptr
                      : read_doubles(bias, "bias", static_cast<R_xlen_t>(layer.out_channels)),
      algorithm, axes);
}

Made layer(const State& state) {
  return layer_step(state, state.config(), 2);
}

Made layer_of_sequences(const State& state) {
  return layer_step(state, field_of(state.config(), "image"), 1);
}

Made relu(const State&) {
  return std::make_unique<ReluStep>(0);
}

Made leaky_relu(const State& state) {
  return std::make_unique<ReluStep>(number_of(state.config(), "negative_slope"));
}

Made sigmoid_of(const State&) {
  return std::make_unique<SigmoidStep>();
}

Made tanh_of(const State&) {
  return std::make_unique<TanhStep>();
}

Made identity(const State&) {
  return std::make_unique<IdentityStep>(false);
}

Made dropout(const State& state) {
  return state.is_training() ? nullptr : std::make_unique<IdentityStep>(false);
}

Made dropout_of_channels(const State& state) {
  return state.is_training() ? nullptr : std::make_unique<IdentityStep>(true);
}

Made batch_norm_of(const State& state) {
  const Index channels = whole_of(state.config(), "num_features");
  const auto values = [&](const char* name) -> const double* {
    const SEXP value = state.field(name);
    if (Rf_isNull(value)) return nullptr;
    return read_doubles(value, name, static_cast<R_xlen_t>(channels));
  };
  const double *const mean = values("running_mean"), *const variance = values("running_var");
  const double *const weight = values("weight"), *const bias = values("bias");
  const double eps = number_of(state.config(), "eps");
  if ((mean == nullptr) != (variance == nullptr)) return nullptr;
  if (mean && !state.is_training()) {
    return std::make_unique<NormStep>(BatchNorm{mean, variance, weight, bias, eps, false},
                                      channels);
  }
  if (mean) read_doubles(state.field("num_batches_tracked"), "num_batches_tracked", 1);
  return std::make_unique<BatchNormStep>(weight, bias, eps, channels);
}

Made prelu_of(const State& state) {
  const Index count = whole_of(state.config(), "num_parameters");
  return std::make_unique<PreluStep>(
      read_doubles(state.field("weight"), "weight", static_cast<R_xlen_t>(count)), count);
}

Made pool(const State& state) {
  const Pool pool = read_pool(state.config());
  return std::make_unique<PoolStep>(pool.axes, pool.ceil_mode);
}

Made shuffle(const State& state) {
  const Index factor = whole_of(state.config(), "upscale_factor", 30000);
  return factor == 0 ? nullptr : std::make_unique<ShuffleStep>(factor);
}

Made upsample(const State& state) {
  const SEXP config = state.config();
  const std::string_view mode = word_of(field_of(config, "mode"));
  const double* const scale = read_doubles(field_of(config, "scale_factor"), "scale_factor", 2);
  if (mode != "nearest" && mode != "bilinear") return nullptr;
  return std::make_unique<UpsampleStep>(
      mode == "nearest" ? Upsampling::nearest : Upsampling::bilinear,
      std::array<double, 2>{scale[0], scale[1]});
}

Made skip(const State& state) {
  const std::string_view join = word_of(field_of(state.config(), "join"));
  if (join == "add") return std::make_unique<AddStep>();
  return join == "concat" ? std::make_unique<ConcatStep>(state.axes) : nullptr;
}

constexpr struct {
  std::string_view kind;
  Made (*make)(const State&);
} kinds[] = {
    {"conv2d", layer},
    {"conv_transpose2d", layer},
    {"relu", relu},
    {"leaky_relu", leaky_relu},
    {"batch_norm2d", batch_norm_of},
    {"skip", skip},
    {"sigmoid", sigmoid_of},
    {"tanh", tanh_of},
    {"prelu", prelu_of},
    {"max_pool2d", pool},
    {"upsample", upsample},
    {"pixel_shuffle", shuffle},
    {"conv1d", layer_of_sequences},
    {"conv_transpose1d", layer_of_sequences},
    {"identity", identity},
    {"dropout", dropout},
    {"dropout2d", dropout_of_channels},
};

}  // namespace

SEXP Held::hold(SEXP value) {
  if (value != R_NilValue) values_ = Rf_cons(value, values_);
  return value;
}

SEXP field_of_state(SEXP state, const char* name, Held& held) {
  if (TYPEOF(state) == VECSXP) return field_of(state, name);
  if (TYPEOF(state) != ENVSXP) return R_NilValue;
  return held.hold(Rcpp::Environment(state).get(name));
}

std::unique_ptr<Step> read_step(SEXP state, int axes, Held& held) {
  try {
    const State of = {state, axes, held};
    const std::string_view name = word_of(field_of(of.config(), "layer"));
    for (const auto& kind : kinds) {
      if (kind.kind == name) return kind.make(of);
    }
  } catch (const Changed&) {
  }
  return nullptr;
}

}  // namespace nnconv
