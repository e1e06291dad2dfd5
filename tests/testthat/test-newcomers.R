# What the pages teach somebody who is new: where to go on, how the axes of pictures are turned, and
# whole jobs, the recipes of vignette("recipes"), which do here what they promise.

vignettes <- list.files(
  test_path("..", "..", c("vignettes", "00_pkg_src/nnconv/vignettes")), "[.]Rmd$", full.names = TRUE
)
skip_if(length(vignettes) == 0L, "the vignettes' sources are not at hand")
names(vignettes) <- sub("[.]Rmd$", "", basename(vignettes))
text_of <- function(name) paste(readLines(vignettes[[name]], encoding = "UTF-8"), collapse = "\n")

test_that("the first vignette has a picture, a chain and a training step, and leads to all others", {
  first <- text_of("nnconv")
  for (word in c("as_nchw(", "from_nchw(", "nn_sequential(", "$backward(", "nn_optim_adam(")) {
    expect_match(first, word, fixed = TRUE)
  }
  others <- setdiff(names(vignettes), "nnconv")
  expect_gt(length(others), 5)
  for (name in others) expect_match(first, sprintf("vignette(\"%s\")", name), fixed = TRUE)
  last <- sub(".*\n## ([^\n]*)\n.*", "\\1", first)
  expect_identical(last, "Where next")
})

test_that("vignettes name no vignette that is not there", {
  for (name in names(vignettes)) {
    text <- text_of(name)
    named <- regmatches(text, gregexpr("(?<=vignette\\(\")[^\"]+(?=\"\\))", text, perl = TRUE))[[1L]]
    expect_identical(setdiff(named, names(vignettes)), character(), label = name)
  }
})

test_that("axes of pictures are turned by as_nchw() and from_nchw()", {
  turned <- Filter(function(name) grepl("aperm(", text_of(name), fixed = TRUE), names(vignettes))
  expect_identical(turned, character())
})

# The code of each section of the recipes: a list of its chunks, by their names.
recipes <- local({
  lines <- readLines(vignettes[["recipes"]], encoding = "UTF-8")
  heads <- grep("^## ", lines)
  sections <- lapply(seq_along(heads), function(i) lines[heads[i]:c(heads[-1L] - 1L, length(lines))[i]])
  lapply(stats::setNames(sections, sub("^## ", "", lines[heads])), function(section) {
    opens <- grep("^```\\{r ", section)
    closes <- grep("^```$", section)
    chunks <- lapply(opens, function(open) section[(open + 1L):(min(closes[closes > open]) - 1L)])
    stats::setNames(chunks, sub("^```\\{r ([a-z0-9-]+).*", "\\1", section[opens]))
  })
})
chunk_of <- function(name) {
  found <- unlist(unname(recipes), recursive = FALSE)
  parse(text = found[[name]], keep.source = FALSE)
}

# Runs a chunk as a reader would; returns its variables, what it showed (`shown`) and said (`said`).
follow <- function(name) {
  env <- new.env(parent = globalenv())
  env$shown <- list()
  quiet <- utils::capture.output(env$said <- utils::capture.output(type = "message", {
    for (expression in chunk_of(name)) {
      result <- withVisible(eval(expression, env))
      if (result$visible) env$shown <- c(env$shown, list(result$value))
    }
  }))
  env
}

test_that("there are eight recipes, of at most ten lines of code each", {
  expect_length(recipes, 8L)
  code <- lapply(recipes, function(chunks) grep("^ *(#|$)", unlist(chunks), value = TRUE, invert = TRUE))
  expect_true(all(lengths(code) %in% 1:10))
  expect_true(all(nchar(unlist(code)) <= 110))
  expect_false(any(grepl(";", unlist(code))))
})

test_that("recipe: the enlarged photograph is closer to the original than a bicubic one", {
  skip_if_not_installed("jpeg")
  done <- follow("enlarge")
  expect_identical(dim(done$large), c(152L, 200L, 3L))
  written <- jpeg::readJPEG(file.path(tempdir(), "large.jpg"))
  expect_lt(mean(abs(written - done$large)), 0.01)
  channels_first <- function(x) aperm(x, c(3, 1, 2))
  original <- channels_first(done$photo)
  small <- resamplers(2, 3)$down(original)
  expect_equal(done$small[1, , , ], small, tolerance = 1e-12)
  bicubic <- psnr(clip(resamplers(2, 3)$up(small)), original, border = 0)
  expect_equal(done$shown[[1]][["bicubic"]], bicubic, tolerance = 1e-9)
  network <- psnr(channels_first(done$again(nn_pretrained("upscale2x"))), original, border = 0)
  expect_equal(done$shown[[1]][["network"]], network, tolerance = 1e-9)
  expect_gt(network - bicubic, 2)
})

test_that("recipe: the block of a U-Net is its parts, one after the other, beside its input", {
  done <- follow("unet-block")
  expect_identical(dim(done$y), c(1L, 1L, 25L, 19L))
  before <- done$net[[2]](done$net[[1]](done$x))
  part <- done$block
  branch <- part[[5]](part[[4]](part[[3]](part[[2]](part[[1]](before)))), output_size = c(25, 19))
  joined <- array(0, c(1, 16, 25, 19))
  joined[, 1:8, , ] <- before
  joined[, 9:16, , ] <- branch
  expect_equal(part(before), joined, tolerance = 1e-12)
  expect_equal(done$y, done$net[[4]](joined), tolerance = 1e-12)
  expect_equal(done$shown[[2]]$output_shape, c(1, 1, 25, 19))
})

test_that("recipe: the generator computes what PyTorch does, once it is in evaluation mode", {
  done <- follow("generator")
  expect_identical(dim(done$images), c(1L, 1L, 64L, 64L))
  expect_equal(done$images, done$dcgan$output, tolerance = 1e-12)
  expect_lt(done$shown[[2]], 1e-12)
  # A call before eval() changes later results, until the weights are loaded again, as the page says.
  generator <- done$generator
  generator$train()
  generator(done$dcgan$input)
  expect_gt(max(abs(generator$eval()(done$dcgan$input) - done$images)), 0.01)
  file <- system.file("extdata", "networks.pt", package = "nnconv")
  generator$load_state_dict(nn_load_torch(file, part = c("dcgan", "state")))
  expect_identical(generator(done$dcgan$input), done$images)
})

test_that("recipe: the autoencoder learns more than the means of blocks", {
  done <- follow("autoencoder")
  history <- done$history
  epochs <- seq_along(history$loss)
  expect_identical(history$lr, 0.01 * 0.95^(epochs - 1))
  expect_identical(history$best, which.min(history$validation))
  expect_true(history$ended == "patience" || length(epochs) == 40L)
  expect_lte(length(epochs) - history$best, 5L)
  expect_match(paste(done$said, collapse = "\n"), "epoch .* validation [0-9.]+")
  # Pieces that it has not seen, each as 4 by 4 blocks.
  set.seed(2)
  x <- array(t(sapply(1:50, done$piece)), c(50, 1, 16, 16))
  means <- nnf_conv2d(x, array(1 / 16, c(1, 1, 4, 4)), stride = 4)
  expect_lt(mean((done$net(x) - x)^2), mean((nn_upsample(4)(means) - x)^2) / 2)
})

test_that("recipe: weights with other names are the file's", {
  done <- follow("names")
  expect_identical(done$net[[1]]$weight, done$checkpoint$model$up.weight)
  expect_identical(done$net[[1]]$bias, as.vector(done$checkpoint$model$up.bias))
  expect_lt(done$shown[[2]], 1e-6)
  expect_true(done$shown[[3]])
})

test_that("recipe: a saved network gives the same in a new session and its workers", {
  skip_on_cran()
  skip_if_not_installed("purrr")
  skip_if_not_installed("mirai")
  done <- follow("save")
  expect_identical(done$large, lapply(done$pictures, function(x) done$net(x)))
  results <- withr::local_tempfile(fileext = ".rds")
  said <- in_fresh_process(c(
    sprintf("tempdir <- function() %s", deparse(tempdir())),
    sprintf("Sys.setenv(R_LIBS = %s)", deparse(paste(.libPaths(), collapse = .Platform$path.sep))),
    vapply(chunk_of("predict"), deparse1, ""),
    sprintf("saveRDS(list(results = results, attached = 'nnconv' %%in%% .packages()), %s)", deparse(results))
  ))
  expect_true(file.exists(results), info = paste(said, collapse = "\n"))
  there <- readRDS(results)
  expect_identical(unname(there$results), done$large)
  expect_false(there$attached)
})

test_that("recipe: a transposed convolution is the transposed matrix", {
  withr::local_pdf(NULL)
  done <- follow("look")
  expect_identical(done$shown[[1]]$output_shape, c(1, 7, 7))
  # Input cell i reaches the cells 2 * i - 2 to 2 * i of the result, if they are there.
  counts <- tabulate(as.vector(outer(-2:0, 2 * 1:4, `+`)), 8)[1:7]
  expect_equal(done$shown[[2]]$products, outer(counts, counts))
  expect_true(done$shown[[3]])
  matrix <- as.matrix(done$up, c(1, 4, 4))
  x <- array(sin(1:16), c(1, 4, 4))
  expect_equal(as.vector(done$up(x)), as.vector(matrix %*% as.vector(x)) + done$up$bias)
})

test_that("recipe: usual mistakes are refused, with advice that helps", {
  done <- follow("mistakes")
  tried <- Filter(function(call) identical(call[[1]], quote(try_it)), as.list(chunk_of("mistakes")))
  errors <- lapply(tried, function(call) tryCatch(eval(call[[2]], done), error = identity))
  kinds <- vapply(errors, function(error) class(error)[1], "")
  expect_identical(kinds, paste0("nnconv_error_", c("argument", "shape", "shape")))
  expect_identical(vapply(errors, `[[`, "", "argument"), c("...", "input", "target"))
  expect_identical(done$said, vapply(errors, conditionMessage, ""))
  for (i in 1:3) {
    advice <- c("after `0`, one that reads 8 channels", "`as_nchw(x, \"HWC\")`", "`output_size`")[i]
    expect_match(done$said[i], advice, fixed = TRUE)
  }
  expect_identical(dim(done$y), c(1L, 1L, 32L, 32L))
  expect_identical(utils::tail(done$shown, 1), list(TRUE))
})
