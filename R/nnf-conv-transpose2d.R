# The functional form of the transposed convolution: scatter() of src/convolution/convolution.h.

#' Transposed convolution as a function
#'
#' Applies a two-dimensional transposed convolution to an array. It computes the same as
#' the layer [nn_conv_transpose2d()], but takes the weights as arguments. The arguments up
#' to `dilation` are those of `torch::nnf_conv_transpose2d()`; the rest are additions.
#'
#' @inheritParams nn_conv_transpose2d
#' @param input Array `(N, C_in, H, W)`, or `(C_in, H, W)` without a batch.
#' @param weight Array `(C_in, C_out / groups, kH, kW)`.
#' @param bias Vector of `C_out` numbers, or `NULL` for none.
#' @param output_size `NULL`, or the height and width of the result; see
#'   [nn_conv_transpose2d()].
#'
#' @inheritSection nn_conv_transpose2d Formula
#' @inheritSection nn_conv_transpose2d Padding by name
#'
#' @return A double array `(N, C_out, H_out, W_out)`, or `(C_out, H_out, W_out)`
#'   for an input without a batch.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] that names the argument: for a weight that is not an
#' array of four dimensions, for channels of `input` that do not match `weight`, for a bias
#' of the wrong length, and for everything that [nn_conv_transpose2d()] refuses.
#'
#' @inherit nn_conv_transpose2d references
#' @seealso [nnf_conv2d()], the adjoint; [nnf_conv_transpose2d_backward()], the gradients.
#'
#' @examples
#' # Each pixel writes one kernel; overlapping kernels add up
#' x <- array(c(1, 10), c(1, 1, 1, 2))
#' w <- array(1:4, c(1, 1, 2, 2))
#' nnf_conv_transpose2d(x, w, stride = 2)[1, 1, , ]
#' #>      [,1] [,2] [,3] [,4]
#' #> [1,]    1    3   10   30
#' #> [2,]    2    4   20   40
#' nnf_conv_transpose2d(x, w, stride = 1)[1, 1, , ]
#' #>      [,1] [,2] [,3]
#' #> [1,]    1   13   30
#' #> [2,]    2   24   40
#'
#' # The adjoint of nnf_conv2d: <conv(x), y> = <x, transposed(y)>
#' set.seed(1)
#' x <- array(rnorm(2 * 3 * 8 * 8), c(2, 3, 8, 8))
#' w <- array(rnorm(5 * 3 * 3 * 3), c(5, 3, 3, 3))
#' y <- nnf_conv2d(x, w, stride = 2, padding = 1)
#' back <- nnf_conv_transpose2d(y, w, stride = 2, padding = 1, output_size = c(8, 8))
#' all.equal(sum(y * y), sum(x * back))
#' #> [1] TRUE
#' @export
nnf_conv_transpose2d <- function(input, weight, bias = NULL, stride = 1, padding = 0,
                                 output_padding = 0, groups = 1, dilation = 1,
                                 padding_mode = "zeros", output_size = NULL,
                                 dtype = "float64", extend = FALSE) {
  layer <- conv_transpose2d_form(
    weight, bias, stride, padding, output_padding, groups, dilation, padding_mode, dtype, extend
  )
  run_layer(input, layer$weight, layer$bias, layer$config, output_size)
}

# Checks the weights and the bias of the functional form and derives its config.
conv_transpose2d_form <- function(weight, bias, stride, padding, output_padding, groups, dilation,
                                  padding_mode, dtype, extend) {
  weight <- check_weight(weight)
  shape <- dim(weight)
  key <- list(
    "conv_transpose2d", shape, stride, padding, output_padding, groups, dilation, padding_mode,
    dtype, extend
  )
  config <- recent_config(key, {
    groups <- check_weight_groups(groups, shape)
    conv_transpose2d_config(
      shape[1L], shape[2L] * groups, shape[3:4], stride, padding, output_padding, groups,
      dilation, padding_mode, dtype, extend = extend
    )
  })
  list(weight = weight, bias = check_bias(bias, config), config = config)
}
