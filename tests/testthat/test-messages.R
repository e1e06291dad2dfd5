# What every refusal says, as a snapshot (_snaps/messages.md), and of which argument. The tests of
# each function hold the words that matter to it. Left out are the messages that quote R, the system
# or the processor. Those of files with other contents are snapshots of test-weights-checks.R and
# test-weights-file-kinds.R.

test_that("arguments of layers", {
  expect_refusals(
    "argument in_channels" = nn_conv2d(0, 1, 1),
    "type in_channels" = nn_conv2d("1", 1, 1),
    "argument in_channels" = nn_conv2d(3, 4, 1, groups = 2),
    "argument out_channels" = nn_conv_transpose2d(1, c(1, 2), 1),
    "argument out_channels" = nn_conv2d(4, 5, 1, groups = 2),
    "argument kernel_size" = nn_conv2d(1, 1, c(3, 3, 3)),
    "type kernel_size" = nn_conv2d(1, 1, NULL),
    "shape kernel_size" = nn_conv2d(2147483647, 2147483647, 1),
    "argument stride" = nn_conv2d(1, 1, 1, stride = 1.5),
    "argument stride" = nn_conv2d(1, 1, 3, stride = 1:2, padding = "same"),
    "argument dilation" = nn_conv2d(1, 1, 1, dilation = NA_real_),
    "argument padding" = nn_conv2d(1, 1, 1, padding = -1),
    "type padding" = nn_conv2d(1, 1, 1, padding = list(1)),
    "argument padding" = nn_conv2d(1, 1, 1, padding = "full"),
    "argument padding_mode" = nn_conv2d(1, 1, 1, padding_mode = "mirror"),
    "type padding_mode" = nn_conv2d(1, 1, 1, padding_mode = 1),
    "argument dtype" = nn_conv2d(1, 1, 1, dtype = "float16"),
    "argument bias" = nn_conv2d(1, 1, 1, bias = NA),
    "type bias" = nn_conv2d(1, 1, 1, bias = 1),
    "argument output_padding" = nn_conv_transpose2d(1, 1, 3, stride = 2, output_padding = 2),
    "argument output_padding" = nn_conv_transpose2d(1, 1, 3, padding = "same", output_padding = 1),
    "argument output_size" = nn_conv_transpose2d(1, 1, 3, output_size = 0),
    "argument extend" = nn_conv_transpose2d(1, 1, 3, padding = "same", extend = TRUE),
    "argument kernel_size" = nn_conv1d(1, 1, c(3, 3)),
    "argument padding" = nn_conv1d(1, 1, 3, padding = 1:3),
    "argument output_size" = nn_conv_transpose1d(1, 1, 3, output_size = 0),
    "argument out_channels" = nn_init_bilinear(3, 4, 2),
    "argument out_channels" = nn_init_bicubic(3, 4, 8),
    "argument name" = nn_pretrained("upscale3x")
  )
})

test_that("modules without kernels", {
  norm <- nn_batch_norm2d(2)
  pool <- nn_max_pool2d(3)
  x <- array(0, c(1, 2, 4, 4))
  expect_refusals(
    "argument num_features" = nn_batch_norm2d(1.5),
    "argument eps" = nn_batch_norm2d(2, eps = -1),
    "argument momentum" = nn_batch_norm2d(2, momentum = 1.5),
    "type affine" = nn_batch_norm2d(2, affine = 1),
    "shape input" = norm(array(0, c(1, 3, 4, 4))),
    "shape input" = norm(array(0, c(1, 2, 1, 1))),
    "argument tile" = predict(norm, x, tile = 2),
    "argument batch_size" = predict(norm, array(0, c(2, 2, 4, 4)), batch_size = 1),
    "argument dim" = norm$output_shape(c(1, 3, 4, 4)),
    "argument num_parameters" = nn_prelu(0),
    "argument init" = nn_prelu(init = Inf),
    "shape input" = nn_prelu(3)(x),
    "argument p" = nn_dropout(-1),
    "argument tile" = predict(nn_dropout2d(), x, tile = 2),
    "argument padding" = nn_max_pool2d(c(4, 3), padding = 2),
    "shape input" = pool(array(0, c(1, 2, 2))),
    "shape grad_output" = pool$backward(x, 1:2),
    "argument upscale_factor" = nn_pixel_shuffle(-1),
    "shape input" = nn_pixel_shuffle(2)(x),
    "argument ..." = nn_sequential(nn_conv2d(1, 2, 1), nn_pixel_shuffle(2)),
    "argument scale_factor" = nn_upsample(0),
    "argument mode" = nn_upsample(2, "bicubic"),
    "shape input" = nn_upsample(0.1)(x),
    "shape dim" = nn_upsample(1e9)$output_shape(c(1, 3, 3))
  )
})

test_that("inputs of layers, and what follows from their size", {
  down <- nn_conv2d(3, 1, 3)
  up <- nn_conv_transpose2d(1, 1, 3, stride = 2, padding = 1)
  x <- array(0, c(1, 1, 4, 4))
  expect_refusals(
    "type input" = down("a"),
    "type input" = down(as.raster(matrix(0))),
    "shape input" = down(array(0, c(2, 4, 5, 5))),
    "shape input" = down(array(0, c(5, 5, 3))),
    "shape input" = nn_conv2d(1, 1, 1)(matrix(0, 2, 2)),
    "shape input" = nn_conv2d(1, 1, 1)(array(0, c(9, 2, 2))),
    "shape input" = down(array(0, c(1, 3, 0, 5))),
    "shape input" = down(array(0, c(1, 3, 2, 5))),
    "shape padding" = nn_conv_transpose2d(1, 1, 1, padding = c(2, 0))(x),
    "shape padding" = nn_conv_transpose2d(1, 1, 1, padding = c(0, 0, 2, 2))(x),
    "shape padding" = nn_conv2d(1, 1, 1, padding = 4, padding_mode = "reflect")(x),
    "shape padding" = nn_conv_transpose2d(1, 1, 5, padding = 3, padding_mode = "circular")(x),
    "shape input" = nn_conv_transpose2d(1, 1, 1, stride = 2147483647)(x),
    "argument output_size" = up(x, output_size = c(6, 8)),
    "type output_size" = up(x, output_size = "8"),
    "argument output_size" = nn_conv_transpose2d(1, 1, 1, padding = 3)(x, output_size = 4:5),
    "shape input" = nn_conv1d(2, 1, 3)(x),
    "shape input" = nn_conv1d(2, 1, 3)(array(0, c(2, 0))),
    "shape grad_output" = nn_conv1d(1, 1, 1)$backward(array(0, c(1, 2)), 1:2),
    "argument output_size" = nn_conv_transpose1d(1, 1, 3)(array(0, c(1, 2)), output_size = 1:3),
    "argument dim" = nn_conv1d(2, 1, 3)$output_shape(c(1, 3, 5)),
    "argument dim" = down$output_shape(c(1, 2, 5, 5)),
    "type dim" = down$output_shape("a"),
    "argument dim" = nn_relu()$output_shape(-1)
  )
})

test_that("arguments of the functional forms", {
  x <- array(0, c(1, 2, 4, 4))
  w <- array(0, c(2, 2, 3, 3))
  y <- nnf_conv2d(x, w)
  expect_refusals(
    "shape weight" = nnf_conv2d(x, 1:9),
    "type weight" = nnf_conv2d(x, NULL),
    "argument groups" = nnf_conv2d(x, w, groups = 3),
    "shape bias" = nnf_conv2d(x, w, bias = 1:3),
    "type bias" = nnf_conv2d(x, w, bias = "a"),
    "argument wanted" = nnf_conv2d_backward(y, x, w, wanted = "output"),
    "shape grad_output" = nnf_conv2d_backward(x, x, w),
    "shape grad_output" = nnf_conv_transpose2d_backward(x, x, w, stride = 2),
    "type grad_output" = nnf_conv_transpose2d_backward("a", x, w),
    "argument pad" = nnf_pad(x, 1),
    "argument pad" = nnf_pad(1:3, 1:4),
    "type pad" = nnf_pad(x, "1"),
    "shape pad" = nnf_pad(x, c(-2, -2)),
    "shape pad" = nnf_pad(x, c(4, 0), "reflect"),
    "shape pad" = nnf_pad(x, c(2147483647, 2)),
    "argument mode" = nnf_pad(x, 1:2, "zeros"),
    "argument value" = nnf_pad(x, 1:2, value = 1:2),
    "type value" = nnf_pad(x, 1:2, value = "a")
  )
})

test_that("activations and chains", {
  f <- nn_activation(sum, cos)
  m <- nn_conv2d(2, 3, 3)
  net <- nn_sequential(m, act = nn_relu())
  self <- nn_sequential(nn_relu(), inner = nn_sequential(nn_relu()))
  skip <- nn_skip(nn_relu())
  endless <- nn_sequential(nn_relu())
  environment(endless)$children[[1]] <- endless
  expect_refusals(
    "argument negative_slope" = nn_leaky_relu(Inf),
    "type negative_slope" = nn_leaky_relu("a"),
    "type f" = nn_activation(1, cos),
    "shape f" = f(1:3),
    "shape grad_output" = nn_relu()$backward(1:3, 1:2),
    "argument ..." = nn_sequential(),
    "type ..2" = nn_sequential(m, 1),
    "type ..1" = nn_sequential(list(m, nn_relu()), nn_relu()),
    "type act" = nn_sequential(act = sin),
    "argument ..." = nn_sequential(a.b = m),
    "argument ..." = nn_sequential(m, m),
    "argument ..." = nn_sequential(m, nn_conv2d(2, 1, 1)),
    "argument ..." = endless(1:3),
    "argument ..." = nn_sequential(nn_conv1d(1, 1, 1), nn_conv2d(1, 1, 1)),
    "shape object" = predict(nn_function(function(x) x[1, , , ]), array(0, c(2, 1, 2, 2)), batch_size = 1),
    "type forward" = nn_function("a"),
    "type backward" = nn_function(sin, cos),
    "type forward" = nn_function(function(x) "a")(1:3),
    "type backward" = nn_function(sin)$backward(1:3, 1:3),
    "shape backward" = nn_function(sin, function(x, y, grad_output) 1)$backward(1:3, 1:3),
    "argument tile" = predict(nn_function(sin), array(0, c(1, 2, 2)), tile = 1),
    "argument join" = nn_skip(m, join = "sum"),
    "argument ..." = nn_skip(),
    "argument ..." = nn_skip(m, join = "add"),
    "argument ..." = nn_sequential(nn_skip(nn_relu(), m, join = "add")),
    "argument ..." = nn_sequential(nn_skip(m), nn_conv2d(3, 1, 1)),
    "shape input" = nn_skip(m)(array(0, c(2, 5, 5))),
    "shape input" = nn_skip(nn_activation(function(x) x, cos), join = "concat")(1:3),
    "shape input" = nn_skip(nn_conv2d(2, 3, 3, 3), up = nn_conv_transpose2d(3, 3, 1, 2))(array(0, c(2, 9, 9))),
    "shape grad_output" = nn_skip(nn_relu())$backward(array(0, c(1, 2, 2)), array(0, c(1, 2, 2))),
    "member name" = skip$join <- "add",
    "argument inner" = self$inner <- self,
    "shape input" = net(array(0, c(1, 4, 4))),
    "shape x" = as.data.frame(nn_arithmetic(nn_conv2d(1, 1, 60), 100))
  )
})

test_that("members and parameters", {
  m <- nn_conv2d(2, 3, 3, bias = FALSE)
  net <- nn_sequential(m, act = nn_relu())
  changed <- m$clone()
  environment(changed)$config$stride <- 0
  expect_refusals(
    "member name" = m$wieght,
    "member name" = m$no_such_member,
    "member name" = net[[3]],
    "member i" = net[[1, 2]],
    "member name" = m$stride <- 2,
    "member name" = m$dtype <- "float32",
    "member name" = m$bias <- 1:3,
    "member name" = net$weights <- 1,
    "shape weight" = m$weight <- array(0, c(3, 2, 3, 2)),
    "type 0" = net[[1]] <- 3,
    "argument act" = net$act <- nn_conv2d(1, 1, 1),
    "type mode" = m$train("yes"),
    "type state_dict" = m$load_state_dict(1),
    "type state_dict" = m$load_state_dict("net.pth"),
    "state state_dict" = m$load_state_dict(list(epoch = 3, model = list(state = m$state_dict()))),
    "state state_dict" = m$load_state_dict(list(epoch = 3, model = m$state_dict("up."))),
    "state state_dict" = m$load_state_dict(list(up = 1), rename = c(weight = "up")),
    "state state_dict" = m$load_state_dict(list(1)),
    "state state_dict" = m$load_state_dict(list(kernel = 1, weight = 1, weight = 1)),
    "state state_dict" = net$load_state_dict(list(`net.0.weight` = m$weight)),
    "shape weight" = m$load_state_dict(list(weight = 1)),
    "argument weight" = m$load_state_dict(list(weight = structure(-0, class = "integer64"))),
    "type rename" = m$load_state_dict(list(), rename = 1),
    "argument rename" = m$load_state_dict(list(), rename = "a"),
    "argument rename" = m$load_state_dict(list(), rename = c("(" = "a")),
    "argument rename" = m$load_state_dict(list(), rename = function(names) 1),
    "type strict" = m$load_state_dict(list(), strict = 1),
    "argument layout" = m$state_dict(layout = "caffe"),
    "type x" = nn_parameters_vector("a"),
    "type x" = nn_set_parameters_vector(3, 1),
    "shape value" = nn_set_parameters_vector(m, 1:3),
    "state stride" = changed$output_shape(c(2, 5, 5)),
    "state stride" = changed(array(0, c(2, 5, 5)))
  )
})

test_that("optimizers", {
  adam <- nn_optim_adam()
  later <- nn_optim_adam()
  later(1:3, 1:3)
  expect_refusals(
    "argument lr" = nn_optim_adam(lr = -1),
    "argument betas" = nn_optim_adam(betas = c(0.9, 1)),
    "shape gradient" = adam(1:3, 1:2),
    "shape parameters" = later(1:2, 1:2),
    "type parameters" = adam("a", 1),
    "argument dampening" = nn_optim_sgd(dampening = 2),
    "argument nesterov" = nn_optim_sgd(nesterov = TRUE)
  )
})

test_that("prediction, matrices and pictures", {
  m <- nn_conv2d(2, 1, 3)
  x <- array(0, c(1, 2, 5, 5))
  around <- nn_conv2d(2, 1, 3, padding = 1, padding_mode = "circular")
  native <- structure(matrix(1.5), class = "nativeRaster")
  summing <- nn_activation(function(x) 1:3, cos)
  changed <- m$clone()
  environment(changed)$weight <- 1
  expect_refusals(
    "argument tile" = predict(around, x, tile = 2),
    "argument output_size" = predict(m, x, output_size = c(3, 3), tile = 2),
    "shape newdata" = predict(m, x[1, , , 1], tile = 2),
    "shape newdata" = predict(nn_relu(), 1:3, tile = 2),
    "shape f" = predict(nn_sequential(m, summing), x, tile = 2),
    "type x" = as.matrix(nn_relu(), 1:3),
    "state weight" = as.matrix(nn_sequential(changed), c(2, 5, 5)),
    "argument output_size" = as.matrix(m, c(2, 5, 5), output_size = 3),
    "shape input_shape" = as.matrix(nn_conv2d(1, 1, 1), c(1, 9999, 9999)),
    "argument layout" = as_nchw(x),
    "type layout" = as_nchw(x, 3),
    "argument layout" = as_nchw(x, "hwc"),
    "shape layout" = as_nchw(x, "HW"),
    "shape layout" = from_nchw(x, "HW"),
    "argument range" = as_nchw(x, "NCHW", range = c(1, 1)),
    "type x" = as_nchw("a", "HW"),
    "type x" = as_nchw(c("a", "b"), "HW"),
    "type x" = as_nchw(structure(list(), class = "magick-image"), "CWH"),
    "type x" = as_nchw(native, "HW"),
    "shape layout" = as_nchw(as.raster(matrix(0)), "CWH"),
    "shape x" = nn_enlarge(array(0, c(2, 2, 6)), "HWC"),
    "type net" = nn_enlarge(matrix(0, 2, 2), "HW", mean),
    "argument net" = nn_enlarge(matrix(0, 2, 2), "HW", nn_conv2d(3, 3, 3))
  )
})

test_that("drawing", {
  withr::local_pdf(NULL)
  m <- nn_conv2d(1, 1, 3)
  a <- nn_arithmetic(m, 5)
  expect_refusals(
    "type layer" = nn_arithmetic("a"),
    "type layer" = nn_arithmetic(nn_sequential(m)),
    "argument output_size" = nn_arithmetic(m, 5, 3),
    "shape input" = nn_arithmetic(m, 600),
    "argument step" = plot(a, step = 10),
    "argument step" = plot(a, step = 1, along = "height"),
    "argument along" = plot(a, along = "depth"),
    "type main" = plot(a, main = 1),
    "type main" = plot(m, main = list(1)),
    "argument rows" = plot(m, rows = 2),
    "type columns" = plot(m, columns = "a"),
    "argument rows" = plot(nn_relu(), rows = 1),
    "argument dim" = plot(m, dim = c(5, 5, 5)),
    "type dim" = plot(m, dim = "a"),
    "type arithmetic" = nn_animate("a"),
    "argument steps" = nn_animate(a, steps = 10),
    "argument pause" = nn_animate(a, pause = -1),
    "type file" = nn_animate(a, file = 1),
    "argument file" = nn_animate(a, file = "a.pdf"),
    "argument width" = nn_animate(a, file = "a.gif", width = 10001)
  )
})

test_that("files of weights, and what is asked of them", {
  withr::local_dir(withr::local_tempdir())
  file <- "weights.safetensors"
  tensors <- list(a = 1, b.w = 1:2)
  nn_save_safetensors(tensors, file)
  bytes <- function(dtype, shape, size) {
    safetensors_bytes(paste0("{", tensor_json("t", dtype, shape, 0, size), "}"), as.raw(seq_len(size)))
  }
  odd <- bytes("C64", 1, 8)
  wide <- bytes("F32", c(2^31, 0), 0)
  truth <- bytes("BOOL", 8, 8)
  large <- bytes("I64", 1, 8)
  expect_refusals(
    "type file" = nn_load_safetensors(1),
    "argument file" = nn_load_safetensors(NA_character_),
    "argument file" = nn_load_safetensors(strrep("a", 4001)),
    "type names" = nn_load_safetensors(file, 1),
    "argument names" = nn_load_safetensors(file, "c"),
    "argument prefix" = nn_load_safetensors(file, prefix = "c"),
    "type prefix" = nn_load_safetensors(file, prefix = 1),
    "argument prefix" = nn_load_safetensors(file, prefix = c("a", "b")),
    "file file" = nn_load_safetensors(odd),
    "file file" = nn_load_safetensors(wide),
    "file file" = nn_load_safetensors(truth),
    "file file" = nn_load_safetensors(large),
    "file file" = nn_load_safetensors("."),
    "file file" = nn_save_safetensors(tensors, "."),
    "type tensors" = nn_save_safetensors(1, file),
    "argument tensors" = nn_save_safetensors(list(1), file),
    "argument tensors" = nn_save_safetensors(list(a = 1, a = 2), file),
    "argument tensors" = nn_save_safetensors(list(`__metadata__` = 1), file),
    "type tensors" = nn_save_safetensors(list(a = "x"), file),
    "argument tensors" = nn_save_safetensors(list(a = 128), file, "I8"),
    "argument dtype" = nn_save_safetensors(tensors, file, "F31"),
    "argument dtype" = nn_save_safetensors(tensors, file, c(c = "F32")),
    "argument dtype" = nn_save_safetensors(tensors, file, c("F32", "F32")),
    "type scalars" = nn_save_safetensors(tensors, file, scalars = 1),
    "argument scalars" = nn_save_safetensors(tensors, file, scalars = "b.w"),
    "argument scalars" = nn_save_safetensors(tensors, file, scalars = "c"),
    "type metadata" = nn_save_safetensors(tensors, file, metadata = list(a = "b")),
    "argument metadata" = nn_save_safetensors(tensors, file, metadata = "a"),
    "argument metadata" = nn_save_safetensors(tensors, file, metadata = c(a = "b", a = "c")),
    "type file" = nn_load_torch(1),
    "file file" = nn_load_torch(torch_bytes(p_name("os.system"))),
    "file file" = nn_load_torch(torch_bytes(as.raw(c(0x8a, 8, rep(1, 8))))),
    "argument part" = nn_load_torch(torch_bytes(p_dict(p_text("a"), p_none)), part = "b"),
    "argument part" = nn_load_torch(torch_bytes(p_dict(p_text("a"), p_none)), part = "a.b"),
    "type part" = nn_load_torch(torch_bytes(p_none), part = 1),
    "file shape" = array_from_tensor(as.raw(1:4), list(dtype = "F32", shape = 5))
  )
})

test_that("memory, packages and the engine", {
  large <- array(0, c(1, 1, 2, 2))
  withr::local_options(nnconv.memory = 1e6)
  expect_refusals(
    "memory pad" = nnf_pad(large, c(1e7, 0)),
    "memory input" = refuse_scratch(),
    "package no.such.package" = need_package("no.such.package", "for GIF files"),
    "argument n" = nn_threads(-1)
  )
  withr::local_options(nnconv.memory = "all", nnconv.algorithm = "fast")
  expect_refusals(
    "argument nnconv.memory" = nnf_pad(large, c(1e7, 0)),
    "argument nnconv.algorithm" = nnf_conv2d(large, array(0, c(1, 1, 1, 1)))
  )
  withr::local_options(nnconv.memory = NULL, nnconv.algorithm = NULL, nnconv.keep_weights = "no")
  expect_refusals(
    "type nnconv.keep_weights" = nn_conv2d(256, 64, 1)(array(0, c(256, 1, 1)))
  )
})
