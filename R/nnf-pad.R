# The functional form of padding, and the checks of its arguments.

#' Pad the last two axes of an array
#'
#' Extends an array on its last one or two axes, or crops it where `pad` is negative, like
#' `torch::nnf_pad()`. The same index maps define the `padding_mode` of [nn_conv2d()] and,
#' as their adjoint, the `padding_mode` of [nn_conv_transpose2d()].
#'
#' @param input A numeric or logical array with at least one axis, usually `(N, C, H, W)`
#'   or `(C, H, W)`. Integers and logicals are converted to doubles.
#' @param pad Numbers of cells to add: two whole numbers `c(left, right)` for the last
#'   axis, or four, `c(left, right, top, bottom)`, for the last two. Negative numbers crop.
#' @param mode `"constant"`, `"reflect"`, `"replicate"` or `"circular"`.
#' @param value Value of the new cells in mode `"constant"`, one number.
#'
#' @section Formula:
#' Let an axis have `n` cells, with `b` new ones before them. Cell `p` (from 0) of the
#' result copies cell `i = p - b` of the input if that exists. Otherwise it copies:
#'
#' | mode | copied value | limit |
#' | --- | --- | --- |
#' | `"constant"` | `value` | none |
#' | `"reflect"` | cell `-i` or `2(n-1) - i`: mirrored, without repeating the edge | padding < n |
#' | `"replicate"` | cell 0 or `n-1`: the edge, repeated | none |
#' | `"circular"` | cell `i mod n`: from the opposite end | padding <= n |
#'
#' If one end of an axis is cropped and the other extended, `"circular"` crops first and
#' wraps around the remaining cells. The other modes use the whole axis. Both are as in
#' torch.
#'
#' @return A double array. Its last axis has `left + right` more cells than the input's,
#'   the axis before it `top + bottom` more.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `input` is not numeric, `pad` is not two or four
#' whole numbers or exceeds the mode's limit, `value` is not one number, or no cell would
#' remain.
#'
#' @references The modes are those of PyTorch's `torch.nn.functional.pad`
#'   (Paszke et al., 2019, <https://arxiv.org/abs/1912.01703>).
#'
#' @seealso `vignette("shapes-and-padding")` for when to extend an image before upsampling
#'   and when to use the layer's own `padding_mode`.
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
