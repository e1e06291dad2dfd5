# What files of PyTorch hold of NumPy and of Python's collections.

test_that("numbers of NumPy and dicts with default values are plain values", {
  got <- nn_load_torch(torch_fixture("numpy"))
  signed <- c("f8", "f4", "f2", "i8", "i4", "i2", "i1")
  unsigned <- c("u8", "u4", "u2", "u1")
  expect_identical(got$numbers, c(
    stats::setNames(rep(list(-5), 7), signed), stats::setNames(rep(list(200), 4), unsigned),
    list(pi = 3.14159265358979, inf = Inf, true = TRUE, large = 2^53 - 1, dtype = "torch.float32")
  ))
  expect_identical(got$history, list(loss = list(0.5, 0.25)))
  expect_identical(got$makers, lapply(list(dict = 1, int = 1, float = 1, set = 1), function(x) list(a = x)))
  expect_length(got$none, 0)

  dtype <- function(code, order = "<") {
    c(p_call("numpy.dtype", p_text(code), p_false, p_false), p_tuple(p_whole(3), p_text(order), p_none), charToRaw("b"))
  }
  bytes <- function(x) c(charToRaw("B"), little_endian(length(x), 4), x)
  scalar <- function(dtype, x, module = "numpy._core.multiarray") {
    torch_bytes(p_call(paste0(module, ".scalar"), dtype, bytes(as.raw(x))))
  }
  expect_identical(nn_load_torch(scalar(dtype("i2"), c(1, 2))), 513)
  expect_identical(nn_load_torch(scalar(dtype("b1", "|"), 1, "numpy.core.multiarray")), TRUE)
  large <- scalar(dtype("i8"), c(1, 0, 0, 0, 0, 0, 32, 0)) # 2^53 + 1
  expect_refusal(nn_load_torch(large), "file", "file", "integers up to 2^53")
  expect_identical(nn_load_torch(large, lossy = TRUE), 2^53)
  refused_torch(scalar(dtype("i2"), 1:3), "other arguments than PyTorch gives it")
  refused_torch(scalar(dtype("i2"), integer()), "other arguments than PyTorch gives it")
  refused_torch(scalar(dtype("i2", ">"), 1:2), "numbers of a big-endian NumPy")
  refused_torch(scalar(dtype("c8"), 1:8), "other arguments than PyTorch gives it")
  refused_torch(scalar(p_name("torch.complex64"), 1:8), "other arguments than PyTorch gives it")
  refused_torch(scalar(p_name("torch.Size"), 1:8), "other arguments than PyTorch gives it")
  refused_torch(torch_bytes(p_call("builtins.list", p_dict())), "other arguments than PyTorch gives it")
  refused_torch(torch_bytes(p_name("torch.float32"), p_none, charToRaw("b")), "a dtype of NumPy has other arguments")
})
