# Arithmetic: which input cells reach which result cells, through which taps.
#
# The links are the core's own (src/geometry/runs.h). They separate, so there is one list per axis.
# Each axis also has the links of the same layer without padding, on its uncropped `canvas`, and the
# map `shows` from canvas cells to image cells, which tells what is cropped, folded or read as 0.

#' Convolution arithmetic of a layer
#'
#' Lists which input cells reach which result cells of a layer, and through which taps
#' of the kernel. It covers one image and works for any stride, dilation, padding and
#' padding mode. `plot()` draws the list, [nn_animate()] draws it step by step, and
#' `as.data.frame()` turns it into one table.
#'
#' The links are the very lists that the layer's own loops run over. They are the same
#' for all channels of a group, and they separate into one list per axis.
#'
#' A transposed convolution sums more products in some cells than in others, in a
#' pattern that repeats with the stride, unless the kernel size is a multiple of the
#' stride. (With dilation, the pattern appears unless the taps fall evenly on the
#' stride.) Networks then tend to draw checkerboards (Odena, Dumoulin and Olah, 2016).
#' `print()` and `plot()` report such a pattern. The gradient of a convolution has the
#' same property.
#'
#' @param layer A layer made by [nn_conv_transpose2d()] or [nn_conv2d()].
#' @param input Height and width of the input in cells: one whole number for both, or
#'   two.
#' @param output_size Height and width of the result, as in a call of a transposed
#'   layer, or `NULL` for the layer's default.
#' @param x A result of `nn_arithmetic()`.
#' @param row.names,optional,... Not used.
#'
#' @section Formula:
#' Cells and taps are counted from 1, as in R. On each axis, a transposed layer links
#' input cell `i` by tap `u` to the cell
#' \deqn{(i - 1) s + (u - 1) d + 1}{(i - 1)*s + (u - 1)*d + 1}
#' of the canvas. `padding` is then cropped from the canvas or, in modes other than
#' `"zeros"`, folded back into it. A convolution links that cell of its padded input by
#' tap `u` to cell `i` of the result. The numbers count products, without unit, for each
#' pair of an input and a result channel.
#'
#' @return A list of class `nnconv_arithmetic`:
#'
#' | field | meaning |
#' | --- | --- |
#' | `layer` | the call that makes the layer |
#' | `input_size`, `result_size` | height and width in cells |
#' | `height`, `width` | a list per axis; its `links` is a data frame with the columns `input`, `tap` and `output` |
#' | `products` | matrix: the number of products that each result cell sums |
#' | `uses` | matrix: the number of products that use each input cell |
#'
#' `as.data.frame()` returns one row per product, with the columns `input_row`,
#' `input_column`, `tap_row`, `tap_column`, `output_row` and `output_column`.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `layer` is not a layer, `input` is not one or two
#' whole numbers, the layer refuses that size, an image has more than 262,144 cells, an
#' axis has more than 262,144 links, or the table would have more than 5,000,000 rows.
#'
#' @references Odena, Dumoulin and Olah (2016), *Deconvolution and checkerboard
#'   artifacts*, Distill, \doi{10.23915/distill.00003}.
#'
#' Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#' learning*, <https://arxiv.org/abs/1603.07285>.
#'
#' @seealso `vignette("seeing")`; [as.matrix.nnconv_module()] for the numbers that a
#'   layer multiplies by.
#'
#' @examples
#' up <- nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2)
#' a <- nn_arithmetic(up, input = 3)
#' a
#' #> nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2)
#' #> input:    3 x 3
#' #> result:   7 x 7
#' #> height:   (3 - 1) * 2 - 2 * 0 + 1 * (3 - 1) + 0 + 1 = 7
#' #> width:    (3 - 1) * 2 - 2 * 0 + 1 * (3 - 1) + 0 + 1 = 7
#' #> products: 81, in each cell of the result 1 to 4
#' #> checkerboard: away from the borders, cells sum 1, 2 or 4 products
#' a$products
#' #>      [,1] [,2] [,3] [,4] [,5] [,6] [,7]
#' #> [1,]    1    1    2    1    2    1    1
#' #> [2,]    1    1    2    1    2    1    1
#' #> [3,]    2    2    4    2    4    2    2
#' #> [4,]    1    1    2    1    2    1    1
#' #> [5,]    2    2    4    2    4    2    2
#' #> [6,]    1    1    2    1    2    1    1
#' #> [7,]    1    1    2    1    2    1    1
#' plot(a)
#' plot(a, step = 5)
#'
#' # One axis: two input cells reach cell 3
#' subset(a$width$links, output == 3)
#' #>   input tap output
#' #> 3     1   3      3
#' #> 4     2   1      3
#'
#' # No checkerboard: the stride divides the kernel size
#' nn_arithmetic(nn_conv_transpose2d(1, 1, 4, stride = 2, padding = 1), 3)$products
#' #>      [,1] [,2] [,3] [,4] [,5] [,6]
#' #> [1,]    1    2    2    2    2    1
#' #> [2,]    2    4    4    4    4    2
#' #> [3,]    2    4    4    4    4    2
#' #> [4,]    2    4    4    4    4    2
#' #> [5,]    2    4    4    4    4    2
#' #> [6,]    1    2    2    2    2    1
#' @export
nn_arithmetic <- function(layer, input = c(5, 5), output_size = NULL) {
  config <- config_of(check_layer(layer, "layer"))
  size <- check_pair(input, "input", 1)
  if (!is_transposed(config) && !is.null(output_size)) {
    refuse("output_size", "NULL for a convolution", describe(output_size))
  }
  result <- result_shape(config, c(1, config$in_channels, size), output_size)[3:4]
  extra <- c(0, 0)
  if (is_transposed(config)) extra <- result - r_scatter_size(config, size, extra)
  sizes <- by_image(config, size, result)
  before <- config$pads[c(1L, 3L)]
  after <- pmax(config$pads[c(2L, 4L)], 0) # negative pads mean result cells without links
  check_drawable(config, sizes$small, sizes$large + before + after)
  links <- r_links(config, sizes$large, sizes$small)
  bare <- replace(config, c("pads", "padding_mode"), list(numeric(4), "zeros"))
  canvas <- r_links(bare, sizes$large + before + after, sizes$small)
  axes <- lapply(1:2, function(i) {
    list(
      links = in_order(links[[i]], config), canvas = in_order(canvas[[i]], config),
      shows = shown_cells(sizes$large[i], before[i], after[i], config$padding_mode),
      before = before[i], after = after[i], extra = extra[i]
    )
  })
  a <- list(
    layer = format(layer), config = config, input_size = size, result_size = result,
    height = axes[[1L]], width = axes[[2L]]
  )
  a$products <- cell_counts(a, "output", result)
  a$uses <- cell_counts(a, "input", size)
  structure(a, class = "nnconv_arithmetic")
}

# Maps each canvas cell to the image cell that it shows, or to 0.
shown_cells <- function(count, before, after, mode) {
  as.vector(nnf_pad(seq_len(count), c(before, after), if (mode == "zeros") "constant" else mode))
}

check_layer <- function(x, argument, allowed = "a layer") {
  if (!is_layer(x) || !is_module(x)) {
    refuse(argument, allowed, describe(x), kind = "type",
           because = if (is_module(x) && is_chain(x)) "Take one of a chain, as `net[[1]]`.")
  }
  x
}

most_drawn <- 2^18

check_drawable <- function(config, small, canvas) {
  count <- max(prod(canvas), prod(small), small * config$kernel_size)
  if (count > most_drawn) {
    refuse(
      "input",
      paste("so small that the padded input and the result have at most 262144 cells,",
            "and an axis at most as many links"),
      paste("with", in_full(count)), kind = "shape"
    )
  }
}

# Sorts links by the cell of the small image, then by tap.
in_order <- function(links, config) {
  places <- order(by_image(config, links$input, links$output)$small, links$tap)
  r_let_interrupt()
  as.data.frame(lapply(links, `[`, places))
}

# Counts the links of each cell. Pass subsets of the links as `height` and `width` to count only
# those.
cell_counts <- function(a, side, size, height = a$height$links, width = a$width$links) {
  outer(tabulate(height[[side]], size[1L]), tabulate(width[[side]], size[2L]))
}

# Counts the taps on each phase of the stride, for the axis `i`.
taps_per_phase <- function(config, i) {
  places <- (seq_len(config$kernel_size[i]) - 1) * config$dilation[i]
  tabulate(places %% config$stride[i] + 1, config$stride[i])
}

# Describes uneven overlaps away from the borders, as a named text; NULL if they are even.
uneven_note <- function(a, axes = 1:2) {
  phases <- lapply(axes, taps_per_phase, config = a$config)
  if (all(vapply(phases, function(p) all(p == p[1L]), NA))) {
    return(NULL)
  }
  counts <- sort(unique(as.vector(Reduce(outer, lapply(phases, unique)))))
  last <- length(counts)
  text <- if (last > 5L) {
    sprintf("%s to %s", counts[1L], counts[last])
  } else {
    paste(toString(counts[-last]), counts[last], sep = " or ")
  }
  is_transposed <- is_transposed(a$config)
  what <- if (is_transposed) "sum %s products" else "of the input are used in %s products"
  name <- if (counts[1L] == 0) {
    if (is_transposed) "holes" else "gaps"
  } else {
    if (is_transposed) "checkerboard" else "checkerboard of the gradient"
  }
  stats::setNames(paste("away from the borders, cells", sprintf(what, text)), name)
}

# Writes the size laws of src/geometry/geometry.h with the numbers filled in. The core computes the
# results.
size_laws <- function(a) {
  config <- a$config
  numbers <- list(
    size = a$input_size, stride = config$stride, kernel = config$kernel_size,
    dilation = config$dilation, pads = config$pads[c(1L, 3L)] + config$pads[c(2L, 4L)],
    extra = c(a$height$extra, a$width$extra), result = a$result_size
  )
  numbers <- lapply(numbers, in_full)
  padding <- if (is.numeric(config$padding) && length(config$padding) == 2L) {
    paste("2 *", in_full(config$padding))
  } else {
    ifelse(startsWith(numbers$pads, "-"), sprintf("(%s)", numbers$pads), numbers$pads)
  }
  if (is_transposed(config)) {
    sprintf("(%s - 1) * %s - %s + %s * (%s - 1) + %s + 1 = %s", numbers$size, numbers$stride,
            padding, numbers$dilation, numbers$kernel, numbers$extra, numbers$result)
  } else {
    sprintf("floor((%s + %s - %s * (%s - 1) - 1) / %s) + 1 = %s", numbers$size, padding,
            numbers$dilation, numbers$kernel, numbers$stride, numbers$result)
  }
}

#' @export
print.nnconv_arithmetic <- function(x, ...) {
  laws <- size_laws(x)
  holes <- sum(x$products == 0)
  unused <- sum(x$uses == 0)
  lines <- c(
    input = shape_label(x$input_size), result = shape_label(x$result_size),
    height = laws[1L], width = laws[2L],
    products = sprintf("%s, in each cell of the result %s", in_thousands(sum(x$products)),
                       in_range_of(x$products)),
    bias = if (holes) sprintf("only, in %s cells of the result", in_thousands(holes)),
    unused = if (unused) paste(in_thousands(unused), "cells of the input"),
    uneven_note(x)
  )
  cat(x$layer, "\n", sep = "")
  for (name in names(lines)) {
    cat(formatC(paste0(name, ":"), width = -9), " ", lines[[name]], "\n", sep = "")
  }
  invisible(x)
}

in_range_of <- function(counts) paste(unique(range(counts)), collapse = " to ")

most_lines <- 5e6

#' @rdname nn_arithmetic
#' @export
as.data.frame.nnconv_arithmetic <- function(x, row.names = NULL, optional = FALSE, ...) {
  height <- x$height$links
  width <- x$width$links
  lines <- as.double(nrow(height)) * nrow(width)
  if (lines > most_lines) {
    refuse("x", "an arithmetic of at most 5000000 products", paste("of", in_full(lines)),
           kind = "shape")
  }
  row <- rep(seq_len(nrow(height)), each = nrow(width))
  column <- rep(seq_len(nrow(width)), nrow(height))
  data.frame(
    input_row = height$input[row], input_column = width$input[column],
    tap_row = height$tap[row], tap_column = width$tap[column],
    output_row = height$output[row], output_column = width$output[column]
  )
}

# The link counts, and below them the sizes, of the small and the large image.
links_of <- function(a) by_image(a$config, a$uses, a$products)
sizes_of <- function(a) by_image(a$config, a$input_size, a$result_size)
