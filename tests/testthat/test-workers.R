# Workers: other processes compute the same numbers with layers that were sent to them.

# A function of a list, with everything that it needs in the list.
call_module <- function(case) {
  m <- case$module
  c(list(m(case$x)), m$backward(case$x, function(y) y - 1))
}

# Layers of both kinds, a chain with every activation, and the network that comes with the package.
worker_cases <- function() {
  set.seed(90)
  modules <- list(
    nn_conv_transpose2d(3, 4, 3, stride = 2, padding = 1, padding_mode = "circular"),
    nn_conv2d(3, 4, 3, padding = "same", dtype = "float32"),
    nn_sequential(
      nn_conv2d(3, 8, 3, padding = 1), nn_relu(), nn_conv2d(8, 8, 1), nn_leaky_relu(0.2),
      nn_sequential(nn_conv_transpose2d(8, 3, 2, stride = 2), nn_tanh()), nn_sigmoid(),
      nn_activation(sin, cos)
    ),
    nn_pretrained("upscale2x")
  )
  lapply(modules, function(m) {
    first <- if (inherits(m, "nnconv_sequential")) m[[1L]] else m
    list(module = m, x = random_array(2, first$in_channels, 10, 11))
  })
}

cases <- worker_cases()
local_results <- lapply(cases, call_module)

# Workers load the package from where these tests do.
with_libraries <- function(code) {
  withr::with_envvar(list(R_LIBS = paste(.libPaths(), collapse = .Platform$path.sep)), code)
}

# Its default, if the session knows that it is a worker.
threads_of_worker <- function() {
  if (getNamespace("nnconv")$is_worker()) nnconv::nn_threads() else NA
}

test_that("workers of a PSOCK cluster give identical results", {
  skip_on_cran()
  cluster <- with_libraries(parallel::makePSOCKcluster(2))
  on.exit(parallel::stopCluster(cluster))
  expect_identical(parallel::parLapply(cluster, cases, call_module), local_results)
  # Each uses one thread, until it is told otherwise, which changes nothing.
  expect_identical(parallel::clusterCall(cluster, threads_of_worker), list(1L, 1L))
  parallel::clusterCall(cluster, function() nnconv::nn_threads(2))
  expect_identical(parallel::clusterApply(cluster, cases, call_module), local_results)
  parallel::clusterCall(cluster, function() nnconv::nn_threads(0))
  expect_identical(parallel::clusterCall(cluster, threads_of_worker), list(1L, 1L))
})

test_that("a layer that comes back from a worker is the same", {
  skip_on_cran()
  cluster <- with_libraries(parallel::makePSOCKcluster(1))
  on.exit(parallel::stopCluster(cluster))
  for (case in cases) {
    trained <- parallel::clusterCall(cluster, function(m) {
      nnconv::nn_parameters_vector(m) <- nnconv::nn_parameters_vector(m) * 2
      m
    }, case$module)[[1L]]
    expect_false(isTRUE(all.equal(trained, case$module)))
    copy <- case$module$clone()
    nn_parameters_vector(copy) <- nn_parameters_vector(copy) * 2
    expect_true(all.equal(trained, copy, tolerance = 0))
    expect_identical(trained(case$x), copy(case$x))
  }
})

# Lines of code that hide the package, and find it again.
without_package <- ".libPaths(character(), include.site = FALSE)"
with_package <- function() sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = ""))

test_that("modules of a file find the package by themselves, and say where it is not installed", {
  skip_on_cran()
  skip_if("nnconv" %in% rownames(installed.packages(.Library)), "R's own library has nnconv")
  file <- withr::local_tempfile(fileext = ".rds")
  others <- lapply(list(nn_relu(), nn_optim_adam()), function(f) list(module = f, x = 1))
  saveRDS(c(cases, others), file)
  calls <- c(
    "call_one <- function(case) if (inherits(case$module, 'nnconv_optimizer')) case$module(1, 1) else",
    "  case$module(case$x)",
    "results <- lapply(saved, function(case) try(call_one(case), silent = TRUE))"
  )
  print_first <- "print(saved[[1]]$module)"
  out <- in_fresh_process(c(
    without_package, sprintf("saved <- suppressWarnings(readRDS(%s))", deparse(file)), calls,
    "is_right <- function(result) inherits(result, 'try-error') &&",
    "  grepl('there is no package called .nnconv.', result)",
    "cat(vapply(results, is_right, TRUE), 'nnconv' %in% loadedNamespaces())",
    # It can be found from now on.
    with_package(), calls,
    "cat('', !vapply(results, inherits, TRUE, 'try-error'))",
    "cat('\\n')", print_first
  ), env = "LANGUAGE=en")
  count <- length(cases) + length(others)
  expect_identical(out[1L], paste(rep(c("TRUE", "FALSE", "TRUE"), c(count, 1, count)), collapse = " "))
  expect_identical(out[2L], utils::capture.output(print(cases[[1L]]$module))[1L])
  # Where it is installed but neither attached nor loaded, nothing has to be done.
  out <- in_fresh_process(c(
    sprintf("saved <- readRDS(%s)", deparse(file)), calls, print_first,
    "cat(!vapply(results, inherits, TRUE, 'try-error'), 'package:nnconv' %in% search())"
  ))
  expect_identical(out[1L], utils::capture.output(print(cases[[1L]]$module))[1L])
  expect_identical(out[length(out)], paste(rep(c("TRUE", "FALSE"), c(count, 1)), collapse = " "))
})

test_that("a layer is a function for parLapply() where workers find the package, else it says so", {
  skip_on_cran()
  skip_if("nnconv" %in% rownames(installed.packages(.Library)), "R's own library has nnconv")
  withr::local_envvar(LANGUAGE = "en")
  cluster <- parallel::makePSOCKcluster(1)
  on.exit(parallel::stopCluster(cluster))
  run <- function(line) parallel::clusterCall(cluster, eval, str2lang(line), globalenv())
  run(without_package)
  case <- cases[[1L]]
  expect_error(
    suppressWarnings(parallel::parLapply(cluster, list(case$x), case$module)),
    "there is no package called .nnconv."
  )
  run(with_package())
  results <- parallel::parLapply(cluster, list(case$x), case$module)
  expect_identical(results, unname(local_results[[1L]][1L]))
})

test_that("futures in other sessions give identical results", {
  skip_on_cran()
  skip_if_not_installed("future")
  with_libraries({
    before <- future::plan(future::multisession, workers = 2)
    on.exit(future::plan(before))
    futures <- lapply(cases, function(case) future::future(call_module(case)))
    results <- lapply(futures, future::value)
  })
  expect_identical(results, local_results)
  expect_identical(future::value(future::future(threads_of_worker())), 1L)
  # A layer that the future finds by itself.
  m <- cases[[1L]]$module
  x <- cases[[1L]]$x
  expect_identical(future::value(future::future(m(x))), local_results[[1L]][[1L]])
})

test_that("mirai's daemons give identical results", {
  skip_on_cran()
  skip_if_not_installed("mirai")
  with_libraries(mirai::daemons(2))
  on.exit(mirai::daemons(0))
  tasks <- lapply(cases, function(case) mirai::mirai(f(case), f = call_module, case = case))
  expect_identical(lapply(tasks, function(task) task[]), local_results)
  expect_identical(mirai::mirai(f(), f = threads_of_worker)[], 1L)
})

# As for R objects of a file: nothing that points into this process.
plain_bytes <- function(module) {
  serialize(module, NULL, refhook = function(object) {
    if (!is.environment(object)) stop("a reference object")
  })
}

# Chains count too.
count_modules <- function(m) 1 + sum(vapply(environment(m)$children, count_modules, 0))

test_that("modules are plain numbers and little else, compiled ones too", {
  for (case in c(cases, lapply(list(nn_relu(), nn_tanh()), function(m) list(module = m, x = 1)))) {
    m <- case$module
    for (i in 1:4) invisible(m(case$x)) # three calls compile a closure, which saves more
    beside <- length(plain_bytes(m)) - 8 * length(nn_parameters_vector(m))
    expect_lte(beside, 4096 * count_modules(m))
  }
  adam <- nn_optim_adam()
  p <- rep(1, 1000)
  for (i in 1:4) p <- adam(p, p)
  expect_lte(length(plain_bytes(adam)) - 8 * 2000, 4096) # two running means
})

test_that("a module, its clone and its copy from a file are equal byte by byte, before and after calls", {
  file <- withr::local_tempfile(fileext = ".rds")
  bytes <- function(m) serialize(m, NULL) # what digest::digest() and memoise::memoise() look at
  for (case in c(cases, list(list(module = nn_leaky_relu(0.2), x = 1)))) {
    m <- case$module
    saveRDS(m, file)
    copies <- list(m$clone(), readRDS(file), m$clone()$train(), readRDS(file)$clone())
    before <- bytes(m)
    for (copy in copies) expect_identical(bytes(copy), before)
    for (i in 1:4) for (each in c(m, copies)) each(case$x) # three calls would compile a closure
    for (each in c(m, copies)) expect_identical(bytes(each), before)
    for (each in c(m, copies)) each$backward(case$x, function(y) y)
    for (each in c(m, copies)) expect_identical(bytes(each), before)
    if (length(m$parameters)) {
      nn_parameters_vector(copies[[1L]]) <- nn_parameters_vector(m) + 1
      expect_false(identical(bytes(copies[[1L]]), before))
      nn_parameters_vector(copies[[1L]]) <- nn_parameters_vector(m)
      expect_identical(bytes(copies[[1L]]), before)
    }
  }
})
