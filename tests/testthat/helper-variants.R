# Variants: calls for every_call() (helper-calls.R) that take other ways through the package.

variants <- function() {
  down <- nn_conv2d(2, 3, 3, padding = 1)
  up <- nn_conv_transpose2d(3, 2, 2, stride = 2, dtype = "float32")
  net <- nn_sequential(down, nn_leaky_relu(), up)
  x <- numbers_like(2, 3, 3)
  image <- numbers_like(1, 2, 5, 4)
  w <- numbers_like(2, 2, 3, 3)
  activations <- list(nn_relu(), nn_leaky_relu(0.1), nn_sigmoid(), nn_tanh(), nn_activation(sin, cos))
  of_up <- list(output_padding = list(stride = c(2, 1), output_padding = c(1, 0)),
                output_size = list(stride = 2, output_size = c(10, 6)))
  of_both <- c(functional_variants("conv2d", list(padding = list(padding = "same"))),
               functional_variants("conv_transpose2d", of_up))
  c(of_both, list(
    "pad: reflect" = list(nnf_pad, x, c(1, 2, 0, 1), "reflect"),
    "pad: replicate" = list(nnf_pad, matrix(1:6, 2), c(1, 2, -1, 1), "replicate"),
    "pad: circular" = list(nnf_pad, x > 0, c(-1, 2), "circular"),
    "pad: a range" = list(nnf_pad, 1:10, 1:2, "reflect"),
    "picture: bytes" = list(as_nchw, array(as.raw(0:23), c(3, 4, 2)), "CWH", c(0, 255)),
    "picture: a range" = list(as_nchw, matrix(1:6, 2), "HW", 0:1),
    "module: call" = list(down, image),
    "module: output_size" = list(up, numbers_like(3, 2, 2), output_size = 5:4),
    "module: tiles" = list(predict, net, image, batch_size = 1L, tile = 2:3, progress = FALSE),
    "module: backward" = list(net$backward, image, function(y) y, c("output", "input", "weight")),
    "module: chain" = list(function(net, x) {
      for (shown in list(net, summary(net, dim(x)))) print(shown)
      m <- net$clone()$to("float32")$eval()$train(FALSE)
      list(m$forward(x), m$training, all.equal(net, m), length(m), format(m[[1]]), format(m$`1`))
    }, net, image),
    "module: sequences" = list(function(net, x) {
      print(net)
      list(net(x), net$backward(x, function(y) y), predict(net, x, tile = 2L, progress = FALSE), summary(net, dim(x)))
    }, nn_sequential(nn_conv1d(2, 3, 3, padding = 1), nn_conv_transpose1d(3, 2, 2, 2)), numbers_like(1, 2, 5)),
    "module: skips" = list(function(net, x) {
      print(net)
      list(net(x), net$backward(x, function(y) y), summary(net, dim(x)), format(net), as.matrix(net[[1]], dim(x)))
    }, nn_sequential(nn_skip(nn_conv2d(2, 2, 1)), nn_skip(nn_conv2d(4, 4, 3, padding = 1), nn_relu(), join = "add")),
    image[1, , 1:3, 1:3]),
    "module: skips in tiles" = list(
      predict, nn_skip(nn_conv2d(2, 2, 3, 2, 1), nn_conv_transpose2d(2, 2, 3, 2, 1)), image,
      tile = 2:3, progress = FALSE
    ),
    "activations" = list(function(x) lapply(activations, function(f) list(f(x), f$backward(x, x))), -3:10),
    "file: of types" = list(reread, list(w = x, n = 1:4), c(w = "BF16", n = "U8"), NULL, character()),
    "plot: circular" = list(plot, nn_conv_transpose2d(1, 1, 3, 2, 1, padding_mode = "circular"), input = 2L),
    "vector" = list(function(m, v) coef(nn_set_parameters_vector(list(m), v)[[1]]), nn_conv2d(1, 1, 2), 1:5),
    "adam" = list(function(p, g, adam = nn_optim_adam(lr = 0.1)) adam(adam(p, g), g, lr = 0.05), 1:5, 5:1),
    "engine: info" = list(function() utils::capture.output(print(nn_info()))[2]),
    "refused: type" = list(nnf_conv2d, image + 1i, w),
    "refused: kernel" = list(nnf_conv2d, image[, , 1:2, ], w),
    "refused: channels" = list(nnf_conv_transpose2d, image[, 1, , , drop = FALSE], w),
    "refused: bias" = list(nnf_conv_transpose2d, image, w, 1:3),
    "refused: stride" = list(nnf_conv_transpose2d, image, w, stride = 0L),
    "refused: output_size" = list(nnf_conv_transpose2d, image, w, output_size = 1:2),
    "refused: gradient" = list(nnf_conv_transpose2d_backward, image, image, w),
    "refused: padding" = list(nnf_pad, x, c(5, 0), "reflect"),
    "refused: elements" = list(nnf_pad, x, c(2147483647, 2147483647)),
    "refused: memory" = list(with_options(nnf_pad, nnconv.memory = 0), x, c(1e7, 0)),
    "file: of torch" = list(nn_load_torch, system.file("extdata", "checkpoint.pt", package = "nnconv")),
    "refused: file" = list(nn_load_safetensors, as.raw(0:9)),
    "refused: file of torch" = list(nn_load_torch, as.raw(0:9)),
    "refused: layer" = list(nn_conv2d, 2L, 2L, 0L),
    "refused: member" = list(function(m) m$nothing, nn_relu()),
    "refused: chain" = list(nn_sequential, nn_conv2d(1, 2, 1), nn_conv2d(1, 2, 1)),
    "refused: sequences" = list(nn_conv1d(2, 2, 3), image),
    "refused: sum" = list(nn_skip, down, join = "add"),
    "refused: size of a skip" = list(nn_skip(nn_conv2d(2, 1, 2)), image),
    "refused: state" = list(down$load_state_dict, list(1)),
    "refused: in a chain" = list(nn_sequential(nn_relu(), nn_conv2d(1, 2, 1)), image),
    "refused: step" = list(nn_optim_adam(), 1:3, 1:2)
  ))
}

with_options <- function(f, ...) {
  set <- list(...)
  function(...) {
    before <- options(set)
    on.exit(options(before))
    f(...)
  }
}

functional_variants <- function(name, own_variants) {
  forward <- getExportedValue("nnconv", paste0("nnf_", name))
  backward <- getExportedValue("nnconv", paste0("nnf_", name, "_backward"))
  x <- numbers_like(2, 2, 4, 3)
  w <- numbers_like(2, 2, 3, 2)
  y <- forward(x, w, padding = 1)
  transforms <- with_options(forward, nnconv.algorithm = "transforms")
  calls <- list(
    plain = list(forward, x, w, 1:2),
    "without bias or batch" = list(forward, x[1, , , ], w),
    groups = list(forward, x, w[, 1, , , drop = FALSE], bias = NULL, groups = 2),
    geometry = list(forward, x, w, 1:2, stride = 2:1, padding = 1:0, dilation = 1:2),
    integers = list(forward, array(1:24, c(2, 4, 3)), array(1:24, dim(w)), 1:2),
    logicals = list(forward, x > 0, w > 0),
    "no images" = list(forward, x[0, , , , drop = FALSE], w, 1:2),
    direct = list(with_options(forward, nnconv.algorithm = "direct"), x, w),
    transforms = list(transforms, x, w, 1:2, padding = 1),
    columns = list(with_options(forward, nnconv.algorithm = "col2im"), x, w, 1:2, padding = 1),
    planes = list(with_options(forward, nnconv.algorithm = "planes"), x, w, 1:2, padding = 1),
    "transforms in float32" = list(transforms, x, w, stride = 2, dtype = "float32"),
    gradients = list(backward, y, x, w, 1:2, padding = 1),
    "gradients without bias or batch" = list(backward, y[1, , , ], x[1, , , ], w, padding = 1),
    "gradients in float32" = list(backward, y, x, w, padding = 1, dtype = "float32"),
    "gradients around" = list(backward, y, x, w, padding = 1, padding_mode = "circular"),
    "one gradient" = list(backward, y, x, w, 1:2, padding = 1, wanted = "bias")
  )
  modes <- list(reflect = "reflect", replicate = "replicate", circular = "circular")
  modes <- lapply(modes, function(mode) list(bias = 1:2, padding = 1, padding_mode = mode))
  calls <- c(calls, lapply(c(modes, own_variants), function(more) c(list(forward, x, w), more)))
  stats::setNames(calls, paste(name, names(calls), sep = ": "))
}
