# Places of the parts of a diagram, and the lines between them.

rooms <- list(c(7, 7), c(7, 3), c(2, 9), c(20, 20), c(0.5, 0.5))

# Letters as wide as in no font that there is, but of the usual proportion.
letters_wide <- function(text) 0.45 * nchar(text)

each_layout <- function(check) {
  for (name in names(nets)) {
    parts <- diagram_parts(nets[[name]])
    for (room in rooms) {
      layout <- lay_out(parts, room, 0.2, letters_wide)
      check(layout, layout$parts[!layout$parts$again, ], room, paste(name, toString(room)))
    }
  }
}

nets <- diagram_networks()

test_that("boxes lie in the room, and none over another", {
  each_layout(function(layout, shown, room, label) {
    expect_true(all(shown$left >= -1e-9 & shown$right <= room[1] + 1e-9 & shown$top >= -1e-9 &
                      shown$bottom <= room[2] + 1e-9), label = label)
    expect_true(all(shown$right > shown$left & shown$bottom > shown$top), label = label)
    pairs <- which(upper.tri(diag(nrow(shown))), arr.ind = TRUE)
    a <- shown[pairs[, 1], ]
    b <- shown[pairs[, 2], ]
    apart <- pmax(a$left - b$right, b$left - a$right, a$top - b$bottom, b$top - a$bottom)
    expect_true(all(apart > -1e-9), label = label)
  })
})

test_that("labels fit into their boxes, and the shapes between the columns", {
  each_layout(function(layout, shown, room, label) {
    expect_true(all(shown$right - shown$left >= layout$unit * letters_wide(shown$label)), label = label)
    columns <- layout$columns
    expect_true(all(columns$x - columns$before >= -1e-9), label = label)
    ends <- columns$x + columns$body + columns$after
    starts <- c(columns$x - columns$before, Inf)[-1]
    expect_true(all(ends < starts), label = label)
    shapes <- pmax(letters_wide(shown$before), letters_wide(shown$after)) * layout$unit
    expect_true(all(shapes <= columns$before[shown$column]), label = label)
  })
})

test_that("text is as large as the room lets it be, in as few columns as this takes", {
  parts <- diagram_parts(nets$long)
  layout_in <- function(...) lay_out(parts, c(...), 0.2, letters_wide)
  expect_identical(layout_in(20, 20)$unit, 0.2)
  expect_identical(nrow(layout_in(20, 20)$columns), 1L)
  expect_identical(nrow(layout_in(20, 4)$columns), 4L)
  units <- vapply(c(2, 4, 8, 16), function(side) layout_in(side, side)$unit, 0)
  expect_false(is.unsorted(units))
  expect_gt(layout_in(7, 7)$unit, 0.1) # six points, for letters of twelve at size 1
})

test_that("rows follow each other from top to bottom, and columns from left to right", {
  each_layout(function(layout, shown, room, label) {
    expect_false(is.unsorted(shown$column), label = label)
    first <- shown[shown$place == 1, ]
    for (column in split(first, first$column)) {
      expect_true(all(diff(column$top) > 0), label = label)
      expect_equal(column$left, layout$columns$x[column$column] + column$depth * layout$indent)
    }
    expect_equal(shown$left[shown$place > 1], shown$right[which(shown$place > 1) - 1], label = label)
  })
})

# Where a line ends in a box, or begins in one; NA for the ends of columns.
box_at <- function(x, y, shown, edge) {
  hit <- which(shown$left <= x & shown$right >= x & abs(shown[[edge]] - y) < 1e-9)
  if (length(hit) == 1L) shown$row[hit] else NA
}

test_that("arrows lead from each row to the next, and from what is joined to the join", {
  each_layout(function(layout, shown, room, label) {
    lines <- lines_of(layout)
    expect_true(all(lines$x0 == lines$x1 | lines$y0 == lines$y1), label = label)
    main <- lines[lines$arrow & !lines$skip, ]
    ends <- mapply(box_at, main$x1, main$y1, MoreArgs = list(shown, "top"))
    expect_identical(sort(ends), seq_len(max(shown$row)), label = label)
    expect_identical(sum(is.na(ends)), nrow(layout$columns), label = label)

    first <- shown[shown$place == 1L, ]
    joins <- shown[!is.na(shown$join), ]
    skips <- lines[lines$skip, ]
    expect_identical(sum(skips$arrow), nrow(joins), label = label)
    ends <- mapply(box_at, skips$x1, skips$y1, MoreArgs = list(shown, "top"))
    expect_setequal(ends[skips$arrow], joins$row)
    # Each begins in the gap below the row that it joins, where the branch begins.
    for (i in seq_len(nrow(joins))) {
      after <- first[joins$from[i] + 1L, ]
      before <- if (joins$from[i] > 0L) first[joins$from[i], ]
      is_below <- identical(before$column, after$column)
      top <- if (is_below) before$bottom else layout$columns$top[after$column]
      x <- layout$columns$x[after$column] + joins$depth[i] * layout$indent
      begins <- skips$x0 > x & skips$x0 < x + layout$indent & skips$y0 > top & skips$y0 < after$top
      expect_identical(sum(begins), 1L, label = label)
    }
  })
})

test_that("no line crosses a box or runs along another", {
  each_layout(function(layout, shown, room, label) {
    lines <- lines_of(layout)
    e <- 1e-9
    for (i in seq_len(nrow(lines))) {
      line <- lines[i, ]
      inside <- shown$left < max(line$x0, line$x1) - e & shown$right > min(line$x0, line$x1) + e |
        line$x0 == line$x1 & shown$left < line$x0 - e & shown$right > line$x0 + e
      over <- inside & shown$top < max(line$y0, line$y1) - e & shown$bottom > min(line$y0, line$y1) + e
      expect_false(any(over), label = label)
    }
    upright <- lines[lines$x0 == lines$x1, ]
    pairs <- which(upper.tri(diag(nrow(upright))), arr.ind = TRUE)
    a <- upright[pairs[, 1], ]
    b <- upright[pairs[, 2], ]
    shared <- abs(a$x0 - b$x0) < e & pmin(a$y1, b$y1) - pmax(a$y0, b$y0) > e
    expect_false(any(shared), label = label)
  })
})
