# Scenes: the cells of a picture are the counts, those of a step its links.

test_that("a scene's cells are the counts, and a step's cells its links", {
  set.seed(304)
  for (k in 1:12) {
    g <- random_geometry()
    for (layer in layers_of_geometry(g)) {
      is_transposed <- inherits(layer, "nnconv_conv_transpose2d")
      if (!is_transposed) g$size <- large_size(g)
      a <- nn_arithmetic(layer, g$size)
      links <- as.data.frame(a)
      counts <- if (is_transposed) a$products else a$uses
      count <- prod(if (is_transposed) a$input_size else a$result_size)
      cells <- scene_of(a, NULL, FALSE)$cells
      shown <- cells[cells$image == "large" & !cells$border, ]
      expect_identical(shown$count, as.double(counts))
      last <- scene_of(a, count, FALSE)$cells
      last <- last[last$image == "large" & !last$border, ]
      expect_identical(last$count, shown$count)
      # The taps of one step, where they reach the image without a fold.
      step <- sample.int(count, 1)
      at <- step_cell(a, step)
      own <- if (is_transposed) c("input_row", "input_column") else c("output_row", "output_column")
      own_links <- links[links[[own[1]]] == at[1] & links[[own[2]]] == at[2], ]
      active <- scene_of(a, step, FALSE)$cells
      active <- active[active$active & active$image == "large" & !active$border, ]
      expect_lte(nrow(active), nrow(own_links))
      if (g$mode == "zeros") expect_identical(nrow(active), nrow(own_links))
    }
  }
})
