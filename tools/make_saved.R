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
  )$eval()
)
for (i in 1:4) modules$compiled(numbers(2, 5, 6)) # R compiles what is called often

saved <- list(
  modules = lapply(modules, function(m) {
    x <- numbers(1, 2, 4, 5)
    list(
      module = m, x = x, format = format(m), state_dict = m$state_dict(), training = m$training,
      results = m$backward(x, function(y) y, c("output", "input", "weight", "bias"))
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
