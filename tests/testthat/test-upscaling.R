# The trained network of inst/extdata: it loads, and enlarges a photograph that it was not trained
# on better than bicubic interpolation, by what its table of results says.

trained <- readRDS(system.file("extdata", "upscale2x.rds", package = "nnconv"))

inside <- function(x, border) {
  x[1, seq(border + 1, dim(x)[2] - border), seq(border + 1, dim(x)[3] - border)]
}

test_that("bicubic resampling keeps constants everywhere and polynomials inside", {
  for (factor in 2:4) {
    layers <- resamplers(factor)
    fine <- function(f) {
      at <- function(cells) (seq_len(cells * factor) - 0.5) / factor
      array(outer(at(12), at(13), f), c(1, 12 * factor, 13 * factor))
    }
    coarse <- function(f) array(outer(1:12 - 0.5, 1:13 - 0.5, f), c(1, 12, 13))
    one <- function(i, j) 0 * i + 0 * j + 1
    plane <- function(i, j) 2 * i - 3 * j + 1
    parabola <- function(i, j) i^2 - 2 * i * j + 3 * j^2
    expect_equal(layers$down(fine(one)), coarse(one), tolerance = 1e-14)
    expect_equal(layers$up(coarse(one)), fine(one), tolerance = 1e-14)
    expect_equal(inside(layers$down(fine(plane)), 2), inside(coarse(plane), 2), tolerance = 1e-12)
    for (f in list(plane, parabola)) {
      expect_equal(inside(layers$up(coarse(f)), 2 * factor), inside(fine(f), 2 * factor),
                   tolerance = 1e-12)
    }
  }
})

test_that("decibels are those of the mean squared difference", {
  set.seed(95)
  x <- array(stats::runif(3 * 4 * 5), c(3, 4, 5))
  expect_equal(psnr(x, x + 0.1, 1), 20)
  grey <- array(rep(stats::runif(20), each = 3), c(3, 4, 5))
  expect_equal(luminance(grey)[1, , ], grey[1, , ])
})

test_that("the trained network loads and says what it was made of", {
  net <- nn_pretrained("upscale2x")
  expect_identical(net$state_dict(), trained$state_dict[names(net$state_dict())])
  expect_identical(dim(net(random_array(1, 5, 7))), c(1L, 10L, 14L))
  said <- c("date", "script", "seed", "nnconv", "steps", "seconds")
  expect_identical(setdiff(said, names(trained$made)), character())
  used <- trained$photographs
  expect_true(all(nzchar(used$license)) && all(nzchar(used$version)))
  expect_true(all(c("train", "test") %in% used$use))
  expect_false(any(used$file[used$use == "test"] %in% used$file[used$use != "test"]))
  expect_lt(file.size(system.file("extdata", "upscale2x.rds", package = "nnconv")), 200e3)
  expect_true(all(trained$results$gain > 0))
  # The training has led away from interpolation, the start.
  expect_gt(max(trained$curve$judged), trained$curve$judged[1] + 1)
})

test_that("a photograph is enlarged better than bicubically, by as much as claimed", {
  skip_if_not_installed("isoband")
  skip_if_not_installed("jpeg")
  photo <- jpeg::readJPEG(system.file("extdata", "ocean-cat.jpg", package = "isoband"))
  large <- luminance(aperm(photo[1:1780, 1:1500, ], c(3, 1, 2)))
  small <- clip(resamplers(2)$down(large))
  net <- nn_pretrained("upscale2x")
  bicubic <- psnr(clip(resamplers(2)$up(small)), large, 2)
  claimed <- trained$results[trained$results$photograph == "ocean-cat.jpg", ]
  expect_equal(bicubic, claimed$bicubic, tolerance = 1e-3)
  for (dtype in dtypes) {
    result <- net$to(dtype = dtype)(small)
    expect_gt(psnr(clip(result), large, 2) - bicubic, claimed$gain - 0.05)
  }
  # Nothing is darker or brighter at the border.
  border <- c(result[1, 1, ] - large[1, 1, ], result[1, , 1500] - large[1, , 1500])
  expect_lt(abs(mean(border)), 0.02)
})
