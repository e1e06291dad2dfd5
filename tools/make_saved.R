# Makes tests/testthat/fixtures/saved-<version>-rds<2 or 3>.rds: modules of every kind and an
# optimizer as this version saves them, with what they compute, for tests of later versions. Run
# with the package installed, before each release, and keep the files of the releases before:
# Rscript tools/make_saved.R

library(nnconv)
set.seed(1)
numbers <- function(...) array(round(stats::rnorm(prod(...)), 3), c(...))

modules <- list(
  conv2d = nn_conv2d(2, 3, 3, stride = 2, padding = 1, padding_mode = "reflect"),
  conv2d_same = nn_conv2d(2, 2, c(2, 3), padding = "same", bias = FALSE, dtype = "float32"),
  conv_transpose2d = nn_conv_transpose2d(2, 4, 3, stride = 2, padding = 1, output_padding = 1, groups = 2,
                                         padding_mode = "circular"),
  conv_transpose2d_single = nn_conv_transpose2d(2, 1, 4, dilation = c(1, 2), dtype = "float32"),
  compiled = nn_conv_transpose2d(2, 2, 2),
  relu = nn_relu(), leaky_relu = nn_leaky_relu(0.2), sigmoid = nn_sigmoid(), tanh = nn_tanh(),
  activation = nn_activation(sin, cos),
  sequential = nn_sequential(
    first = nn_conv2d(2, 3, 3, padding = 1), nn_relu(),
    nn_sequential(nn_conv_transpose2d(3, 1, 2, stride = 2), nn_sigmoid())
  )$eval(),
  batch_norm2d = nn_batch_norm2d(2, momentum = 0.2),
  batch_norm2d_average = nn_batch_norm2d(2, eps = 1e-3, momentum = NULL, affine = FALSE)$eval(),
  batch_norm2d_alone = nn_batch_norm2d(2, track_running_stats = FALSE),
  prelu = nn_prelu(), prelu_channels = nn_prelu(2, init = 0.1),
  dropout = nn_dropout(0.3)$eval(), dropout2d = nn_dropout2d(0.4)$eval(), dropout_all = nn_dropout(1),
  max_pool2d = nn_max_pool2d(2), max_pool2d_ceil = nn_max_pool2d(3, stride = c(2, 1), padding = 1, ceil_mode = TRUE),
  pixel_shuffle = nn_sequential(nn_conv2d(2, 8, 1), nn_pixel_shuffle(2)),
  upsample = nn_upsample(2), upsample_bilinear = nn_upsample(c(1.5, 2), "bilinear"),
  identity = nn_identity(),
  conv1d = nn_conv1d(2, 3, 3, stride = 2, padding = 1, padding_mode = "replicate"),
  conv_transpose1d = nn_conv_transpose1d(2, 3, 4, stride = 2, padding = 1, dtype = "float32"),
  `function` = nn_function(function(x) x^3, function(x, y, grad_output) 3 * x^2 * grad_output),
  skip = nn_skip(nn_conv2d(2, 2, 3, padding = 1), nn_batch_norm2d(2), nn_prelu(), join = "add"),
  unet = nn_skip(
    down = nn_conv2d(2, 4, 4, stride = 2, padding = 1), nn_batch_norm2d(4), nn_leaky_relu(0.2),
    inner = nn_skip(nn_max_pool2d(2, ceil_mode = TRUE), nn_upsample(2), nn_conv2d(4, 4, 1)),
    up = nn_conv_transpose2d(8, 2, 4, stride = 2, padding = 1)
  )
)
for (i in 1:4) modules$compiled(numbers(2, 5, 6)) # R compiles what is called often
for (m in modules[c("batch_norm2d", "skip", "unet")]) m(numbers(3, 2, 4, 5)) # buffers of a call
modules$batch_norm2d_average$running_mean <- c(0.5, -1)

saved <- list(
  modules = lapply(modules, function(m) {
    x <- if (inherits(m, c("nnconv_conv1d", "nnconv_conv_transpose1d"))) numbers(1, 2, 7) else numbers(1, 2, 4, 5)
    used <- m$clone() # training changes buffers
    results <- used$backward(x, function(y) y, c("output", "input", "weight", "bias"))
    list(
      module = m, x = x, format = format(m), state_dict = m$state_dict(), training = m$training,
      results = results, buffers = used$buffers
    )
  })
)
adam <- nn_optim_adam(lr = 0.1, weight_decay = 0.01)
parameters <- numbers(7)
for (i in 1:3) parameters <- adam(parameters, parameters^2)
saved$optimizer <- list(
  adam = adam, parameters = parameters,
  # What it does next, computed by a copy of it.
  after = unserialize(serialize(adam, NULL))(parameters, parameters^2)
)

for (version in 2:3) {
  name <- sprintf("saved-%s-rds%d.rds", utils::packageVersion("nnconv"), version)
  file <- file.path("tests/testthat/fixtures", name)
  saveRDS(saved, file, version = version, compress = "xz")
  cat(sprintf("%s: %d bytes\n", file, as.integer(file.size(file))))
}
