# Tiles: computes a part of a chain's result from the part of the input that it depends on.
#
# A part is c(first row, first column, rows, columns), counted from 0. Going backward from the
# wanted part, src/geometry/receptive_field.cpp tells for each layer which part of its input it
# reads and how much of its padding remains: all at the image's border, none inside.

# Cuts the result into parts that each read about `tile` cells of the input; NULL gives one part.
tile_parts <- function(leaves, shapes, tile) {
  step <- if (is.null(tile)) c(Inf, Inf) else tile
  for (config in lapply(Filter(is_layer, leaves), config_of)) {
    step <- if (is_transposed(config)) step * config$stride else step / config$stride
  }
  size <- shapes[[length(shapes)]][3:4]
  rows <- cut_axis(size[1L], step[1L])
  columns <- cut_axis(size[2L], step[2L])
  unlist(lapply(columns, function(w) lapply(rows, function(h) c(rbind(h, w)))), recursive = FALSE)
}

# Describes each leaf's share in computing a part of the chain's result: `source` and `result` of
# r_window(), and the `wanted` part of the leaf's result.
tile_windows <- function(leaves, shapes, part) {
  windows <- vector("list", length(leaves))
  for (i in rev(seq_along(leaves))) {
    windows[[i]] <- if (is_layer(leaves[[i]])) {
      sizes <- lapply(shapes[i + 0:1], `[`, 3:4)
      r_window(config_of(leaves[[i]]), sizes[[1L]], sizes[[2L]], part[1:2], part[3:4])
    } else {
      list(source = part, result = part)
    }
    windows[[i]]$wanted <- part
    part <- windows[[i]]$source
  }
  windows
}

# Runs the leaves on the part of the input that the first window takes.
run_tile <- function(leaves, windows, input) {
  for (i in seq_along(leaves)) {
    input <- in_module(names(leaves)[i], run_leaf_tile(leaves[[i]], windows[[i]], input))
  }
  input
}

run_leaf_tile <- function(leaf, window, input) {
  if (!is_layer(leaf)) {
    return(leaf(input))
  }
  state <- environment(leaf)
  config <- replace(state$config, "pads", list(window$pads))
  result <- r_layer_part(config, input, state$weight, state$bias, window$result[3:4])
  if (identical(window$result, window$wanted)) {
    return(result)
  }
  first <- window$wanted[1:2] - window$result[1:2]
  whole <- as.double(dim(result))
  r_take(result, whole, c(0, 0, first), c(whole[1:2], window$wanted[3:4]))
}

# Refuses circular padding: such a border shows the opposite end of the image, far from its tile.
check_can_be_tiled <- function(leaves) {
  for (leaf in Filter(is_layer, leaves)) {
    config <- config_of(leaf)
    if (config$padding_mode == "circular" && any(config$pads != 0)) {
      refuse("tile", "NULL for layers with padding_mode = \"circular\"", "a tile size",
             because = "Their borders show the other end of the picture.")
    }
  }
}
