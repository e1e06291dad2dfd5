# Defines the transposed convolution as a layer.

#' Transposed convolution layer
#'
#' Makes a transposed convolution layer: a function that applies a two-dimensional
#' transposed convolution to an array and holds its weights. This operation is also called
#' fractionally strided convolution or, misleadingly, deconvolution. It is the adjoint, or
#' gradient, of [nn_conv2d()] with the same weights. Decoders, U-Nets and generators use it
#' to enlarge images.
#'
#' The arguments up to `padding_mode` have the names, order and defaults of
#' `torch::nn_conv_transpose2d()`. This package adds `dtype` and the arguments after it,
#' and `padding` by sides or by name. The adjoint of `nn_conv2d(a, b, ...)` is
#' `nn_conv_transpose2d(b, a, ...)`. As in torch, the order of arguments differs between
#' the layers: here `groups` precedes `bias` and `dilation`; in [nn_conv2d()] it follows
#' `dilation`.
#'
#' `padding` crops the result; it does not extend the input. `output_padding` reduces the
#' cropping at the bottom and on the right; it does not append zeros.
#'
#' @param in_channels,out_channels Number of channels of the input and of the result, whole
#'   numbers of at least 1.
#' @param kernel_size Height and width of the kernel in cells: one whole number for both,
#'   or two, `c(height, width)`. Other arguments in cells have the same form.
#' @param stride Distance, in cells of the result, between the copies of the kernel that
#'   neighbouring input cells write. At least 1.
#' @param padding Cells to crop from each side of the result: one number, two,
#'   `c(height, width)`, or four, **`c(top, bottom, left, right)`** (a different order from
#'   [nnf_pad()]'s). Alternatively `"same"`, for a result `stride` times the size of the
#'   input, or `"valid"`, for no cropping; see below.
#' @param output_padding Cells by which the result grows at the bottom and on the right.
#'   Smaller than `stride` or smaller than `dilation`, unless `extend` is `TRUE`.
#' @param groups Number of groups into which the channels are split; it must divide both
#'   channel counts. Each group of the result depends only on the same group of the input.
#' @param bias `TRUE` to add a learned number to each channel of the result.
#' @param dilation Distance, in cells of the result, between neighbouring taps of the
#'   kernel. At least 1.
#' @param padding_mode Treatment of the cells that `padding` crops. `"zeros"` drops them;
#'   `"reflect"`, `"replicate"` and `"circular"` add them to the cells that [nn_conv2d()]
#'   would copy them from. Lower case only.
#' @param dtype Type of the arithmetic, `"float64"` or `"float32"`. Arrays hold R's doubles
#'   with either type.
#' @param output_size Height and width of the result for calls that give none; `NULL` for
#'   the size that follows from `output_padding`. Whether the layer can return this size
#'   depends on the input, so the call checks it.
#' @param extend `TRUE` to let `output_padding` and `output_size` exceed torch's limits.
#'   Cells at the bottom and on the right that no kernel reaches then hold the bias.
#'
#' @section Formula:
#' Cells are counted from 0. For each image, the layer starts from the bias and adds
#' \deqn{y_{o,\; i s_H + u d_H - p_H,\; j s_W + v d_W - p_W} \mathrel{+}=
#'   x_{c,i,j} \; w_{c,o,u,v}}{
#'   y[o, i*sH + u*dH - pH, j*sW + v*dW - pW] += x[c, i, j] * w[c, o, u, v]}
#' over all input cells \eqn{i, j}, input channels \eqn{c} and taps \eqn{u, v} for which
#' the result cell exists. The result's height is
#' \deqn{H_{out} = (H - 1) s_H - 2 p_H + d_H (k_H - 1) + op_H + 1}{
#'   H_out = (H - 1)*sH - 2*pH + dH*(kH - 1) + opH + 1}
#' and the width follows likewise. If \eqn{P} is the padding operator of the mode and
#' \eqn{A} is the convolution without padding, then [nn_conv2d()] is \eqn{A P} and this
#' layer is \eqn{P^T A^T}{P' A'}; the bias is added last. If `padding` has four sides, the
#' first formula uses the top for \eqn{p_H}{pH} and the left for \eqn{p_W}{pW}; the second
#' uses top plus bottom for \eqn{2 p_H}{2*pH}.
#'
#' `NaN` and infinite values spread to exactly the cells that the formula writes them to,
#' even through weights of 0.
#'
#' @section Padding by name:
#' `padding = "same"` makes the result `stride` times as high and wide as the input. On
#' each axis, it crops \eqn{d (k - 1) + 1 - s}{d*(k - 1) + 1 - s} cells, the smaller half
#' at the top or left. If this number is negative, it instead adds this many cells at the
#' bottom or right, which hold the bias. The size is then fixed: `output_padding` must be
#' 0, `extend` must be `FALSE`, and an `output_size` in the call must be this very size.
#'
#' TensorFlow's `conv2d_transpose` does the same with `"SAME"`, as the gradient of its
#' convolution with `"SAME"`. So does ONNX's `ConvTranspose` with `auto_pad` of
#' `"SAME_UPPER"`, by its current definition; earlier definitions, and ONNX Runtime for
#' some time, put the larger half first. PyTorch has no `"same"` for this layer.
#'
#' @section Beyond torch's limits:
#' torch requires `output_padding` to be smaller than `stride` or `dilation`, and
#' `output_size` to exceed the smallest result by less than `stride`. Within these limits,
#' the layer can restore the input size of a convolution with the same arguments; results
#' that differ by a whole stride come from inputs of different sizes. `extend = TRUE` lifts
#' both limits. The formulas stay the same; cells that receive no products hold the bias.
#'
#' @section Shapes:
#' | array | shape |
#' | --- | --- |
#' | input | `(N, C_in, H, W)`, or `(C_in, H, W)` without a batch |
#' | result | `(N, C_out, H_out, W_out)`, or `(C_out, H_out, W_out)` |
#' | weight | `(C_in, C_out / groups, kH, kW)` |
#' | bias | `C_out` |
#'
#' @section Initial values:
#' The weight and the bias are drawn uniformly from \eqn{(-b, b)} with
#' \eqn{b = \sqrt{groups / (C_{out} k_H k_W)}}{b = sqrt(groups / (C_out kH kW))}, by R's
#' generator, so [set.seed()] makes them reproducible.
#'
#' @return A function of class `nnconv_conv_transpose2d`; call it as
#'   `layer(input, output_size = NULL)`. It returns a double array. `input` is a numeric or
#'   logical array. `output_size` is the height and width of the result, or its whole
#'   shape, whose last two numbers count. It overrides `output_padding` and the layer's own
#'   `output_size`. It may exceed the smallest possible result by up to `stride - 1`, or by
#'   any number of cells with `extend`. Thus a layer can restore the size of a convolution's
#'   input: `up(down(x), output_size = dim(x))`. [nnconv_module] describes the layer's
#'   members.
#'
#' @section Errors:
#' All errors are classed; see [nnconv_error]. Making a layer fails for numbers that are
#' fractional, `NA` or out of range; for channels that `groups` does not divide; for an
#' `output_padding` that is smaller than neither `stride` nor `dilation`, without `extend`;
#' for an `output_padding` when `padding = "same"` or `output_size` determines the size;
#' and for an unknown `padding`, `padding_mode` or `dtype`.
#'
#' Calling a layer fails for an input of the wrong type, rank or number of channels, or
#' without cells; for a result without cells; for an `output_size` that the layer cannot
#' return (the message gives the range); and for more cropping than the `padding_mode`
#' allows (reflect: less than the result's size; circular: at most the result's size). A
#' batch of no images is valid.
#'
#' @references
#' Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#' learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' Zeiler, Krishnan, Taylor and Fergus (2010), *Deconvolutional networks*,
#' \doi{10.1109/CVPR.2010.5539957}.
#'
#' Arguments and initial values: PyTorch's `ConvTranspose2d` (Paszke et al.,
#' 2019, <https://arxiv.org/abs/1912.01703>). Padding by name: TensorFlow's
#' `tf.nn.conv2d_transpose`, and `ConvTranspose` of the ONNX operators.
#'
#' @seealso [nnf_conv_transpose2d()] for the same operation with weights as an argument,
#'   [nn_init_bilinear()] for weights that interpolate, [nnconv_module] for
#'   saving, copying and changing layers, [nn_arithmetic()] for pictures of the
#'   operation, `vignette("nnconv")`, `vignette("seeing")`, `vignette("coming-from-torch")`.
#'
#' @examples
#' # With square kernels and equal stride
#' m <- nn_conv_transpose2d(16, 33, 3, stride = 2)
#' # With other kernels, unequal stride, and padding
#' m2 <- nn_conv_transpose2d(16, 33, c(3, 5), stride = c(2, 1), padding = c(4, 2))
#' input <- array(rnorm(20 * 16 * 50 * 100), c(20, 16, 50, 100))
#' dim(m(input))
#' #> [1]  20  33 101 201
#' dim(m2(input))
#' #> [1]  20  33  93 100
#'
#' # A call can set the exact size of the result
#' input <- array(rnorm(16 * 12 * 12), c(1, 16, 12, 12))
#' downsample <- nn_conv2d(16, 16, 3, stride = 2, padding = 1)
#' upsample <- nn_conv_transpose2d(16, 16, 3, stride = 2, padding = 1)
#' h <- downsample(input)
#' dim(h)
#' #> [1]  1 16  6  6
#' dim(upsample(h, output_size = dim(input)))
#' #> [1]  1 16 12 12
#'
#' # Padding by name and by sides
#' x <- array(1, c(1, 5, 6))
#' nn_conv_transpose2d(1, 1, 5, stride = 3, padding = "same")$output_shape(dim(x))
#' #> [1]  1 15 18
#' nnf_conv_transpose2d(x, array(1, c(1, 1, 2, 2)), padding = c(0, 3, 0, 0))[1, , ]
#' #>      [,1] [,2] [,3] [,4] [,5] [,6] [,7]
#' #> [1,]    1    2    2    2    2    2    1
#' #> [2,]    2    4    4    4    4    4    2
#' #> [3,]    2    4    4    4    4    4    2
#' # A fixed size for every input that allows it, which also works in a chain
#' twelve <- nn_conv_transpose2d(1, 1, 3, stride = 2, output_size = 12)
#' twelve$output_shape(c(1, 5, 5))
#' #> [1]  1 12 12
#'
#' # Each input cell writes one kernel onto the result
#' m <- nn_conv_transpose2d(1, 1, 3, stride = 2, bias = FALSE)
#' m$weight <- array(1:9, c(1, 1, 3, 3))
#' m(array(c(1, 0, 0, 10), c(1, 2, 2)))[1, , ]
#' #>      [,1] [,2] [,3] [,4] [,5]
#' #> [1,]    1    4    7    0    0
#' #> [2,]    2    5    8    0    0
#' #> [3,]    3    6   19   40   70
#' #> [4,]    0    0   20   50   80
#' #> [5,]    0    0   30   60   90
#' @export
nn_conv_transpose2d <- function(in_channels, out_channels, kernel_size, stride = 1, padding = 0,
                                output_padding = 0, groups = 1, bias = TRUE, dilation = 1,
                                padding_mode = "zeros", dtype = "float64", output_size = NULL,
                                extend = FALSE) {
  config <- conv_transpose2d_config(
    in_channels, out_channels, kernel_size, stride, padding, output_padding, groups, dilation,
    padding_mode, dtype, output_size, extend
  )
  new_layer(config, check_flag(bias, "bias"))
}

define_kind("conv_transpose2d", closure = function() conv_transpose2d_closure(), takes_size = TRUE,
            scale = function(config) config$stride, like = layer_kind)
