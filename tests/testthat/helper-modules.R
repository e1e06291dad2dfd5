# Modules that many tests take: layers with all kinds of arguments, and a chain.

some_layers <- function() {
  list(
    nn_conv_transpose2d(2, 4, c(3, 2), stride = 2, padding = 1, groups = 2, dilation = c(1, 2)),
    nn_conv2d(2, 4, c(3, 2), stride = 2, padding = 1, dilation = c(1, 2), bias = FALSE)
  )
}

small_chain <- function() {
  nn_sequential(
    nn_conv2d(2, 4, 3, stride = 2, padding = 1, padding_mode = "reflect"),
    act = nn_leaky_relu(0.2),
    nn_conv_transpose2d(4, 3, 4, stride = 2, padding = 1, bias = FALSE),
    nn_tanh()
  )
}

chain_input <- function(...) random_array(..., 2, 8, 6)
