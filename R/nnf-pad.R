# The functional form of padding, and the checks of its arguments.

#' Pad the last two axes of an array
#'
#' Extends (or, where `pad` is negative, crops) an array on its last one or two
#' axes, as `torch::nnf_pad()` does. The same index maps serve the
#' `padding_mode` of [nn_conv2d()] and, as their adjoint, that of
#' [nn_conv_transpose2d()].
#'
#' @param input A numeric or logical array with at least one axis, usually
#'   `(N, C, H, W)` or `(C, H, W)`. Integers and logicals are taken as doubles.
#' @param pad Two whole numbers `c(left, right)` for the last axis, or four,
#'   `c(left, right, top, bottom)`, for the last two, counted in cells. Negative
#'   numbers crop.
#' @param mode `"constant"`, `"reflect"`, `"replicate"` or `"circular"`.
#' @param value The value of new cells in mode `"constant"`.
#'
#' @section Formula:
#' With `n` cells on an axis and `b` new ones before them, cell `p` (from 0) of
#' the result shows cell `i = p - b` of the input where that exists. Elsewhere
#' it shows this:
#'
#' | mode | shows | limit |
#' | --- | --- | --- |
#' | `"constant"` | `value` | none |
#' | `"reflect"` | `-i` or `2(n-1) - i`: mirrored, the edge not repeated | padding < n |
#' | `"replicate"` | cell 0 or `n-1`: the edge repeated | none |
#' | `"circular"` | `i mod n`: the other end | padding <= n |
#'
#' Where one end of an axis is cropped and the other extended, `"circular"` crops
#' first and goes around what is left, while the other modes look at the whole
#' axis, as in torch.
#'
#' @return A double array. The last axis has `left + right` more cells than that
#'   of `input`, the one before it `top + bottom` more, in whole cells.
#'
#' @section Errors:
#' A classed [nnconv_error] when `input` is not numeric, `pad` is not two or
#' four whole numbers or exceeds the limit of the mode, `value` is not one
#' number, or nothing would be left.
#'
#' @references The modes are those of PyTorch's `torch.nn.functional.pad`
#'   (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso `vignette("shapes-and-padding")` on when to extend an image before
#'   it is upsampled and when to use the layer's own `padding_mode`.
#'
#' @examples
#' x <- matrix(1:6, nrow = 2)
#' nnf_pad(x, c(1, 1), mode = "replicate")
#' #>      [,1] [,2] [,3] [,4] [,5]
#' #> [1,]    1    1    3    5    5
#' #> [2,]    2    2    4    6    6
#' nnf_pad(x, c(2, 0, 1, 0), mode = "reflect")
#' #>      [,1] [,2] [,3] [,4] [,5]
#' #> [1,]    6    4    2    4    6
#' #> [2,]    5    3    1    3    5
#' #> [3,]    6    4    2    4    6
#' nnf_pad(x, c(-1, 1), value = 9)
#' #>      [,1] [,2] [,3]
#' #> [1,]    3    5    9
#' #> [2,]    4    6    9
#' dim(nnf_pad(array(0, c(20, 16, 50, 100)), c(1, 1, 2, 2), mode = "circular"))
#' #> [1]  20  16  54 102
#' @export
nnf_pad <- function(input, pad, mode = "constant", value = 0) {
  input <- check_numeric(input, "input")
  extents <- extents_of(input)
  rank <- length(extents)
  pads <- check_pad(pad, rank)
  mode <- check_choice(mode, "mode", c("constant", padding_modes[-1L]))
  value <- check_value(value)
  if (rank == 1L) extents <- c(1L, extents)
  size <- as.double(utils::tail(extents, 2L))
  check_cells(size, "input")
  padded <- size + pads[c(1L, 3L)] + pads[c(2L, 4L)]
  cropped <- pmin(pads, 0)
  if (any(size + cropped[c(1L, 3L)] + cropped[c(2L, 4L)] < 1)) {
    refuse(
      "pad", paste("such that cells of the input are left, which has", per_axis(size)),
      describe(pad), kind = "shape"
    )
  }
  check_pads_fit(pads, size, mode, "pad", "the input")
  if (mode == "circular" && any(pads < 0) && any(pads > 0)) {
    pad <- without_class(pad)
    return(nnf_pad(nnf_pad(input, pmin(pad, 0)), pmax(pad, 0), mode))
  }
  shape <- c(utils::head(extents, -2L), padded)
  check_elements(shape, "pad", "so small that the result has")
  check_memory(8 * prod(shape), "pad", result_in_words(shape))
  r_pad(
    input, c(prod(utils::head(extents, -2L)), size), pads, mode, value,
    as.integer(if (rank == 1L) padded[2L] else shape)
  )
}

# Top, bottom, left, right.
check_pad <- function(pad, rank) {
  allowed <- if (rank == 1L) {
    "2 whole numbers (left, right)"
  } else {
    "2 or 4 whole numbers (left, right, top, bottom)"
  }
  pad <- check_type(pad, "pad", allowed, is_number)
  lengths <- if (rank == 1L) 2L else c(2L, 4L)
  ok <- length(pad) %in% lengths && !anyNA(pad) && all(pad == trunc(pad)) &&
    all(abs(pad) <= largest_whole)
  if (!ok) {
    refuse("pad", allowed, describe(pad))
  }
  pad <- as.double(pad)
  if (length(pad) == 2L) c(0, 0, pad) else pad[c(3L, 4L, 1L, 2L)]
}

check_value <- function(value) {
  value <- check_type(value, "value", "one number", is_array_type)
  if (length(value) != 1L) {
    refuse("value", "one number", describe(value))
  }
  as.double(value)
}
