# Calls: one of every kind that R code can make of the package, on small arrays. Tests walk this
# table, and so does whatever runs all of the package under a watch (tools/harden/).
#
# A call is a function and the list of its arguments; run_call() runs it. Integers 1:n are kept by R
# as ranges without memory until something asks for it, and are arguments too.

call_of <- function(f, ...) list(f = f, arguments = list(...))

# What a call returns, or the message of its refusal.
run_call <- function(call) {
  tryCatch(do.call(call$f, call$arguments), nnconv_error = conditionMessage)
}

numbers_like <- function(...) {
  shape <- c(...)
  array(sin(seq_len(prod(shape))), shape)
}

every_call <- function() {
  c(
    functional_calls(nnf_conv2d, nnf_conv2d_backward, "conv2d", list(padding = "same")),
    functional_calls(
      nnf_conv_transpose2d, nnf_conv_transpose2d_backward, "conv_transpose2d",
      list(stride = c(2, 1), output_padding = c(1, 0)), list(stride = 2, output_size = c(10, 6))
    ),
    padding_calls(), picture_calls(), module_calls(), file_calls(), arithmetic_calls(),
    training_calls(), engine_calls(), refused_calls()
  )
}

# `...` are variants that only one of the layers has.
functional_calls <- function(forward, backward, name, ...) {
  x <- numbers_like(2, 2, 4, 3)
  w <- numbers_like(2, 2, 3, 2)
  bias <- 1:2
  with_option <- function(f, algorithm) {
    function(...) {
      before <- options(nnconv.algorithm = algorithm)
      on.exit(options(before))
      f(...)
    }
  }
  calls <- list(
    plain = call_of(forward, x, w, bias),
    "without bias or batch" = call_of(forward, x[1, , , ], w),
    groups = call_of(forward, x, w[, 1, , , drop = FALSE], bias = NULL, groups = 2),
    geometry = call_of(forward, x, w, bias, stride = 2:1, padding = 1:0, dilation = 1:2),
    integers = call_of(forward, array(1:24, c(2, 4, 3)), array(1:24, dim(w)), bias),
    logicals = call_of(forward, x > 0, w > 0),
    "no images" = call_of(forward, x[0, , , , drop = FALSE], w, bias),
    direct = call_of(with_option(forward, "direct"), x, w),
    transforms = call_of(with_option(forward, "transforms"), x, w, bias, padding = 1),
    columns = call_of(with_option(forward, "col2im"), x, w, bias, padding = 1),
    "transforms in float32" = call_of(
      with_option(forward, "transforms"), x, w, stride = 2, dtype = "float32"
    )
  )
  for (mode in c("reflect", "replicate", "circular")) {
    calls[[mode]] <- call_of(forward, x, w, bias, padding = 1, padding_mode = mode)
  }
  for (more in list(...)) {
    calls[[names(more)[length(more)]]] <- do.call(call_of, c(list(forward, x, w), more))
  }
  y <- forward(x, w, padding = 1)
  calls <- c(calls, list(
    gradients = call_of(backward, y, x, w, bias, padding = 1),
    "gradients without bias or batch" = call_of(backward, y[1, , , ], x[1, , , ], w, padding = 1),
    "gradients in float32" = call_of(backward, y, x, w, padding = 1, dtype = "float32"),
    "gradients around" = call_of(backward, y, x, w, padding = 1, padding_mode = "circular"),
    "one gradient" = call_of(backward, y, x, w, bias, padding = 1, wanted = "bias")
  ))
  stats::setNames(calls, paste(name, names(calls), sep = ": "))
}

padding_calls <- function() {
  x <- numbers_like(2, 3, 3)
  list(
    "pad: constant" = call_of(nnf_pad, x, 1:4, value = 2L),
    "pad: reflect" = call_of(nnf_pad, x, c(1, 2, 0, 1), "reflect"),
    "pad: replicate" = call_of(nnf_pad, matrix(1:6, 2), c(1, 2, -1, 1), "replicate"),
    "pad: circular" = call_of(nnf_pad, x > 0, c(-1, 2), "circular"),
    "pad: a range" = call_of(nnf_pad, 1:10, 1:2, "reflect")
  )
}

picture_calls <- function() {
  x <- numbers_like(2, 4, 3)
  bytes <- array(as.raw(0:23), c(3, 4, 2))
  list(
    "picture: numbers" = call_of(as_nchw, x, "HWC"),
    "picture: bytes" = call_of(as_nchw, bytes, "CWH", c(0, 255)),
    "picture: a range" = call_of(as_nchw, matrix(1:6, 2), "HW", 0:1),
    "picture: back" = call_of(from_nchw, x, "WHC", c(-1, 1))
  )
}

file_calls <- function() {
  save_and_read <- function(tensors, ...) {
    file <- tempfile(fileext = ".safetensors")
    on.exit(unlink(file))
    nn_save_safetensors(tensors, file, ...)
    list(nn_load_safetensors(file), nn_safetensors_info(file))
  }
  tensors <- list(weight = numbers_like(2, 3), n = 1:4, flag = TRUE)
  list(
    "file: as it is" = call_of(save_and_read, tensors),
    "file: of types" = call_of(
      save_and_read, tensors, c(weight = "BF16", n = "U8"), c(format = "pt"), "flag"
    ),
    "file: not read" = call_of(
      function(file) {
        on.exit(unlink(file))
        writeBin(as.raw(0:9), file)
        tryCatch(nn_load_safetensors(file), nnconv_error = class)
      }, tempfile(fileext = ".safetensors")
    )
  )
}

arithmetic_calls <- function() {
  up <- nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1, padding_mode = "circular")
  down <- nn_conv2d(1, 1, 2, padding = 0:3)
  a <- nn_arithmetic(up, 2)
  drawing <- function(f) {
    function(...) {
      grDevices::pdf(NULL)
      on.exit(grDevices::dev.off())
      class(f(...))
    }
  }
  calls <- list(
    "arithmetic: made" = call_of(nn_arithmetic, up, 3:2, output_size = c(6L, 4L)),
    "arithmetic: table" = call_of(as.data.frame, nn_arithmetic(down, 3)),
    "arithmetic: print" = call_of(function(a) utils::capture.output(print(a)), a),
    "arithmetic: plot" = call_of(drawing(plot), a),
    "arithmetic: step" = call_of(drawing(plot), a, step = 2L),
    "arithmetic: one axis" = call_of(drawing(plot), up, input = 2L, along = "width"),
    "arithmetic: animation" = call_of(drawing(nn_animate), a, steps = 1:2, pause = 0L),
    "arithmetic: matrix" = call_of(as.matrix, down, c(1L, 3L, 3L))
  )
  if (capabilities("png")) {
    calls$"arithmetic: files" <- call_of(
      function(a, pattern) {
        files <- nn_animate(a, steps = 1L, file = pattern, width = 60, height = 60)
        on.exit(unlink(files))
        file.exists(files)
      }, a, tempfile(fileext = "%d.png")
    )
  }
  if (requireNamespace("Matrix", quietly = TRUE)) {
    calls$"arithmetic: sparse matrix" <- call_of(as.matrix, up, c(1, 2, 2), sparse = TRUE)
  }
  if (requireNamespace("ggplot2", quietly = TRUE)) {
    calls$"arithmetic: ggplot2" <- call_of(
      function(a) class(ggplot2::autoplot(a, step = 2)), a
    )
  }
  if (requireNamespace("shiny", quietly = TRUE)) {
    calls$"arithmetic: explorer" <- call_of(function(input) class(conv_explorer(input = input)), 2:3)
  }
  calls
}

module_calls <- function() {
  set.seed(1)
  x <- numbers_like(1, 2, 5, 4)
  down <- nn_conv2d(2, 3, 3, padding = 1)
  up <- nn_conv_transpose2d(3, 2, 2, stride = 2, dtype = "float32")
  net <- nn_sequential(down, nn_leaky_relu(), up)
  state <- lapply(net$state_dict(), function(p) p + 1)
  quietly <- function(f) function(...) utils::capture.output(f(...))
  list(
    "module: made" = call_of(function(channels) nn_conv2d(channels, 2, 1)$output_shape(1:4), 2L),
    "module: call" = call_of(down, x),
    "module: output_size" = call_of(up, numbers_like(3, 2, 2), output_size = 5:4),
    "module: chain" = call_of(net, x),
    "module: predict" = call_of(predict, net, x),
    "module: tiles" = call_of(predict, net, x, batch_size = 1L, tile = 2:3, progress = FALSE),
    "module: four sides" = call_of(
      function(pads, x) nn_conv2d(2, 1, 3, padding = pads)$output_shape(dim(x)), 0:3, x
    ),
    "module: size given" = call_of(
      function(size) nn_conv_transpose2d(1, 1, 3, 2, output_size = size)(array(1:9, c(1, 3, 3))), 7:8
    ),
    "module: layout" = call_of(down$state_dict, "down.", "keras"),
    "module: from another layout" = call_of(
      function(m, s) coef(m$clone()$load_state_dict(s, "down.", "keras")), down,
      down$state_dict("down.", "keras")
    ),
    "module: backward" = call_of(net$backward, x, function(y) y, c("output", "input", "weight")),
    "module: clone" = call_of(function(m, x) m$clone()$forward(x), net, x),
    "module: state" = call_of(function(m, s) coef(m$clone()$load_state_dict(s)), net, state),
    "module: parameter" = call_of(
      function(m, value) {
        m <- m$clone()
        m$bias <- value
        m[["bias"]]
      }, down, 1:3
    ),
    "module: reset" = call_of(function(m) dim(m$clone()$reset_parameters()$weight), down),
    "module: modes" = call_of(
      function(m) m$clone()$to("float32")$eval()$train(FALSE)$training, net
    ),
    "module: shape" = call_of(up$output_shape, c(3L, 2L, 2L), output_size = 4:5),
    "module: print" = call_of(quietly(print), net),
    "module: str" = call_of(quietly(utils::str), down),
    "module: summary" = call_of(quietly(summary), net, c(1L, 2L, 5L, 4L)),
    "module: all.equal" = call_of(all.equal, net, net$clone()),
    "module: names" = call_of(names, up),
    "module: parts" = call_of(function(m) c(length(m), format(m[[1]]), format(m$`1`)), net),
    "module: plot" = call_of(
      function(m) {
        grDevices::pdf(NULL)
        on.exit(grDevices::dev.off())
        class(plot(m))
      }, down
    ),
    "activations" = call_of(
      function(x) {
        lapply(
          list(nn_relu(), nn_leaky_relu(0.1), nn_sigmoid(), nn_tanh(), nn_activation(sin, cos)),
          function(f) list(f(x), f$backward(x, x))
        )
      }, -3:10
    ),
    "bilinear" = call_of(nn_init_bilinear, 2L, 2L, 3:4)
  )
}

training_calls <- function() {
  m <- nn_conv2d(1, 1, 2)
  list(
    "vector" = call_of(nn_parameters_vector, list(weight = numbers_like(2, 2), bias = 1:3)),
    "vector: put back" = call_of(
      function(m, value) nn_parameters_vector(`nn_parameters_vector<-`(m$clone(), value)), m, 1:5
    ),
    "vector: set" = call_of(
      function(m, value) nn_parameters_vector(nn_set_parameters_vector(list(m$clone()), value)), m, 1:5
    ),
    "adam" = call_of(
      function(p, g) {
        adam <- nn_optim_adam(0.1, weight_decay = 0.01)
        adam(adam(p, g), g, lr = 0.05)
      }, 1:5, 5:1
    )
  )
}

engine_calls <- function() {
  list(
    "engine: threads" = call_of(function(n) nn_threads(nn_threads(n)), 1L),
    "engine: instruction set" = call_of(function() nn_simd(nn_simd("portable"))),
    "engine: info" = call_of(function() utils::capture.output(print(nn_info()))[2])
  )
}

refused_calls <- function() {
  x <- numbers_like(1, 2, 2, 2)
  w <- numbers_like(2, 2, 3, 3)
  list(
    "refused: type" = call_of(nnf_conv2d, x + 1i, w),
    "refused: kernel" = call_of(nnf_conv2d, x, w),
    "refused: channels" = call_of(nnf_conv_transpose2d, x[, 1, , , drop = FALSE], w),
    "refused: bias" = call_of(nnf_conv_transpose2d, x, w, 1:3),
    "refused: stride" = call_of(nnf_conv_transpose2d, x, w, stride = 0L),
    "refused: output_size" = call_of(nnf_conv_transpose2d, x, w, output_size = 1:2),
    "refused: gradient" = call_of(nnf_conv_transpose2d_backward, x, x, w),
    "refused: padding" = call_of(nnf_pad, x, c(5, 0), "reflect"),
    "refused: elements" = call_of(nnf_pad, x, c(2147483647, 2147483647)),
    "refused: memory" = call_of(
      function(x) {
        before <- options(nnconv.memory = 0)
        on.exit(options(before))
        nnf_pad(x, c(1e7, 0))
      }, x
    ),
    "refused: layer" = call_of(nn_conv2d, 2L, 2L, 0L),
    "refused: member" = call_of(function(m) m$nothing, nn_relu()),
    "refused: chain" = call_of(nn_sequential, nn_conv2d(1, 2, 1), nn_conv2d(1, 2, 1)),
    "refused: state" = call_of(function(m, s) m$load_state_dict(s), nn_conv2d(1, 1, 1), list(1)),
    "refused: in a chain" = call_of(nn_sequential(nn_relu(), nn_conv2d(1, 2, 1)), x),
    "refused: step" = call_of(nn_optim_adam(), 1:3, 1:2)
  )
}
