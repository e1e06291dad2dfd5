# Safetensors files: what is read is what the bytes say, and what is written reads as it was.

all_dtypes <- c(
  "F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0", "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"
)

round_trip <- function(tensors, ...) {
  file <- withr::local_tempfile()
  nn_save_safetensors(tensors, file, ...)
  nn_load_safetensors(file)
}

test_that("numbers of every type are read as their bytes say", {
  float <- function(x, size) writeBin(x, raw(), size = size, endian = "little")
  cases <- list(
    F64 = list(c(0, -1.5, 1e300, Inf), float(c(0, -1.5, 1e300, Inf), 8L)),
    F32 = list(c(0, -1.5, 2^-149, -Inf), float(c(0, -1.5, 2^-149, -Inf), 4L)),
    F16 = list(c(1, -2, 65504, 2^-24), as.raw(c(0, 0x3c, 0, 0xc0, 0xff, 0x7b, 1, 0))),
    BF16 = list(c(1, -2, 2^-133, 3.140625), as.raw(c(0x80, 0x3f, 0, 0xc0, 1, 0, 0x49, 0x40))),
    F8_E4M3 = list(c(1, -448, 2^-9, NaN), as.raw(c(0x38, 0xfe, 0x01, 0x7f))),
    F8_E5M2 = list(c(1, -57344, 2^-16, -Inf), as.raw(c(0x3c, 0xfb, 0x01, 0xfc))),
    F8_E4M3FNUZ = list(c(1, -240, 2^-10, NaN), as.raw(c(0x40, 0xff, 0x01, 0x80))),
    F8_E5M2FNUZ = list(c(1, -57344, 2^-17, NaN), as.raw(c(0x40, 0xff, 0x01, 0x80))),
    F8_E8M0 = list(c(1, 2^-127, 2^127, NaN), as.raw(c(0x7f, 0x00, 0xfe, 0xff))),
    I8 = list(c(0, 127, -128, -1), as.raw(c(0, 127, 128, 255))),
    U8 = list(c(0, 127, 128, 255), as.raw(c(0, 127, 128, 255))),
    I16 = list(c(1, 256, -32768, -1), as.raw(c(1, 0, 0, 1, 0, 128, 255, 255))),
    U16 = list(c(1, 256, 32768, 65535), as.raw(c(1, 0, 0, 1, 0, 128, 255, 255))),
    I32 = list(c(1, 2^24, -2^31, -1), as.raw(c(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 128, rep(255, 4)))),
    U32 = list(c(1, 2^24, 2^31, 2^32 - 1), as.raw(c(1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 128, rep(255, 4)))),
    I64 = list(c(1, 2^53, -2^53, -1), c(
      little_endian(1), little_endian(2^53), as.raw(c(0, 0, 0, 0, 0, 0, 0xe0, 0xff)), rep(as.raw(255), 8)
    )),
    U64 = list(c(1, 2^53, 2^32, 0), c(
      little_endian(1), little_endian(2^53), little_endian(2^32), little_endian(0)
    )),
    BOOL = list(c(FALSE, TRUE, TRUE, FALSE), as.raw(c(0, 1, 1, 0)))
  )
  expect_setequal(names(cases), all_dtypes)
  for (dtype in names(cases)) {
    bytes <- cases[[dtype]][[2]]
    json <- sprintf("{%s}", tensor_json("x", dtype, c(2, 2), 0, length(bytes)))
    file <- local_safetensors(safetensors_bytes(json, bytes))
    x <- nn_load_safetensors(file)$x
    expect_identical(x, from_rows(cases[[dtype]][[1]], c(2, 2)), label = dtype)
    # and written as they were
    copy <- withr::local_tempfile()
    nn_save_safetensors(list(x = x), copy, dtype = dtype)
    expect_identical(utils::tail(readBin(copy, "raw", 1e4), length(bytes)), bytes, label = dtype)
  }
})

test_that("all numbers of 16 bits are those of the definition, and are written as they were", {
  words <- unlist(lapply(0:65535, little_endian, size = 2L))
  for (dtype in c("F16", "BF16")) {
    json <- sprintf("{%s}", tensor_json("x", dtype, 65536, 0, 131072))
    x <- as.vector(nn_load_safetensors(local_safetensors(safetensors_bytes(json, words)))$x)
    expected <- numbers_of_16_bits(if (dtype == "F16") 5 else 8)
    expect_identical(x, expected)
    expect_identical(1 / x[which(x == 0)], c(Inf, -Inf)) # the sign of zero
    copy <- withr::local_tempfile()
    nn_save_safetensors(list(x = x), copy, dtype = dtype)
    written <- matrix(utils::tail(readBin(copy, "raw", 2e5), 131072), 2)
    expect_identical(written[, !is.nan(x)], matrix(words, 2)[, !is.nan(x)])
    expect_identical(as.vector(nn_load_safetensors(copy)$x), x)
  }
})

dtypes_of_8_bits <- c("F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0")

test_that("all numbers of 8 bits are those of the definition, and are written as they were", {
  codes <- as.raw(0:255)
  for (dtype in dtypes_of_8_bits) {
    json <- sprintf("{%s}", tensor_json("x", dtype, 256, 0, 256))
    x <- as.vector(nn_load_safetensors(local_safetensors(safetensors_bytes(json, codes)))$x)
    expected <- numbers_of_8_bits(dtype)
    expect_identical(x, expected, label = dtype)
    expect_identical(1 / x, 1 / expected, label = dtype) # the sign of zero
    copy <- withr::local_tempfile()
    nn_save_safetensors(list(x = x), copy, dtype = dtype)
    written <- utils::tail(readBin(copy, "raw", 1e4), 256)
    expect_identical(written[!is.nan(x)], codes[!is.nan(x)], label = dtype)
    expect_identical(as.vector(nn_load_safetensors(copy)$x), x, label = dtype)
  }
  # What the specifications' tables say.
  finite <- lapply(stats::setNames(nm = dtypes_of_8_bits), function(dtype) {
    x <- numbers_of_8_bits(dtype)
    range(x[is.finite(x) & x > 0])
  })
  expect_identical(finite, list(
    F8_E4M3 = c(2^-9, 448), F8_E5M2 = c(2^-16, 57344), F8_E4M3FNUZ = c(2^-10, 240),
    F8_E5M2FNUZ = c(2^-17, 57344), F8_E8M0 = c(2^-127, 2^127)
  ))
})

test_that("numbers of 8 bits in arrays keep their indices", {
  codes <- as.raw((seq_len(2 * 300 * 70) * 37) %% 256)
  json <- sprintf("{%s}", tensor_json("x", "F8_E5M2", c(2, 300, 70), 0, length(codes)))
  x <- nn_load_safetensors(local_safetensors(safetensors_bytes(json, codes)))$x
  expect_identical(x, from_rows(numbers_of_8_bits("F8_E5M2")[as.integer(codes) + 1], c(2, 300, 70)))
})

test_that("on writing, numbers become the nearest ones, and of two the even one", {
  for (dtype in c("F16", "BF16", setdiff(dtypes_of_8_bits, "F8_E8M0"))) {
    all <- switch(dtype, F16 = numbers_of_16_bits(5), BF16 = numbers_of_16_bits(8), numbers_of_8_bits(dtype))
    sizes <- sort(all[is.finite(all) & all >= 0 & 1 / all > 0]) # with the place as the even bit
    low <- utils::head(sizes, -1)
    high <- sizes[-1]
    even <- ifelse(seq_along(low) %% 2 == 1, low, high)
    expect_identical(as.vector(round_trip(list(x = low + (high - low) / 2), dtype = dtype)$x), even)
    expect_identical(as.vector(round_trip(list(x = low + (high - low) * 0.5001), dtype = dtype)$x), high)
    expect_identical(as.vector(round_trip(list(x = -low - (high - low) * 0.4999), dtype = dtype)$x), -low)
  }
  below_zero <- round_trip(list(x = c(-0, -1e-9)), dtype = "F8_E4M3FNUZ")$x
  expect_identical(1 / as.vector(below_zero), c(Inf, Inf)) # it has no minus zero
  expect_identical(as.vector(round_trip(list(x = c(0.1, 1 / 3)), dtype = "F32")$x),
                   readBin(writeBin(c(0.1, 1 / 3), raw(), size = 4L), "double", 2, size = 4L))
})

test_that("arrays of any shape keep their indices", {
  shapes <- list(
    1, 7, c(3, 4), c(1, 5), c(5, 1), c(2, 3, 4), c(1, 1, 1), c(4, 3, 2, 5), c(2, 1, 3, 1, 2),
    c(2, 2, 2, 2, 2, 2, 2), 70000, c(300, 500), c(500, 300), c(3, 70000), c(70000, 3), c(2, 3, 30000),
    c(2, 500, 70), c(17, 3000, 2), c(5, 4, 3, 2000), c(260, 9, 300), c(2, 2, 5, 9000), c(20, 1, 1200),
    c(257, 1100), c(3, 5, 7, 11, 13)
  )
  for (shape in shapes) {
    for (dtype in c("F64", "BOOL", if (prod(shape) < 3e4) "U16")) {
      rows <- if (dtype == "BOOL") {
        seq_len(prod(shape)) %% 7 %in% c(1, 2, 5)
      } else {
        as.double(seq_len(prod(shape)) %% 65521)
      }
      size <- c(F64 = 8L, U16 = 2L, BOOL = 1L)[[dtype]]
      bytes <- if (dtype == "F64") {
        writeBin(rows, raw(), endian = "little")
      } else {
        writeBin(as.integer(rows), raw(), size = size, endian = "little")
      }
      json <- sprintf("{%s}", tensor_json("x", dtype, shape, 0, length(bytes)))
      original <- safetensors_bytes(json, bytes)
      x <- nn_load_safetensors(local_safetensors(original))$x
      label <- paste(dtype, toString(shape))
      expect_identical(x, from_rows(rows, shape), label = label)
      copy <- withr::local_tempfile()
      nn_save_safetensors(list(x = x), copy, dtype = dtype)
      expect_identical(
        utils::tail(readBin(copy, "raw", file.size(copy)), length(bytes)), bytes, label = label
      )
    }
  }
})

test_that("scalars, empty tensors and plain vectors keep what they are", {
  x <- list(
    s = 2.5, one = 2.5, v = 1:3, none = numeric(), empty = array(0, c(2, 0, 3)), flag = TRUE,
    m = matrix(1:6, 2)
  )
  y <- round_trip(x, scalars = c("s", "flag"))
  expect_named(y, names(x))
  expect_identical(y$s, 2.5)
  expect_identical(y$one, array(2.5, 1))
  expect_identical(y$v, array(c(1, 2, 3), 3))
  expect_identical(y$none, array(numeric(), 0))
  expect_identical(y$empty, x$empty)
  expect_identical(y$flag, TRUE)
  expect_identical(y$m, x$m + 0)
  expect_identical(round_trip(list()), stats::setNames(list(), character()))
})

test_that("names and metadata may be any text", {
  names <- c("", "a.b/c", "\u00fc\u4e2d\U1F600", "with \"quotes\" and \\", "tab\tline\n\001", "NA", "x y")
  x <- stats::setNames(as.list(seq_along(names) + 0), names)
  metadata <- stats::setNames(rev(names), names)
  file <- withr::local_tempfile()
  nn_save_safetensors(x, file, metadata = metadata)
  y <- nn_load_safetensors(file)
  expect_identical(names(y), names)
  expect_identical(as.double(unlist(y)), seq_along(names) + 0)
  expect_identical(nn_safetensors_info(file)$metadata, metadata)
  expect_identical(Encoding(names(y)[3]), "UTF-8")
  escaped <- local_safetensors(safetensors_bytes(paste0(
    '{ "\\u00fc\\u4e2d\\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\\\\"" :\t{"shape":\r[ ] ,"data_offsets":[0 , 1],\n"dtype":"U8"} } \n'
  ), as.raw(7)))
  expect_identical(nn_load_safetensors(escaped),
                   stats::setNames(list(7), "\u00fc\u4e2d\U1F600/\b\f\n\r\t\\\""))
})

test_that("tensors are read in the header's order, wherever their bytes are", {
  json <- paste0("{", paste(tensor_json("b", "U8", 2, 1, 3), tensor_json("none", "F64", 0, 3, 3),
                            tensor_json("a", "U8", 1, 0, 1), sep = ","), "}")
  x <- nn_load_safetensors(local_safetensors(safetensors_bytes(json, as.raw(1:3))))
  expect_identical(lapply(x, as.vector), list(b = c(2, 3), none = numeric(), a = 1))
})

test_that("names and prefix choose tensors", {
  file <- withr::local_tempfile()
  nn_save_safetensors(list(up1.weight = 1, up1.bias = 2, up2.weight = 3, up1. = 4), file)
  read <- function(...) unlist(lapply(nn_load_safetensors(file, ...), as.vector))
  expect_identical(read(names = c("up2.weight", "up1.bias")), c(up2.weight = 3, up1.bias = 2))
  expect_identical(read(prefix = "up1."), stats::setNames(c(1, 2, 4), c("weight", "bias", "")))
  expect_identical(read("bias", "up1."), c(bias = 2))
  expect_length(nn_load_safetensors(file, names = character()), 0)
})

test_that("the file is as other readers want it", {
  file <- withr::local_tempfile()
  x <- list(flag = c(TRUE, FALSE, TRUE), w = array(runif(24), c(2, 3, 4)), i = 1:5)
  nn_save_safetensors(x, file, metadata = c(format = "pt"))
  bytes <- readBin(file, "raw", 1e4)
  size <- sum(as.integer(bytes[1:8]) * 256^(0:7))
  expect_identical(size %% 8, 0) # so that the data is aligned
  expect_identical(rawToChar(bytes[9]), "{")
  skip_if_not_installed("jsonlite")
  header <- jsonlite::parse_json(rawToChar(bytes[8 + seq_len(size)]))
  expect_named(header, c("__metadata__", names(x)))
  expect_identical(header[["__metadata__"]], list(format = "pt"))
  info <- nn_safetensors_info(file)$tensors
  expect_identical(info$name, names(x))
  expect_identical(info$dtype, c("BOOL", "F64", "I32"))
  expect_identical(lapply(info$shape, as.integer), list(3L, 2:4, 5L))
  for (name in names(x)) {
    place <- unlist(header[[name]]$data_offsets)
    width <- c(BOOL = 1, F64 = 8, I32 = 4)[[header[[name]]$dtype]]
    expect_identical(place[1] %% width, 0)
    part <- bytes[8 + size + seq(place[1] + 1, place[2])]
    got <- readBin(part, if (width == 8) "double" else "integer", 24, size = width)
    shape <- unlist(header[[name]]$shape)
    expect_equal(from_rows(got, shape), array(x[[name]] + 0, shape))
  }
})

test_that("64-bit integers that doubles cannot tell apart are refused, unless asked for", {
  far <- c(little_endian(1), rep(as.raw(255), 7), as.raw(127)) # 1 and 2^63 - 1
  odd <- c(as.raw(c(1, 0, 0, 0, 0, 0, 0x20, 0)), little_endian(0)) # 2^53 + 1, 0
  minus <- c(as.raw(c(255, 255, 255, 255, 255, 255, 0xdf, 255)), little_endian(0)) # -2^53 - 1
  for (bytes in list(far, odd, minus)) {
    for (dtype in c("I64", "U64")) {
      json <- sprintf("{%s}", tensor_json("big", dtype, 2, 0, 16))
      file <- local_safetensors(safetensors_bytes(json, bytes))
      expect_refusal_of_file(nn_load_safetensors(file), "Tensor \"big\" has integers beyond 2^53")
      x <- as.vector(nn_load_safetensors(file, lossy = TRUE)$big)
      expect_identical(x, if (identical(bytes, far)) {
        c(1, 2^63)
      } else if (identical(bytes, odd)) {
        c(2^53, 0)
      } else {
        c(if (dtype == "I64") -2^53 else 2^64 - 2^53, 0)
      })
    }
  }
})

test_that("files of PyTorch's numbers are read, and numbers become what PyTorch makes of them", {
  x <- nn_load_safetensors(test_path("fixtures", "pytorch.safetensors"))
  info <- nn_safetensors_info(test_path("fixtures", "pytorch.safetensors"))
  expect_identical(info$metadata[["format"]], "pt")
  for (name in c("f16", "bf16", "f32", "i8", "i16", "i32", "i64", "u8")) {
    expect_identical(x[[name]], x[[paste0(name, ".as_f64")]], label = name)
    expect_identical(1 / x[[name]], 1 / x[[paste0(name, ".as_f64")]], label = name) # signs of 0
  }
  expect_true(all(c(Inf, -Inf, NaN) %in% x$f16) && any(x$f16 != 0 & abs(x$f16) < 2^-14))
  expect_identical(x$bool + 0, x$bool.as_f64)
  expect_identical(x$scalar, 2.5)
  expect_identical(dim(x$empty), c(0L, 3L))
  for (dtype in c("f16", "bf16")) {
    rounded <- round_trip(list(x = x$rounding), dtype = toupper(dtype))$x
    expect_identical(rounded, x[[paste0("rounding.", dtype)]], label = dtype)
  }
})

test_that("layers of PyTorch return PyTorch's result from its file", {
  file <- test_path("fixtures", "pytorch.safetensors")
  x <- nn_load_safetensors(file, prefix = "net.")
  up <- nn_conv_transpose2d(4, 6, c(3, 2), stride = 2, padding = 1, output_padding = 1, groups = 2)
  expect_identical(up$load_state_dict(x, prefix = "up."), up)
  expect_equal(up(x$input), x$up_output, tolerance = 1e-14)
  down <- nn_conv2d(4, 6, c(3, 2), stride = 2, padding = 1, groups = 2)
  down$load_state_dict(nn_load_safetensors(file, prefix = "net.down."))
  expect_equal(down(x$input), x$down_output, tolerance = 1e-14)
  expect_identical(up$state_dict(prefix = "up."),
                   lapply(x[c("up.weight", "up.bias")], function(p) if (length(dim(p)) == 1L) as.vector(p) else p))
})
