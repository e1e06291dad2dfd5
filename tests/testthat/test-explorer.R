# The explorer: its logic without a browser, and the app in one.

sliders <- function(..., layer = "nn_conv_transpose2d") {
  utils::modifyList(list(
    layer = layer, input = 5, kernel_size = 3, stride = 2, padding = 0, output_padding = 0,
    dilation = 1, padding_mode = "zeros", in_channels = 1, out_channels = 1, groups = 1,
    apart = FALSE, same = FALSE, view = "whole", step = 1
  ), list(...))
}

test_that("the state is the layer of the sliders, or its refusal", {
  state <- explorer_state(sliders(stride = 3L, padding = 1L))
  expect_identical(state$call, "nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 3, padding = 1)")
  expect_identical(state$arithmetic$result_size, c(13, 13))
  apart <- do.call(sliders, c(
    list(apart = TRUE), stats::setNames(as.list(c(7, 2, 1, 2, 1, 3)), paste0(explorer_pairs, "_width"))
  ))
  state <- explorer_state(apart)
  expect_identical(state$arithmetic$input_size, c(5, 7))
  expect_identical(eval(parse(text = state$call))$dilation, c(1, 3))
  same <- explorer_state(sliders(layer = "nn_conv2d", same = TRUE, stride = 1))
  expect_identical(same$call, "nn_conv2d(1, 1, kernel_size = 3, padding = \"same\")")
  refused <- explorer_state(sliders(output_padding = 2))
  expect_match(refused$refusal, "`output_padding` must be smaller than either", fixed = TRUE)
  expect_identical(refused$call, paste(
    "nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2, output_padding = 2)"
  ))
  for (layer in c("nn_conv_transpose2d", "nn_conv2d")) {
    set.seed(320)
    for (k in 1:50) {
      random <- lapply(explorer_limits, function(limit) sample(limit[1]:limit[2], 1))
      state <- explorer_state(do.call(sliders, c(random, list(
        layer = layer, same = sample(c(TRUE, FALSE), 1), padding_mode = sample(padding_modes, 1)
      ))))
      expect_true(xor(is.null(state$refusal), is.null(state$arithmetic)))
      if (is.null(state$refusal)) {
        expect_identical(format(eval(parse(text = state$call))), state$call)
      }
    }
  }
})

test_that("a missing layer, input or package is refused", {
  skip_if_not_installed("shiny")
  expect_refusal(conv_explorer("a"), "type", "layer", "a layer, not \"a\"")
  expect_refusal(conv_explorer(input = 0), "argument", "input", pair_range)
  expect_refusal(conv_explorer(input = "a"), "type", "input", pair_range)
})

test_that("the server draws, writes and refuses", {
  skip_if_not_installed("shiny")
  shiny::testServer(explorer_server, {
    do.call(session$setInputs, sliders())
    expect_identical(output$call, "nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2)")
    expect_match(output$note, "Checkerboard: ", fixed = TRUE)
    expect_match(output$law, "(5 - 1) * 2 - 2 * 0 + 1 * (3 - 1) + 0 + 1 = 11", fixed = TRUE)
    expect_match(output$picture$alt, "input 5 x 5, result 11 x 11", fixed = TRUE)
    expect_match(output$picture$src, "^data:image/png")
    whole <- output$picture$src
    session$setInputs(view = "step", step = 7)
    expect_match(output$picture$alt, "Step 7.", fixed = TRUE)
    expect_false(identical(output$picture$src, whole))
    session$setInputs(input = 2)
    expect_match(output$picture$alt, "Step 4.", fixed = TRUE)
    session$setInputs(view = "width", dark = TRUE)
    expect_match(output$picture$src, "^data:image/png")
    session$setInputs(kernel_size = 4)
    expect_identical(output$note, "")
    session$setInputs(output_padding = 2)
    expect_match(output$refusal, "`output_padding` must be", fixed = TRUE)
    expect_error(output$picture, class = "shiny.silent.error")
    session$setInputs(output_padding = 1)
    expect_identical(output$refusal, "")
    session$setInputs(layer = "nn_conv2d", input = 3)
    expect_match(output$refusal, "`input` must be as large as the dilated kernel", fixed = TRUE)
  })
})

# A developer's tool that drives a browser; nothing else needs it, so that DESCRIPTION leaves it out.
of_chromote <- function(name) getExportedValue("chromote", name)

free_port <- function() {
  repeat {
    port <- sample(20000:45000, 1)
    socket <- tryCatch(serverSocket(port), error = function(e) NULL)
    if (!is.null(socket)) {
      close(socket)
      return(port)
    }
  }
}

# The app in a process of its own and a browser that shows it.
local_explorer <- function(code, env = parent.frame()) {
  port <- free_port()
  folder <- withr::local_tempdir(.local_envir = env)
  withr::local_envvar(TMPDIR = folder, .local_envir = env) # what the two leave behind
  pid <- file.path(folder, "pid")
  script <- file.path(folder, "app.R")
  writeLines(c(
    sprintf(".libPaths(%s)", paste(deparse(.libPaths()), collapse = "")),
    sprintf("writeLines(format(Sys.getpid()), %s)", deparse(pid)),
    sprintf("shiny::runApp(nnconv::%s, port = %d, launch.browser = FALSE)", code, port)
  ), script)
  system2(file.path(R.home("bin"), "Rscript"), shQuote(script), wait = FALSE, stdout = FALSE,
          stderr = FALSE)
  withr::defer(if (file.exists(pid)) tools::pskill(as.integer(readLines(pid))), env)
  address <- sprintf("http://127.0.0.1:%d", port)
  is_up <- function() {
    tryCatch(suppressWarnings(length(readLines(address, warn = FALSE)) > 0), error = function(e) FALSE)
  }
  if (!eventually(is_up(), 30)) skip("the app did not start")
  arguments <- c("--headless", "--disable-gpu", "--no-sandbox", "--disable-dev-shm-usage")
  browser <- tryCatch(
    of_chromote("Chromote")$new(of_chromote("Chrome")$new(args = arguments)),
    error = function(e) skip(paste("no browser runs:", conditionMessage(e)))
  )
  withr::defer(browser$close(), env)
  session <- browser$new_session()
  session$Page$navigate(address)
  session
}

eventually <- function(condition, seconds = 15) {
  expr <- substitute(condition)
  frame <- parent.frame()
  end <- Sys.time() + seconds
  while (Sys.time() < end) {
    if (isTRUE(tryCatch(eval(expr, frame), error = function(e) FALSE))) {
      return(TRUE)
    }
    Sys.sleep(0.1)
  }
  FALSE
}

test_that("the app runs in a browser, by keyboard, at phone width and in the dark", {
  skip_on_cran()
  skip_if_not_installed("shiny")
  skip_if_not_installed("chromote")
  skip_if(is.null(suppressMessages(of_chromote("find_chrome")())), "no browser")
  page <- local_explorer("conv_explorer()")
  js <- function(code) page$Runtime$evaluate(code)$result$value
  text <- function(id) js(sprintf("document.getElementById('%s').textContent", id))
  page$Emulation$setDeviceMetricsOverride(width = 360, height = 740, deviceScaleFactor = 2,
                                          mobile = TRUE)
  page$Emulation$setEmulatedMedia(features = list(list(
    name = "prefers-color-scheme", value = "dark"
  )))
  alt <- "document.querySelector('#picture img').alt"
  expect_true(eventually(grepl("result 11 x 11", js(alt))))
  expect_identical(text("call"), "nn_conv_transpose2d(1, 1, kernel_size = 3, stride = 2)")
  expect_identical(js("document.documentElement.lang"), "en")
  expect_lte(js("document.documentElement.scrollWidth"), 360)
  # Every control has a label, and targets are high enough for a finger.
  expect_identical(js("[...document.querySelectorAll('input, select')].filter(
    e => !e.labels || !e.labels.length).length"), 0L)
  expect_gte(js("Math.min(...[...document.querySelectorAll('.slider')].filter(
    e => e.offsetParent).map(e => e.offsetHeight))"), 24)
  expect_identical(js("getComputedStyle(document.body).backgroundColor"), "rgb(22, 24, 27)")

  # The keyboard moves a slider.
  js("document.getElementById('stride').focus()")
  for (type in c("keyDown", "keyUp")) {
    page$Input$dispatchKeyEvent(type = type, key = "ArrowRight", code = "ArrowRight",
                                windowsVirtualKeyCode = 39)
  }
  expect_true(eventually(grepl("stride = 3", text("call"))))
  expect_true(eventually(grepl("result 15 x 15", js(alt))))

  # A refusal is shown, and goes again.
  set <- function(id, value) {
    js(sprintf("$('#%s').val('%s').trigger('input').trigger('change')", id, value))
  }
  set("output_padding", 4)
  expect_true(eventually(grepl("must be smaller than either", text("refusal"))))
  expect_true(eventually(is.null(js("document.querySelector('#picture img')?.alt"))))
  set("output_padding", 2)
  expect_true(eventually(grepl("result 17 x 17", js(alt))))
  expect_identical(text("refusal"), "")

  # Taken apart, the width starts from the height.
  js("document.getElementById('apart').click()")
  set("stride", 4)
  expect_true(eventually(grepl("stride = c(4, 3)", text("call"), fixed = TRUE)))
  js("document.getElementById('apart').click()")
  set("stride", 3)
  expect_true(eventually(grepl("result 17 x 17", js(alt))))

  # Steps, and the button that plays them.
  set("view", "step")
  expect_true(eventually(grepl("Step 1.", js(alt), fixed = TRUE)))
  expect_true(eventually(identical(js("document.getElementById('step').max"), "25")))
  js("document.getElementById('play').click()")
  expect_true(eventually(grepl("Step 3.", js(alt), fixed = TRUE)))
  js("document.getElementById('play').click()")
  expect_identical(js("document.getElementById('play').getAttribute('aria-pressed')"), "false")

  # The picture is drawn anew for another width.
  page$Emulation$setDeviceMetricsOverride(width = 1200, height = 800, deviceScaleFactor = 1,
                                          mobile = FALSE)
  expect_true(eventually(js("document.querySelector('#picture img').naturalWidth") > 600))
  set("layer", "nn_conv2d")
  set("output_padding", 0)
  expect_true(eventually(grepl("^nn_conv2d", text("call"))))
})
