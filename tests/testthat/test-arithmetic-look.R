# The look of pictures: ink on its ground, lines around numbers, colours of taps.

# What the picture shows is what its tables hold.
test_that("light and ink differ by enough to be read, in print without color too", {
  luminance_of <- function(color) {
    part <- grDevices::col2rgb(color) / 255
    part <- ifelse(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055)^2.4)
    colSums(part * c(0.2126, 0.7152, 0.0722))
  }
  contrast <- function(a, b) {
    light <- cbind(luminance_of(a), luminance_of(b))
    (pmax(light[, 1], light[, 2]) + 0.05) / (pmin(light[, 1], light[, 2]) + 0.05)
  }
  for (most in c(1, 2, 4, 9, 25)) {
    colors <- shade_of(0:most, most)
    expect_true(all(diff(luminance_of(colors)) < 0))
    # WCAG 2.1, 1.4.3: 4.5 for text
    expect_gte(min(contrast(colors, ink_on(colors))), 4.5)
  }
  expect_gte(min(contrast(look$pale, ink_on(look$pale)), contrast(look$plain, "#1A1A1A")), 4.5)
  # 1.4.11: 3 for graphics
  expect_gte(min(contrast(look$active, "#FFFFFF"), contrast(look$line, "#FFFFFF")), 3)
})

test_that("lines end before numbers and go on behind them", {
  line <- data.frame(x0 = 0, y0 = 0, x1 = 10, y1 = 0)
  box <- function(left, right, top, bottom) data.frame(left, right, top, bottom)
  pieces <- clear_of(line, box(c(4, 2, 3), c(6, 3.5, 5), -1, 1))
  expect_equal(pieces, data.frame(x0 = c(0, 6), y0 = 0, x1 = c(2, 10), y1 = 0))
  # From a box, into a box, upright, and beside a box.
  expect_equal(clear_of(line, box(c(-1, 9), c(1, 11), -1, 1))[c("x0", "x1")], data.frame(x0 = 1, x1 = 9))
  upright <- data.frame(x0 = 1, y0 = 8, x1 = 1, y1 = 0)
  expect_equal(clear_of(upright, box(0, 2, 2, 4))[c("y0", "y1")], data.frame(y0 = c(8, 2), y1 = c(4, 0)))
  expect_equal(clear_of(upright, box(2, 3, 2, 4)), upright)
  expect_equal(clear_of(line, box(0, 1, 0, 1)[0, ]), line)
  expect_identical(nrow(clear_of(line, box(-1, 11, -1, 1))), 0L)

  # No point of a piece is inside a box, and no point outside is lost.
  set.seed(305)
  lines <- as.data.frame(matrix(runif(40, 0, 10), 10, dimnames = list(NULL, c("x0", "y0", "x1", "y1"))))
  left <- runif(30, 0, 10)
  top <- runif(30, 0, 10)
  boxes <- box(left, left + runif(30), top, top + runif(30))
  is_inside <- function(x, y) any(boxes$left < x & x < boxes$right & boxes$top < y & y < boxes$bottom)
  for (i in 1:10) {
    pieces <- clear_of(lines[i, ], boxes)
    t <- seq(0.0005, 0.9995, by = 0.001)
    start <- with(lines[i, ], c(x0, y0))
    way <- with(lines[i, ], c(x1, y1)) - start
    free <- !mapply(is_inside, start[1] + t * way[1], start[2] + t * way[2])
    drawn <- vapply(t, function(t) {
      any(abs(t - 0.5 * ((pieces$x0 + pieces$x1) - 2 * start[1]) / way[1]) <=
            0.5 * abs((pieces$x1 - pieces$x0) / way[1]))
    }, NA)
    expect_identical(drawn, free)
  }
})

test_that("taps have colours and dashes of their own, or one look when there are too many", {
  for (count in 1:6) {
    styles <- tap_styles(count)
    expect_identical(dim(unique(styles)), c(count, 2L))
  }
  expect_identical(tap_styles(7), data.frame(col = look$line, lty = 1))
})

test_that("symbols of the legend tell their counts", {
  expect_identical(counts_in("count 1, 2, 12"), c(1, 2, 12))
  expect_null(counts_in("hole"))
  expect_identical(swatches_in("count 1, 2, 12"), 3L)
  expect_identical(swatches_in("hole"), 1L)
})

test_that("a count has the lightest shade at 1 and the darkest at the most, none is white", {
  expect_identical(shade_of(0, 5), "#FFFFFF")
  ends <- grDevices::col2rgb(c("#DCEAF7", "#08306B"))
  expect_lte(max(abs(grDevices::col2rgb(shade_of(c(1, 5), 5)) - ends)), 1) # rounded
  expect_identical(shade_of(9, 5), shade_of(5, 5))
  expect_identical(shade_of(1, 1), "#DCEAF7")
})
