# Bad files: each is refused with what is wrong and where, and none ends anything but the call.

f32 <- function(name = "a", shape = 2, begin = 0, end = 8) tensor_json(name, "F32", shape, begin, end)
eight <- as.raw(1:8)

# A header that is given whole, or the members of one.
whole <- function(...) paste0("{", paste(c(...), collapse = ","), "}")

# What is in the file (a header before 8 bytes of data, or all bytes), and what is said of it.
bad_files <- list(
  list(as.raw(1:7), "Byte 7: it is too short"),
  list(little_endian(5), "Byte 0: the length of the header, 5, is more than the 0 bytes that follow."),
  list(as.raw(rep(255, 8)), "18446744073709551615, is more than the 100000000 allowed."),
  list(c(little_endian(100000001), eight), "100000001, is more than the 100000000 allowed."),
  list(c(little_endian(100000000), eight), "100000000, is more than the 8 bytes that follow."),
  list(c(as.raw(c(0, 0, 0, 0, 0, 0, 0, 128)), eight), "9223372036854775808, is more than the"),
  list(safetensors_bytes(whole(f32()), eight, 58), "Byte 62: the header goes on after its end."),
  list(" {}", "Byte 8: the header does not begin with `{`."),
  list("[]", "Byte 8: the header does not begin with `{`."),
  list("null", "Byte 8: the header does not begin with `{`."),
  list(as.raw(c(0xef, 0xbb, 0xbf, 0x7b, 0x7d)), "Byte 8: the header does not begin with `{`."),
  list(as.raw(c(0x7b, 0xff, 0x7d)), "Byte 9: the header is not UTF-8."),
  list(c(charToRaw('{"'), as.raw(c(0xc0, 0x80)), charToRaw('":1}')), "Byte 10: the header is not UTF-8."),
  list(c(charToRaw('{"'), as.raw(c(0xed, 0xa0, 0x80)), charToRaw('":1}')), "Byte 10: the header is not"),
  list(c(charToRaw('{"'), as.raw(c(0xe0, 0x80, 0x80)), charToRaw('":1}')), "Byte 10: the header is not"),
  list(c(charToRaw('{"'), as.raw(c(0xf4, 0x90, 0x80, 0x80)), charToRaw('":1}')), "Byte 10: the header"),
  list(c(charToRaw('{"'), as.raw(c(0xf0, 0x80, 0x80, 0x80)), charToRaw('":1}')), "Byte 10: the header"),
  list(c(charToRaw('{"a'), as.raw(c(0xe2, 0x82))), "Byte 11: the header is not UTF-8."),
  list("{", "Byte 9: a name is not a string."),
  list("{}x", "Byte 10: the header goes on after its end."),
  list("{}{}", "Byte 10: the header goes on after its end."),
  list("{},", "Byte 10: the header goes on after its end."),
  list("{}", "Byte 10: bytes are left over after the last tensor."),
  list("{,}", "Byte 9: a name is not a string."),
  list("{a:1}", "Byte 9: a name is not a string."),
  list("{'a':1}", "Byte 9: a name is not a string."),
  list('{"a"}', "Byte 12: `:` is missing after a name."),
  list('{"a', "Byte 11: a string does not end."),
  list('{"a\n":1}', "Byte 11: a string has a control character."),
  list('{"\\x":1}', "Byte 10: a string has an unknown escape."),
  list('{"\\', "Byte 10: a string has an unknown escape."),
  list('{"\\u12g4":1}', "Byte 14: a string has an escape without four hexadecimal digits."),
  list('{"\\u12', "an escape without four hexadecimal digits."),
  list('{"\\u0000":1}', "Byte 10: a string has a NUL, which R's cannot hold."),
  list('{"\\ud800":1}', "Byte 10: a string has half a surrogate pair."),
  list('{"\\ud800\\u0041":1}', "Byte 10: a string has half a surrogate pair."),
  list('{"\\udc00":1}', "Byte 10: a string has half a surrogate pair."),
  list('{"a":1}', "Byte 13: `{` is missing at the beginning of a tensor."),
  list('{"a":null}', "Byte 13: `{` is missing at the beginning of a tensor."),
  list('{"a":{}}', "Byte 9: tensor \"a\": the dtype is missing."),
  list('{"a":{"dtype":"F32","shape":[2]}}', "Byte 9: tensor \"a\": the data_offsets are missing."),
  list('{"a":{"dtype":"F32","data_offsets":[0,8]}}', "tensor \"a\": the shape is missing."),
  list('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}}', "tensor \"a\": unknown entry \"x\"."),
  list('{"a":{"dtype":"F32","dtype":"F32"}}', "Byte 28: the name \"dtype\" comes twice."),
  list('{"a":{"dtype":4}}', "Byte 22: the dtype is not a string."),
  list('{"a":{"dtype":"f32"}}', "Byte 22: tensor \"a\": unknown dtype \"f32\"."),
  list('{"a":{"dtype":""}}', "unknown dtype \"\"."),
  list('{"a":{"shape":2}}', "Byte 22: `[` is missing at the beginning of an array."),
  list('{"a":{"shape":[2}}', "`]` is missing at the end of an array."),
  list('{"a":{"shape":[2,]}}', "Byte 25: an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[-1]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[2.0]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[2e0]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[02]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":["2"]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[[2]]}}', "an extent is not a whole number of plain digits."),
  list('{"a":{"shape":[18446744073709551616]}}', "Byte 23: an extent is too large."),
  list('{"a":{"data_offsets":[0]}}', "Byte 29: tensor \"a\": the data_offsets are not two numbers."),
  list('{"a":{"data_offsets":[0,4,8]}}', "the data_offsets are not two numbers."),
  list('{"a":{"data_offsets":[0,1e1]}}', "an offset is not a whole number of plain digits."),
  list('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}', "`}` is missing at the end of an object."),
  list(whole(f32(begin = 8, end = 0)), "tensor \"a\": the data ends before it begins."),
  list(whole(f32(end = 4)), "shape and dtype need 8 bytes, the data_offsets give 4."),
  list(whole(tensor_json("a", "F4", 15, 0, 7)), "Byte 9: tensor \"a\": its numbers do not fill whole bytes."),
  list(whole(tensor_json("a", "F6_E2M3", 6, 0, 5)), "its numbers do not fill whole bytes."),
  list(whole(tensor_json("a", "F4", 2, 0, 8)), "shape and dtype need 1 bytes, the data_offsets give 8."),
  list(whole(tensor_json("a", "F8", 8, 0, 8)), "unknown dtype \"F8\"."),
  list(whole(tensor_json("a", "F8_E4M3FN", 8, 0, 8)), "unknown dtype \"F8_E4M3FN\"."),
  list(whole(f32(shape = 2^40, end = 8)), "need 4398046511104 bytes, the data_offsets give 8."),
  list(whole(f32(shape = 2^40, end = 2^42)), "the data goes on to byte 4398046511104 of 8 bytes of data, as in"),
  list(whole(f32(shape = c(2^40, 2^40))), "Byte 9: tensor \"a\": the shape is too large."),
  list(whole(f32(shape = c(2^31, 2^31, 2^30, 0), end = 0)), "the shape is too large."),
  list(whole(f32(shape = c(2^31, 2^32 - 2), end = 0)), "the shape is too large."),
  list(whole(f32(), f32()), "Byte 62: the name \"a\" comes twice."),
  list(whole(f32(), f32("\\u0061")), "Byte 62: the name \"a\" comes twice."),
  list(whole(f32(), f32("b")), "Byte 62: tensor \"b\": the data overlaps that of another."),
  list(whole(f32("a", 1, 0, 4), f32("b", 1, 2, 6)), "tensor \"b\": the data overlaps that of another."),
  list(whole(f32("a", 1, 4, 8)), "tensor \"a\": the data leaves a hole of bytes before it."),
  list(whole(f32("a", 1, 0, 4), f32("b", 0, 6, 6)), "tensor \"b\": the data leaves a hole"),
  list(whole(f32("a", 1, 0, 4)), "Byte 66: bytes are left over after the last tensor."),
  list(whole(f32("a", 3, 0, 12)), "the data goes on to byte 12 of 8 bytes of data, as in"),
  list(whole('"__metadata__":1', f32()), "`{` is missing at the beginning of __metadata__."),
  list(whole('"__metadata__":null', f32()), "`{` is missing at the beginning of __metadata__."),
  list(whole('"__metadata__":{"x":1}', f32()), "a value of __metadata__ is not a string."),
  list(whole('"__metadata__":{"x":{}}', f32()), "a value of __metadata__ is not a string."),
  list(whole('"__metadata__":{"x":"1","x":"2"}', f32()), "Byte 33: the name \"x\" comes twice."),
  list(whole('"__metadata__":{}', '"__metadata__":{}'), "the name \"__metadata__\" comes twice."),
  list(whole(f32(strrep("long", 1000), end = 4)), paste0("tensor \"", strrep("long", 15), "...\": shape"))
)

test_that("every malformed file is refused with what is wrong and where", {
  expect_gte(length(bad_files), 80)
  contents <- lapply(bad_files, `[[`, 1L)
  bytes <- lapply(contents, function(content) {
    is_whole <- is.raw(content) && !content[1] %in% as.raw(c(0x7b, 0xef))
    if (is_whole) content else safetensors_bytes(content, eight)
  })
  for (i in seq_along(bad_files)) {
    file <- local_safetensors(bytes[[i]])
    expect_refusal_of_file(nn_load_safetensors(file), bad_files[[i]][[2]])
    expect_refusal_of_file(nn_safetensors_info(file), bad_files[[i]][[2]])
  }
  expect_said_of_bytes(contents, bytes)
})

test_that("a file cut off at any byte is refused", {
  bytes <- safetensors_bytes(whole('"__metadata__":{"x":"y"}', f32(), f32("b", 0, 8, 8)), eight)
  good <- nn_load_safetensors(local_safetensors(bytes))
  expect_named(good, c("a", "b"))
  for (length in seq_along(bytes) - 1L) {
    expect_refusal_of_file(nn_load_safetensors(local_safetensors(utils::head(bytes, length))),
                           if (length == 0L) "It is empty: get it again." else "Byte ")
  }
  expect_refusal_of_file(nn_load_safetensors(local_safetensors(c(bytes, as.raw(0)))), "left over")
})

test_that("no file stays open, whatever comes of it", {
  skip_if_not(dir.exists("/proc/self/fd"), "open files are counted in /proc")
  open_files <- function() length(list.files("/proc/self/fd"))
  good <- local_safetensors(safetensors_bytes(whole(f32()), eight))
  bad <- local_safetensors(safetensors_bytes("{,}", eight))
  gc() # what earlier tests left
  before <- open_files()
  for (i in 1:5) {
    expect_refusal_of_file(nn_load_safetensors(bad), "Byte 9: a name is not a string.")
    expect_refusal(nn_load_safetensors(good, "b"), "argument", "names", 'not "b".')
    expect_length(nn_load_safetensors(good), 1)
    expect_named(nn_safetensors_info(good), c("tensors", "metadata"))
  }
  expect_identical(open_files(), before)
})

test_that("files with random changes are read or refused, within no time and memory", {
  set.seed(20)
  file <- withr::local_tempfile()
  nn_save_safetensors(
    list(weight = array(runif(12), c(2, 3, 2)), flag = TRUE, n = 1:4), file, metadata = c(a = "b")
  )
  original <- readBin(file, "raw", 1e4)
  marks <- charToRaw('{}[]",:0123456789 \\ueF')
  changed <- 0
  for (i in seq_len(if (Sys.getenv("NNCONV_EXTENDED_TESTS") == "true") 20000 else 500)) {
    bytes <- original
    for (k in seq_len(sample(3, 1))) {
      place <- sample(length(bytes), 1)
      switch(sample(4, 1),
        bytes[place] <- as.raw(sample(0:255, 1)),
        bytes[place] <- sample(marks, 1),
        bytes <- bytes[-place],
        bytes <- append(bytes, sample(marks, 1), place)
      )
    }
    writeBin(bytes, file)
    result <- tryCatch(nn_load_safetensors(file), nnconv_error_file = identity)
    expect_true(is.list(result))
    changed <- changed + inherits(result, "error")
  }
  expect_gt(changed, 200)
})

test_that("what is no regular file is refused", {
  folder <- withr::local_tempdir()
  missing <- file.path(folder, "none.safetensors")
  expect_refusal_of_file(nn_load_safetensors(folder), "It is a folder, whose files are read one by one.")
  expect_refusal_of_file(nn_load_safetensors(missing), "It cannot be opened: ")
  expect_refusal_of_file(nn_save_safetensors(list(a = 1), folder), "It is a folder or a device.")
  nowhere <- file.path(folder, "none", "x")
  expect_refusal_of_file(nn_save_safetensors(list(a = 1), nowhere), "It cannot be made: ")
  skip_on_os("windows")
  pipe <- file.path(folder, "pipe")
  expect_identical(system2("mkfifo", pipe), 0L)
  expect_refusal_of_file(nn_load_safetensors(pipe), "It is not a regular file.")
  expect_refusal_of_file(nn_save_safetensors(list(a = 1), pipe), "It is a folder or a device.")
  skip_if(identical(Sys.info()[["user"]], "root"), "root may read everything")
  locked <- file.path(folder, "locked")
  writeBin(as.raw(1), locked)
  Sys.chmod(locked, "000")
  expect_refusal_of_file(nn_load_safetensors(locked), "It cannot be opened: ")
})

test_that("bytes that end too early are refused, also when the file became shorter", {
  expect_identical(r_safetensors_decode(eight, "F64", 2, FALSE)$problem, "the bytes end too early")
  bytes <- safetensors_bytes(whole(f32()), eight)
  file <- local_safetensors(bytes)
  content <- r_safetensors_open(file)
  withr::defer(r_safetensors_close(content$handle))
  writeBin(utils::head(bytes, -4), file)
  expect_identical(r_safetensors_read(content$handle, content$begin, "F32", 2, FALSE)$problem,
                   "it became shorter while it was read")
})

test_that("a header that no reader would take is not written", {
  skip_on_cran()
  file <- withr::local_tempfile()
  expect_refusal_of_file(
    nn_save_safetensors(list(a = 1), file, metadata = c(a = strrep("x", 1e8))),
    "Its header would be longer than the 100000000 bytes allowed."
  )
  expect_false(file.exists(file))
})

test_that("numbers that R does not have are refused by the tensor's name", {
  for (dtype in c("C64", "F4", "F6_E2M3", "F6_E3M2")) {
    bits <- c(C64 = 64, F4 = 4, F6_E2M3 = 6, F6_E3M2 = 6)[[dtype]]
    json <- whole(tensor_json("small", dtype, c(4, 2), 0, bits), tensor_json("b", "U8", 4, bits, bits + 4))
    file <- local_safetensors(safetensors_bytes(json, as.raw(seq_len(bits + 4) %% 256)))
    expect_refusal_of_file(nn_load_safetensors(file), sprintf("Tensor \"small\" is of type %s.", dtype))
    expect_identical(nn_load_safetensors(file, names = "b"), list(b = array(bits + c(1, 2, 3, 4), 4)))
    expect_identical(nn_safetensors_info(file)$tensors$dtype, c(dtype, "U8"))
    expect_identical(nn_safetensors_info(file)$tensors$bytes, c(bits, 4))
  }
  truth <- local_safetensors(safetensors_bytes(whole(tensor_json("t", "BOOL", 8, 0, 8)), eight))
  for (lossy in c(TRUE, FALSE)) {
    expect_refusal_of_file(nn_load_safetensors(truth, lossy = lossy), "has bytes other than 0 and 1.")
  }
  long <- whole(f32("long", c(2^31, 0), 0, 0), f32())
  expect_refusal_of_file(nn_load_safetensors(local_safetensors(safetensors_bytes(long, eight))),
                         "Tensor \"long\" is of shape [2147483648, 0].")
})

test_that("the arguments are checked", {
  file <- withr::local_tempfile()
  nn_save_safetensors(list(a = 1, b.w = 2), file)
  for (f in list(nn_load_safetensors, nn_safetensors_info, function(x) nn_save_safetensors(list(), x))) {
    expect_refusal(f(1), "type", "file", "the path of a file")
    expect_refusal(f(c("a", "b")), "argument", "file", "the path of a file")
    expect_refusal(f(NA_character_), "argument", "file", "the path of a file")
  }
  expect_refusal(nn_load_safetensors(file, 1), "type", "names", '"a", "b.w"')
  expect_refusal(nn_load_safetensors(file, "c"), "argument", "names", '"a", "b.w", not "c".')
  expect_refusal(nn_load_safetensors(file, c("a", "a")), "argument", "names", 'not "a".')
  expect_refusal(nn_load_safetensors(file, NA_character_), "argument", "names", "not NA")
  expect_refusal(nn_load_safetensors(file, prefix = "c"), "argument", "prefix", 'name: "a", "b.w", not "c".')
  expect_refusal(nn_load_safetensors(file, prefix = 1), "type", "prefix", "a string")
  expect_refusal(nn_load_safetensors(file, lossy = 1), "type", "lossy", "TRUE or FALSE")
  save <- function(tensors, ...) nn_save_safetensors(tensors, file, ...)
  allowed <- "a list of numeric or logical arrays whose names differ"
  for (bad in list(1, "a", NULL, data.frame(a = 1), sum)) {
    expect_refusal(save(bad), "type", "tensors", allowed)
  }
  expect_refusal(save(list(1)), "argument", "tensors", "not one without names.")
  expect_refusal(save(list(a = 1, a = 2)), "argument", "tensors", 'not one with the name "a".')
  expect_refusal(save(stats::setNames(list(1), NA)), "argument", "tensors", "with the name NA")
  expect_refusal(save(list(`__metadata__` = 1)), "argument", "tensors", "This name is for the metadata.")
  for (bad in list("x", NULL, 1i, factor(1), list(1), as.raw(1))) {
    expect_refusal(save(list(a = 1, w = bad)), "type", "tensors", 'as "w".')
  }
  expect_refusal(save(list(a = 1), dtype = "F31"), "argument", "dtype", 'not "F31".')
  expect_refusal(save(list(a = 1), dtype = 1), "type", "dtype", '"F64"')
  expect_refusal(save(list(a = 1), dtype = c(b = "F32")), "argument", "dtype", '"a", not "b".')
  expect_refusal(save(list(a = 1), dtype = c("F32", "F32")), "argument", "dtype", "without names.")
  expect_refusal(save(list(a = 1), dtype = c(a = "F32", a = "F32")), "argument", "dtype", 'not "a".')
  expect_refusal(save(list(a = 1:2), scalars = "a"), "argument", "scalars", "of length 1")
  expect_refusal(save(list(a = 1), scalars = 1), "type", "scalars", "of length 1")
  expect_refusal(save(list(a = 1), scalars = "b"), "argument", "scalars", '"a", not "b".')
  expect_refusal(save(list(a = 1), metadata = list(a = "b")), "type", "metadata", "character vector")
  for (bad in list("a", c(a = "b", a = "c"), c(a = NA_character_))) {
    expect_refusal(save(list(a = 1), metadata = bad), "argument", "metadata", "character vector")
  }
  expect_identical(lapply(nn_load_safetensors(file), as.vector), list(a = 1, b.w = 2)) # as it was
})

test_that("numbers that a type cannot hold are refused by the tensor's name", {
  file <- withr::local_tempfile()
  cases <- list(
    F32 = 1e39, F32 = -1e300, F16 = 65520, F16 = -1e6, BF16 = 3.4e38, I8 = 128, I8 = -129, U8 = -1, U8 = 256,
    I16 = 32768, U16 = 65536, I32 = 2^31, I32 = -2^31 - 1, U32 = 2^32, U32 = -1, I64 = 2^63, U64 = 2^64,
    F8_E4M3 = 464.1, F8_E4M3 = Inf, F8_E4M3 = -480, F8_E5M2 = 61440, F8_E5M2 = -1e300,
    F8_E4M3FNUZ = 248, F8_E4M3FNUZ = -Inf, F8_E5M2FNUZ = 61440, F8_E8M0 = 0, F8_E8M0 = -1, F8_E8M0 = 3,
    F8_E8M0 = 2^128, F8_E8M0 = 2^-128, F8_E8M0 = Inf, I8 = 0.5, I64 = NaN, U8 = NA, I32 = Inf, BOOL = 2, BOOL = NA, BOOL = 0.5
  )
  for (i in seq_along(cases)) {
    dtype <- names(cases)[i]
    expect_refusal(nn_save_safetensors(list(ok = 1, w = c(1, cases[[i]])), file, dtype = dtype),
                   "argument", "tensors", sprintf('that %s can hold, not one with others in "w".', dtype))
    expect_false(file.exists(file))
  }
  limits <- list(F16 = 65519.9, I8 = c(-128, 127), U32 = 2^32 - 1, I64 = -2^63, BF16 = 3.38e38, F32 = Inf,
                 F8_E4M3 = c(464, -464, NaN), F8_E5M2 = c(61439, Inf, -Inf, NaN), F8_E8M0 = c(2^-127, NaN))
  for (dtype in names(limits)) {
    expect_no_error(nn_save_safetensors(list(w = limits[[dtype]]), file, dtype = dtype))
  }
})

test_that("files beyond 2 and 4 GB are read at the right place", {
  skip_if_not(Sys.getenv("NNCONV_EXTENDED_TESTS") == "true")
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  file <- file.path(folder, "sparse.safetensors")
  header <- charToRaw(whole(
    tensor_json("zeros", "U8", c(3, 1.5e9), 0, 4.5e9), tensor_json("end", "F64", 2, 4.5e9, 4.5e9 + 16)
  ))
  connection <- file(file, "wb")
  writeBin(c(little_endian(length(header)), header), connection)
  seek(connection, 8 + length(header) + 4.5e9, rw = "write")
  writeBin(c(1.5, -2), connection, endian = "little")
  close(connection)
  expect_identical(file.size(file), 8 + length(header) + 4.5e9 + 16)
  expect_identical(nn_load_safetensors(file, names = "end")$end, array(c(1.5, -2), 2))
  expect_identical(nn_safetensors_info(file)$tensors$bytes, c(4.5e9, 16))
  # and written
  big <- array(0, c(4, 7e7))
  big[4, c(1, ncol(big))] <- c(1, 2)
  nn_save_safetensors(list(big = big, end = 7L), file, dtype = c(big = "I64"))
  expect_gt(file.size(file), 2^31)
  expect_identical(nn_load_safetensors(file, names = "end")$end, array(7, 1))
  expect_identical(nn_load_safetensors(file, names = "big")$big[4, c(1, 2, ncol(big))], c(1, 0, 2))
})
