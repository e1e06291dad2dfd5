# The functional form of the convolution: correlate() of src/convolution/convolution.h.

#' Convolution as a function
#'
#' Applies a two-dimensional convolution to an array. It computes the same as the layer
#' [nn_conv2d()], but takes the weights as arguments. The arguments up to `groups` are those
#' of `torch::nnf_conv2d()`; the rest are additions.
#'
#' @inheritParams nn_conv2d
#' @param input Array `(N, C_in, H, W)`, or `(C_in, H, W)` without a batch.
#' @param weight Array `(C_out, C_in / groups, kH, kW)`.
#' @param bias Vector of `C_out` numbers, or `NULL` for none.
#'
#' @inheritSection nn_conv2d Formula
#'
#' @return A double array `(N, C_out, H_out, W_out)`, or `(C_out, H_out, W_out)`
#'   for an input without a batch.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] that names the argument: for a weight that is not an
#' array of four dimensions, for channels of `input` that do not match `weight`, for a bias
#' of the wrong length, and for everything that [nn_conv2d()] refuses.
#'
#' @inherit nn_conv2d references
#' @seealso [nnf_conv_transpose2d()], the adjoint; [nnf_conv2d_backward()], the gradients.
#'
#' @examples
#' # Differences between neighbours in a row
#' x <- array(c(1, 4, 9, 16), c(1, 1, 1, 4))
#' w <- array(c(-1, 1), c(1, 1, 1, 2))
#' nnf_conv2d(x, w)[1, 1, 1, ]
#' #> [1] 3 5 7
#' nnf_conv2d(x, w, bias = 100, padding = c(0, 1), padding_mode = "circular")[1, 1, 1, ]
#' #> [1]  85 103 105 107  85
#' @export
nnf_conv2d <- function(input, weight, bias = NULL, stride = 1, padding = 0, dilation = 1,
                       groups = 1, padding_mode = "zeros", dtype = "float64") {
  layer <- conv2d_form(weight, bias, stride, padding, dilation, groups, padding_mode, dtype)
  run_layer(input, layer$weight, layer$bias, layer$config)
}

# Checks the weights and the bias of the functional form and derives its config.
conv2d_form <- function(weight, bias, stride, padding, dilation, groups, padding_mode, dtype) {
  weight <- check_weight(weight)
  shape <- dim(weight)
  key <- list("conv2d", shape, stride, padding, dilation, groups, padding_mode, dtype)
  config <- recent_config(key, {
    groups <- check_weight_groups(groups, shape)
    conv2d_config(
      shape[2L] * groups, shape[1L], shape[3:4], stride, padding, dilation, groups,
      padding_mode, dtype
    )
  })
  list(weight = weight, bias = check_bias(bias, config), config = config)
}
