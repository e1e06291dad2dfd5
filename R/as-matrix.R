# Matrix: writes a layer out as the matrix of a linear map.

#' Matrix of a layer
#'
#' Writes a layer out as a matrix. Without its bias, a layer is a linear map from the
#' numbers of its input to the numbers of its result. The matrix has one row for each
#' number of the result and one column for each number of the input, both in the order
#' of R's arrays. Thus `as.vector(m(x))` equals `as.matrix(m, dim(x)) %*% as.vector(x)`
#' plus the bias.
#'
#' The matrix serves for inspection, small proofs and linear solvers; the layers
#' themselves never form it. The matrix of a transposed convolution is the transpose of
#' the matrix of the convolution with the same weights, stride, padding, dilation, groups
#' and padding mode.
#'
#' @param x A layer, an [nn_identity()], [nn_pixel_shuffle()] or [nn_upsample()], or a chain or
#'   skip of such modules.
#' @param input_shape Dimensions of the input, `c(C_in, H, W)` or `c(N, C_in, H, W)`.
#' @param sparse `FALSE` for an ordinary matrix, `TRUE` for a sparse matrix of the
#'   package Matrix.
#' @param output_size Height and width of the result, as in a call of a transposed layer,
#'   or `NULL` for the default; always `NULL` for chains.
#' @param ... Not used.
#'
#' @section Formula:
#' [nn_arithmetic()] lists the links on each axis: input cell `i`, tap `u`, result cell
#' `h`. The element in the row of result cell `(o, h, w)` and the column of input cell
#' `(c, i, j)` is the sum of `weight[c, o, u, v]` (transposed convolution) or
#' `weight[o, c, u, v]` (convolution) over the taps that link the two cells. Only padding
#' modes that fold link two cells by more than one tap. The matrix of a chain is the
#' product of its modules' matrices; a skip adds or stacks those of both ways. The
#' elements have the unit of the weights.
#'
#' @section Shapes:
#' The matrix has `prod(dim(m(x)))` rows and `prod(input_shape)` columns.
#'
#' @return A double matrix, or with `sparse = TRUE` a `dgCMatrix` of the package
#'   Matrix. Its numbers have double precision, whatever the layer's `dtype`.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if the layer refuses `input_shape` or `output_size`,
#' if a chain contains an activation, if the matrix would have more than 2e7 rows,
#' columns or products, if an ordinary matrix would have more than 5e7 elements, or if
#' `sparse = TRUE` needs the package Matrix and it is missing.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#'   learning*, <https://arxiv.org/abs/1603.07285>, section 4.1.
#'
#' @seealso [nn_arithmetic()] for the pattern of the links without the weights.
#'
#' @examples
#' down <- nn_conv2d(1, 1, c(1, 3), stride = c(1, 2), bias = FALSE)
#' down$weight <- array(1:3, c(1, 1, 1, 3))
#' as.matrix(down, c(1, 1, 7))
#' #>      [,1] [,2] [,3] [,4] [,5] [,6] [,7]
#' #> [1,]    1    2    3    0    0    0    0
#' #> [2,]    0    0    1    2    3    0    0
#' #> [3,]    0    0    0    0    1    2    3
#'
#' # The transposed layer has the transposed matrix
#' up <- nn_conv_transpose2d(1, 1, c(1, 3), stride = c(1, 2), bias = FALSE)
#' up$weight <- down$weight
#' identical(as.matrix(up, c(1, 1, 3)), t(as.matrix(down, c(1, 1, 7))))
#' #> [1] TRUE
#'
#' # The rank tells that no two inputs give the same result
#' up <- nn_conv_transpose2d(1, 2, 3, stride = 2, padding = 1)
#' x <- array(rnorm(16), c(1, 4, 4))
#' map <- as.matrix(up, dim(x))
#' all.equal(as.vector(up(x)), as.vector(map %*% as.vector(x)) + rep(up$bias, 49))
#' #> [1] TRUE
#' qr(map)$rank
#' #> [1] 16
#' @export
as.matrix.nnconv_module <- function(x, input_shape, sparse = FALSE, output_size = NULL, ...) {
  force(input_shape)
  sparse <- check_flag(sparse, "sparse")
  steps <- module_steps(x)
  check_states(steps$states)
  linear <- vapply(steps$states, function(state) {
    is_skip(state) || !is.null(kind_of(state)$matrix)
  }, NA)
  if (!all(linear)) {
    refuse("x", "a layer or a chain of layers, without activations",
           sprintf("one with %s", leaf_text(steps$states[!linear][[1L]])), kind = "type")
  }
  if (!is.null(output_size) && !kind_of(environment(x))$takes_size) {
    refuse("output_size", "NULL but for a transposed layer", describe(output_size))
  }
  if (sparse) need_package("Matrix", "for a sparse matrix")
  shapes <- shapes_through(x, input_shape, output_size, "input_shape")
  # The maps from the input to all values; NULL is that of the input to itself.
  maps <- vector("list", length(shapes))
  for (i in seq_along(steps$states)) {
    state <- steps$states[[i]]
    joined <- steps$joined[i]
    map <- maps[[i]]
    maps[[i + 1L]] <- if (is.na(joined)) {
      own <- kind_of(state)$matrix(state, shapes[[i]], shapes[[i + 1L]], sparse)
      if (is.null(map)) own else matrix_product(own, map, sparse)
    } else {
      input <- maps[[joined + 1L]]
      if (is.null(input)) input <- identity_matrix(prod(shapes[[1L]]), sparse)
      check_matrix(c(prod(shapes[[i + 1L]]), ncol(map)), 0, sparse)
      join_matrices(input, map, shapes[c(joined + 1L, i)], state$config$join, steps$axes)
    }
  }
  maps[[length(maps)]]
}

identity_matrix <- function(size, sparse) {
  check_matrix(c(size, size), size, sparse)
  if (sparse) Matrix::sparseMatrix(seq_len(size), seq_len(size), x = 1) else diag(size)
}

# The matrix of a map with these values in rows `i` and columns `j`, each place at most once.
placed_matrix <- function(i, j, values, sizes, sparse) {
  if (sparse) {
    return(Matrix::sparseMatrix(i, j, x = values, dims = sizes))
  }
  map <- matrix(0, sizes[1L], sizes[2L])
  map[cbind(i, j)] <- values
  map
}

most_elements <- 5e7
most_products <- 2e7

check_matrix <- function(sizes, products, sparse) {
  if (max(sizes, products) > most_products || !sparse && prod(sizes) > most_elements) {
    refuse(
      "input_shape",
      paste("so small that the matrix has at most 2e7 lines, columns and products, and",
            "5e7 elements without `sparse = TRUE`"),
      sprintf("with %s lines, %s columns and %s products", in_full(sizes[1L]), in_full(sizes[2L]),
              in_full(products)), kind = "shape"
    )
  }
  elements <- if (sparse) 0 else prod(sizes)
  check_memory(16 * elements + 96 * products, "input_shape", "the matrix")
}

matrix_product <- function(a, b, sparse) {
  work <- if (sparse) sum(as.double(diff(a@p)) * tabulate(b@i + 1L, nrow(b))) else 0
  check_matrix(c(nrow(a), ncol(b)), work, sparse)
  a %*% b
}

# Builds the matrix that maps the large image to the small one, and transposes it for the transposed
# layer. Both layers thus add the same numbers in the same order.
layer_matrix <- function(config, weight, shape, result, sparse) {
  is_transposed <- is_transposed(config)
  shape <- image_shape(shape)
  result <- image_shape(result)
  check_matrix(c(prod(result), prod(shape)), multiply_adds(config, shape, result), sparse)
  small <- by_image(config, shape, result)$small
  large <- by_image(config, shape, result)$large
  links <- lapply(r_links(config, large[3:4], small[3:4]), in_order, config)
  if (is_transposed) links <- lapply(links, stats::setNames, c("output", "tap", "input"))
  r_let_interrupt()
  at <- expand.grid(h = seq_len(nrow(links[[1L]])), w = seq_len(nrow(links[[2L]])),
                    KEEP.OUT.ATTRS = FALSE)
  place <- function(column, height) {
    r_let_interrupt()
    links[[1L]][[column]][at$h] - 1 + height * (links[[2L]][[column]][at$w] - 1)
  }
  tap <- place("tap", config$kernel_size[1L]) + 1
  # Pair each channel of the small image with the channels of the large image in its group.
  dim <- dim(weight)
  channel <- expand.grid(small = seq_len(dim[1L]) - 1, large = seq_len(dim[2L]) - 1)
  group <- channel$small %/% (dim[1L] / config$groups)
  batch <- seq_len(shape[1L]) - 1
  # Numbers the elements of an array (N, C, H, W), from 0.
  element <- function(channel, cell, shape) {
    r_let_interrupt()
    outer(as.vector(outer(batch, shape[1L] * channel, `+`)), prod(shape[1:2]) * cell, `+`)
  }
  i <- element(channel$small, place("output", small[3L]), small)
  j <- element(channel$large + dim[2L] * group, place("input", large[3L]), large)
  r_let_interrupt()
  values <- matrix(weight, ncol = prod(config$kernel_size))
  values <- values[rep(seq_len(nrow(values)), each = length(batch)), tap, drop = FALSE]
  map <- if (sparse) {
    Matrix::sparseMatrix(as.vector(i), as.vector(j), x = as.vector(values), index1 = FALSE,
                         dims = c(prod(small), prod(large)))
  } else {
    dense_matrix(i, j, values, tap, c(prod(small), prod(large)))
  }
  if (!is_transposed) map else if (sparse) Matrix::t(map) else t(map)
}

# Adds up tap by tap: several taps may link the same two cells at folded borders, but each links
# them once.
dense_matrix <- function(i, j, values, tap, size) {
  map <- matrix(0, size[1L], size[2L])
  at <- i + size[1L] * j + 1
  by_tap <- order(tap)
  counts <- rle(tap[by_tap])$lengths
  ends <- cumsum(counts)
  for (k in seq_along(counts)) {
    r_let_interrupt()
    links <- by_tap[ends[k] - counts[k] + seq_len(counts[k])]
    cells <- as.vector(at[, links])
    map[cells] <- map[cells] + as.vector(values[, links])
  }
  map
}
