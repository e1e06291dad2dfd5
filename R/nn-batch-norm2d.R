# Batch norm: a normalization of channels as a module.

#' Batch normalization
#'
#' Makes a module that shifts and scales each channel of its input to mean 0 and variance 1, and
#' then by a weight and a bias of the channel, which are learned. In training, mean and variance
#' are those of the batch; afterwards, those that the module has seen in training.
#'
#' @param num_features Number of channels.
#' @param eps Added to the variance, in the squared unit of the input: one number above 0 or 0.
#' @param momentum Share of a batch in the running mean and variance, from 0 to 1; or `NULL` for
#'   the plain average of all batches.
#' @param affine `TRUE` for a weight and a bias, which begin as 1 and 0.
#' @param track_running_stats `FALSE` to keep no running mean and variance, and to use those of
#'   the batch after training, too.
#'
#' @section Formula:
#' For the channel \eqn{c}{c}, with the mean \eqn{\mu_c}{m} and the variance
#' \eqn{\sigma_c^2}{v} of all its cells in all images of the batch,
#' \deqn{y = \frac{x - \mu_c}{\sqrt{\sigma_c^2 + eps}} \, weight_c + bias_c}{
#'   y = (x - m) / sqrt(v + eps) * weight + bias}
#' In training, \eqn{\sigma_c^2}{v} is the mean square of the deviations (biased). After the call,
#' the running values become `(1 - momentum) * running + momentum * batch`, where the variance of
#' the batch is the unbiased one. They begin as 0 and 1. The gradients in training take
#' into account that mean and variance depend on the input.
#'
#' Sums are in double precision, and means are subtracted before squares are taken. Results do
#' not depend on the number of threads.
#'
#' @section Shapes:
#' The input is `(N, C, H, W)` or, for one image, `(C, H, W)`, with `num_features` channels in any
#' unit; the result is a double array of the same shape, without unit. Weight, bias, `running_mean`
#' and `running_var` have one number for each channel; `num_batches_tracked` is one number.
#'
#' @section Training and evaluation:
#' A module is made in training mode; `m$eval()` and `m$train()` change the mode, of a chain for
#' all modules in it. A call in training mode changes the buffers `m$running_mean`, `m$running_var`
#' and `m$num_batches_tracked`, once the call of the whole chain has succeeded; so does
#' `m$backward()`, which makes such a call. A batch without images changes nothing. Buffers are part
#' of `m$state_dict()`, not of `m$parameters`.
#'
#' In a chain in evaluation mode, a normalization directly behind a convolution or a transposed one
#' is folded into it, if the result has at least four times as many numbers as the weight and
#' nothing else reads what is between: the call multiplies the weight of each channel, and shifts
#' its bias, instead of the result. That changes the result by rounding, as much as the rounding of
#' the layer does. Nothing is folded where parameters or statistics are not finite, 0 or extremely
#' large or small, nor with `options(nnconv.algorithm = "direct")`, with which a chain returns the
#' same bits as its modules one by one.
#'
#' @return A function of class `nnconv_batch_norm2d`; call it with an array. It has the members of
#'   [nnconv_module].
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is out of range, if the input does not have
#' `num_features` channels, and in training if there is only one value for each channel.
#'
#' @references Ioffe and Szegedy (2015), *Batch normalization: accelerating deep network training
#'   by reducing internal covariate shift*, <https://arxiv.org/abs/1502.03167>; sums: Chan, Golub
#'   and LeVeque (1983), *Algorithms for computing the sample variance*, \doi{10.2307/2683386};
#'   names and defaults: PyTorch (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso [nn_sequential()] for chains.
#'
#' @examples
#' m <- nn_batch_norm2d(2)
#' x <- array(c(1, 5, 2, 6, 3, 7, 4, 8), c(2, 2, 2)) # channels 1:4 and 5:8
#' round(m(x)[1, , ], 3)
#' #>        [,1]  [,2]
#' #> [1,] -1.342 0.447
#' #> [2,] -0.447 1.342
#' m$running_mean
#' #> [1] 0.25 0.65
#' m$eval()
#' all.equal(m(x), (x - m$running_mean) / sqrt(m$running_var + 1e-5))
#' #> [1] TRUE
#' names(m$state_dict())
#' #> [1] "weight"              "bias"                "running_mean"
#' #> [4] "running_var"         "num_batches_tracked"
#' @export
nn_batch_norm2d <- function(num_features, eps = 1e-05, momentum = 0.1, affine = TRUE,
                            track_running_stats = TRUE) {
  config <- list(
    num_features = check_count(num_features, "num_features"),
    eps = check_real(eps, "eps", min = 0),
    momentum = if (!is.null(momentum)) check_share(momentum, "momentum"),
    affine = check_flag(affine, "affine"),
    track_running_stats = check_flag(track_running_stats, "track_running_stats"),
    layer = "batch_norm2d"
  )
  check_memory(32 * config$num_features, "num_features", "parameters and buffers")
  new_drawn_module(config)
}

reset_batch_norm <- function(state) {
  config <- state$config
  count <- config$num_features
  list2env(list(
    weight = if (config$affine) rep(1, count),
    bias = if (config$affine) rep(0, count),
    running_mean = if (config$track_running_stats) rep(0, count),
    running_var = if (config$track_running_stats) rep(1, count),
    num_batches_tracked = if (config$track_running_stats) 0
  ), state)
}

# Are mean and variance those of the batch?
takes_batch <- function(state) state$training || is.null(state$running_mean)

batch_norm_value <- function(input, state) {
  config <- state$config
  x <- check_image(input, config$num_features)
  check_elementwise_memory(x)
  shape <- image_shape(dim(x))
  apply <- function(mean, variance) {
    r_batch_norm(x, shape, mean, variance, state$weight, state$bias, config$eps)
  }
  if (!takes_batch(state)) {
    return(apply(state$running_mean, state$running_var))
  }
  count <- prod(shape[-2L])
  if (count == 1) {
    refuse(
      "input", "such that each channel has more than one value, in training",
      sprintf("[%s]", toString(dim(x))), kind = "shape",
      because = "`eval()` ends training: the running mean and variance then take their place."
    )
  }
  moments <- r_channel_moments(x, shape)
  variance <- moments$squares / max(count, 1)
  list(
    output = apply(moments$mean, variance), saved = list(mean = moments$mean, variance = variance),
    buffers = next_buffers(state, c(moments, count = count))
  )
}

# Returns NULL where they stay as they are.
next_buffers <- function(state, moments) {
  if (moments$count == 0 || !state$training || is.null(state$running_mean)) {
    return(NULL)
  }
  calls <- state$num_batches_tracked + 1
  momentum <- state$config$momentum
  share <- if (is.null(momentum)) 1 / calls else momentum
  list(
    running_mean = (1 - share) * state$running_mean + share * moments$mean,
    running_var = (1 - share) * state$running_var + share * (moments$squares / (moments$count - 1)),
    num_batches_tracked = calls
  )
}

backward_batch_norm <- function(grad_output, input, state, wanted, saved) {
  x <- check_image(input, state$config$num_features)
  numbers <- check_result_gradient(grad_output, dim(x))
  check_elementwise_memory(x)
  of_batch <- takes_batch(state)
  moments <- if (of_batch) saved else list(mean = state$running_mean, variance = state$running_var)
  r_batch_norm_gradient(
    x, numbers, image_shape(dim(x)), moments$mean, moments$variance, state$weight,
    state$config$eps, of_batch, intersect(c("input", names(own_parameters(state))), wanted)
  )
}

# Refuses values that are no longer vectors of this length.
check_vectors <- function(values, count) {
  for (name in names(values)) {
    value <- values[[name]]
    if (!is.double(value) || length(value) != count) refuse_changed(name, value, count)
  }
}

not_in_parts <- function(state, part) {
  if (takes_batch(state)) {
    list(
      allowed = "NULL for `nn_batch_norm2d()` with the statistics of the batch",
      because = paste(part, "shows only a part of it. `eval()` selects the running statistics.")
    )
  }
}

define_kind(
  "batch_norm2d",
  forward = function(input, state, size) batch_norm_value(input, state),
  backward = function(grad_output, input, state, wanted, output, saved) {
    backward_batch_norm(grad_output, input, state, wanted, saved)
  },
  parameters = c("weight", "bias"),
  buffers = c("running_mean", "running_var", "num_batches_tracked"),
  next_buffers = function(state, moments) next_buffers(state, moments),
  reset = function(state) reset_batch_norm(state),
  check = function(state) {
    values <- own_state(state)
    is_count <- names(values) == "num_batches_tracked"
    check_vectors(values[!is_count], state$config$num_features)
    check_vectors(values[is_count], 1)
  },
  in_channels = function(config) config$num_features,
  fits = function(config, channels) channels == config$num_features,
  out_channels = function(config, channels) config$num_features,
  output_shape = function(dim, state, size, argument) {
    check_image_dim(dim, argument, state$config$num_features)
  },
  not_tiled = function(state) not_in_parts(state, "A tile"),
  not_batched = function(state) not_in_parts(state, "A smaller batch"),
  positional = "num_features",
  label = function(config) sprintf(" [%s]", in_full(config$num_features))
)
