# Extracted from test-safetensors-bad.R:308

# setup ------------------------------------------------------------------------
library(testthat)
test_env <- simulate_test_env(package = "nnconv", path = "..")
attach(test_env, warn.conflicts = FALSE)

# prequel ----------------------------------------------------------------------
f32 <- function(name = "a", shape = 2, begin = 0, end = 8) tensor_json(name, "F32", shape, begin, end)
eight <- as.raw(1:8)
whole <- function(...) paste0("{", paste(c(...), collapse = ","), "}")
bad_files <- list(
  list(raw(), "Byte 0: it is too short for the length of a header."),
  list(as.raw(1:7), "Byte 7: it is too short"),
  list(little_endian(0), "Byte 8: the header does not begin with `{`."),
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
  list(whole(f32(shape = 2^40, end = 8)), "need 4398046511104 bytes, the data_offsets give 8."),
  list(whole(f32(shape = 2^40, end = 2^42)), "the data goes on to byte 4398046511104 of 8 bytes of data."),
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
  list(whole(f32("a", 3, 0, 12)), "the data goes on to byte 12 of 8 bytes of data."),
  list(whole('"__metadata__":1', f32()), "`{` is missing at the beginning of __metadata__."),
  list(whole('"__metadata__":null', f32()), "`{` is missing at the beginning of __metadata__."),
  list(whole('"__metadata__":{"x":1}', f32()), "a value of __metadata__ is not a string."),
  list(whole('"__metadata__":{"x":{}}', f32()), "a value of __metadata__ is not a string."),
  list(whole('"__metadata__":{"x":"1","x":"2"}', f32()), "Byte 33: the name \"x\" comes twice."),
  list(whole('"__metadata__":{}', '"__metadata__":{}'), "the name \"__metadata__\" comes twice."),
  list(whole(f32(strrep("long", 1000), end = 4)), paste0("tensor \"", strrep("long", 15), "...\": shape"))
)

# test -------------------------------------------------------------------------
skip_on_os("windows")
folder <- withr::local_tempdir()
file <- file.path(folder, "x.safetensors")
printed <- in_fresh_process(c(
    "library(nnconv)", sprintf("file <- %s", deparse(file)),
    "x <- list(a = array(runif(5e6), c(50, 1e5)))",
    "handles <- function() length(list.files('/proc/self/fd'))", "before <- handles()",
    "run <- function(expr) {",
    "  setTimeLimit(elapsed = 0.05, transient = TRUE)",
    "  on.exit(setTimeLimit())",
    "  tryCatch({ for (i in 1:1000) eval(expr); 'finished' }, error = conditionMessage)",
    "}",
    "cat(run(quote(nn_save_safetensors(x, file, dtype = 'F16'))), '\\n')",
    "cat('files:', list.files(dirname(file), all.files = TRUE, no.. = TRUE), '\\n')",
    "nn_save_safetensors(x, file)",
    "cat(run(quote(nn_load_safetensors(file))), '\\n')",
    "gc()", "cat('handles:', handles() - before, '\\n')"
  ))
expect_length(grep("elapsed time limit", printed), 2L)
expect_match(printed, "^files: *$", all = FALSE)
