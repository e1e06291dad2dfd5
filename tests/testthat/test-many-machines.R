# Batches shared out to other processes, as in vignette("many-machines"): what one process gives.

# New processes find the same packages.
local_libraries <- function(env = parent.frame()) {
  withr::local_envvar(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep), .local_envir = env)
}

net <- nn_sequential(
  nn_conv2d(1, 24, 3, padding = 1, padding_mode = "reflect"), nn_relu(),
  nn_conv_transpose2d(24, 24, 4, stride = 2, padding = 1), nn_tanh(), nn_conv2d(24, 1, 3)
)
x <- array(seq(-1, 1, length.out = 6 * 20 * 30), c(6, 1, 20, 30))
batches <- lapply(list(1:2, 3:4, 5:6), function(i) x[i, , , , drop = FALSE])

# Evaluated elsewhere, with nothing else of this file.
in_tiles <- function(x, net) {
  list(threads = nnconv::nn_threads(), y = stats::predict(net, x, tile = 8, progress = FALSE))
}
environment(in_tiles) <- globalenv()

expect_same_as_here <- function(results) {
  before <- nn_threads(1)
  on.exit(nn_threads(before))
  expect_identical(unname(results), lapply(batches, in_tiles, net = net))
}

test_that("daemons of mirai give the same, on one thread each", {
  skip_on_cran()
  skip_if_not_installed("mirai")
  local_libraries()
  mirai::daemons(2)
  on.exit(mirai::daemons(0))
  mirai::everywhere(nnconv::nn_threads(1))[]
  expect_same_as_here(mirai::mirai_map(batches, in_tiles, .args = list(net = net))[])
  # A refusal comes back as what it is.
  wrong <- mirai::mirai_map(list(x[, , , 1]), in_tiles, .args = list(net = net))[][[1L]]
  expect_true(mirai::is_error_value(wrong))
  expect_match(as.character(wrong), "`newdata` must be an array (N, 1, H, W)", fixed = TRUE)
})

test_that("workers of parallel give the same", {
  skip_on_cran()
  local_libraries()
  workers <- parallel::makePSOCKcluster(2)
  on.exit(parallel::stopCluster(workers))
  parallel::clusterCall(workers, function() nnconv::nn_threads(1))
  expect_same_as_here(parallel::parLapplyLB(workers, batches, in_tiles, net = net))
})

test_that("futures give the same", {
  skip_on_cran()
  skip_if_not_installed("future")
  local_libraries()
  before <- future::plan(future::multisession, workers = 2)
  on.exit(future::plan(before))
  futures <- lapply(batches, function(batch) {
    future::future({
      nnconv::nn_threads(1)
      in_tiles(batch, net)
    }, globals = list(in_tiles = in_tiles, batch = batch, net = net))
  })
  expect_same_as_here(lapply(futures, future::value))
})
