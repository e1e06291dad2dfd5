# Every loop whose length the user chooses has a checkpoint, at which R ends the call when its time is
# over. Each call here takes far longer than its limit.

skip_on_cran()

numbers <- function(...) array(rep_len(c(0.5, -1, 0.25, 2, -0.125), prod(...)), c(...))

# Half as many taps as there are samples: each cell at the edges has links of its own.
samples <- function() numbers(1, 1, 88200, 1)
taps <- function() numbers(1, 1, 44100, 1)

# Each prepares what the call needs, and returns the call.
long_calls <- list(
  "a convolution of many taps" = function() {
    x <- samples()
    w <- taps()
    function() nnf_conv2d(x, w, padding = c(22050, 0))
  },
  "a transposed convolution of many taps" = function() {
    x <- samples()
    w <- taps()
    function() nnf_conv_transpose2d(x, w, padding = c(22050, 0))
  },
  "many taps in a reflected border" = function() {
    x <- samples()
    w <- taps()
    function() nnf_conv2d(x, w, padding = c(44000, 0), padding_mode = "reflect")
  },
  "many taps that all lead to the edge" = function() {
    x <- samples()
    w <- taps()
    function() nnf_conv_transpose2d(x, w, padding = c(44000, 0), padding_mode = "replicate")
  },
  "many taps around a circle, in float32" = function() {
    x <- samples()
    w <- taps()
    function() nnf_conv_transpose2d(x, w, padding = c(44000, 0), padding_mode = "circular", dtype = "float32")
  },
  "the gradient of many taps" = function() {
    x <- samples()
    y <- x[, , -1, , drop = FALSE]
    w <- taps()
    function() nnf_conv2d_backward(x, y, w, padding = c(22050, 0), wanted = "weight")
  },
  "the gradient of many taps in a border, across, in float32" = function() {
    x <- numbers(1, 1, 1, 88200)
    y <- x[, , , -1, drop = FALSE]
    w <- numbers(1, 1, 1, 44100)
    function() {
      nnf_conv2d_backward(x, y, w, padding = c(0, 22050), padding_mode = "reflect", dtype = "float32",
                          wanted = "weight")
    }
  },
  "a stride over many cells" = function() {
    x <- numbers(1, 1, 3e6, 2)
    w <- numbers(1, 1, 5, 1)
    function() {
      for (i in 1:100) nnf_conv_transpose2d(x, w, stride = c(7, 1), dilation = c(3, 1))
    }
  },
  "a wide dilation" = function() {
    x <- numbers(1, 1, 2e7, 1)
    w <- numbers(1, 1, 99, 1)
    function() nnf_conv2d(x, w, dilation = c(100003, 1))
  },
  "initial values" = function() function() nn_conv2d(9000, 9000, 1),
  "a large bilinear kernel" = function() function() nn_init_bilinear(6, 6, 2000),
  "more packing than products" = function() {
    w <- numbers(6000, 6000, 1, 1)
    x <- numbers(1, 6000, 1, 1)
    function() for (i in 1:100) nnf_conv2d(x, w)
  },
  "padding" = function() {
    x <- numbers(1, 7000, 7000)
    function() for (i in 1:100) nnf_pad(x, c(5, 5), "reflect")
  },
  "another order of axes" = function() {
    x <- array(as.raw(1:255), c(7000, 7000, 3))
    function() as_nchw(x, "HWC", c(0, 255))
  },
  "the optimizer" = function() {
    adam <- nn_optim_adam()
    p <- numbers(1e7)
    function() for (i in 1:100) adam(p, p)
  },
  "an activation" = function() {
    x <- numbers(1, 1, 6000, 6000)
    function() for (i in 1:100) nn_tanh()(x)
  },
  "a matrix" = function() {
    m <- nn_conv2d(2, 2, 21, padding = 10)
    function() for (i in 1:100) as.matrix(m, c(2, 45, 45))
  },
  "a prediction by small tiles" = function() {
    m <- nn_conv2d(1, 1, 3)
    x <- numbers(1, 1, 2000, 2000)
    function() predict(m, x, tile = 8, progress = FALSE)
  }
)

limit <- 0.3 # s
grace <- 1.2 # for machines with much else to do; the aim is 0.2

for (name in names(long_calls)) {
  test_that(sprintf("a time limit ends %s", name), {
    call <- long_calls[[name]]()
    begin <- proc.time()[["elapsed"]]
    message <- tryCatch(
      {
        setTimeLimit(elapsed = limit, transient = TRUE)
        call()
        "it ended by itself"
      },
      error = conditionMessage, finally = setTimeLimit()
    )
    expect_identical(message, "reached elapsed time limit")
    expect_lt(proc.time()[["elapsed"]] - begin, limit + grace)
  })
}
