# Files of torch.save(): PyTorch's own read as what PyTorch has, and any other is refused with the reason.

expected_of <- function(name) {
  nn_load_safetensors(test_path("fixtures", "torch", "expected.safetensors"), prefix = paste0(name, "."))
}

test_that("state dicts of all formats read as PyTorch has them", {
  state <- expected_of("state")
  expect_named(state, c(
    paste0("0.", c("weight", "bias")),
    paste0("1.", c("weight", "bias", "running_mean", "running_var", "num_batches_tracked")),
    paste0("3.", c("weight", "bias"))
  ))
  for (name in c("state", "protocol4", "legacy", "deflated")) {
    expect_identical(nn_load_torch(torch_fixture(name)), state)
  }
  expect_identical(state$`1.num_batches_tracked`, 1)
})

test_that("every type reads exactly, with the lowest or the highest byte first", {
  types <- expected_of("types")
  expect_length(types, 10)
  for (name in c("types", "big")) expect_identical(nn_load_torch(torch_fixture(name)), types)
  expect_true(is.logical(types$bool))
})

test_that("views, transposed and shared storages read as the tensors that they are", {
  got <- nn_load_torch(torch_fixture("views"))
  expect_identical(got, expected_of("views"))
  expect_identical(got$transposed, aperm(got$whole, c(3, 1, 2)))
  expect_identical(got$scalar, 2.5)
  expect_identical(dim(got$empty), c(0L, 3L))
  expect_identical(got$tied, got$again)
})

test_that("checkpoints are lists of plain values", {
  got <- nn_load_torch(torch_fixture("checkpoint"))
  expect_identical(got[1:17], list(
    epoch = 3, loss = 0.5, name = "n\u00e4me", done = TRUE, none = NULL, negative = -7, large = 2^40,
    least = -2^53, bytes = as.raw(c(0x61, 0, 0xff)), tuple = list(1, 2.5, "z", NULL), set = list(4),
    empty = stats::setNames(list(), character()), list = list(), size = list(2, 3),
    dtype = "torch.float32", device = "cpu", counter = list(`3` = 1, `5` = 2)
  ))
  expect_identical(got$arguments, list(lr = 0.1, layers = list(8, 16)))
  file <- torch_fixture("checkpoint")
  expect_identical(nn_load_torch(file, part = "model"), got$model)
  expect_identical(nn_load_torch(file, part = c("model", "3.bias")), got$model$`3.bias`)
  expect_identical(nn_load_torch(file, part = "model", prefix = "3."),
                   list(weight = got$model$`3.weight`, bias = got$model$`3.bias`))
  expect_identical(nn_load_torch(file, c("done", "none")), list(done = TRUE, none = NULL))
  expect_identical(nn_load_torch(readBin(file, "raw", 1e5)), got)
})

test_that("parts, names and prefixes that are not there are refused", {
  file <- torch_fixture("checkpoint")
  expect_refusal(nn_load_torch(file, part = "net"), "argument", "part", "\"least\", ... (19 in all), not \"net\".")
  expect_refusal(nn_load_torch(file, part = c("epoch", "net")), "argument", "part", "there are none")
  expect_refusal(nn_load_torch(file, part = c("tuple", "1")), "argument", "part", "there are none")
  expect_refusal(nn_load_torch(file, part = NA_character_), "argument", "part", "not NA")
  expect_refusal(nn_load_torch(file, part = 1), "type", "part", "not 1")
  expect_refusal(nn_load_torch(file, "net"), "argument", "names", "\"epoch\"")
  expect_refusal(nn_load_torch(file, prefix = "net."), "argument", "prefix", "\"epoch\"")
  expect_refusal(nn_load_torch(file, part = "epoch", prefix = "net."), "argument", "prefix", "there are none")
  expect_refusal(nn_load_torch(file, part = "tuple", names = "a"), "argument", "names", "there are none")
})

test_that("files that would run something, or are networks, are refused by the name of that", {
  expect_silent(refused_torch(torch_fixture("evil"), "it calls for \"posix.system\" of Python, which files of"))
  refused_torch(torch_fixture("whole"), "it calls for \"torch.nn.modules.linear.Linear\" of Python")
  refused_torch(torch_fixture("script"), "It seems to be a TorchScript archive of torch.jit.save(): in Python, ")
  for (name in c("os.system", "builtins.eval", "torch._utils._rebuild_sparse_tensor", "torch.QInt8Storage",
                 "torch.ComplexDoubleStorage", "numpy.core.multiarray._reconstruct", "builtins.getattr", "a.collections.OrderedDict")) {
    refused_torch(torch_bytes(p_name(name)), sprintf("\"%s\"", name))
    refused_torch(torch_bytes(p_text(sub("[.][^.]*$", "", name)), p_text(sub(".*[.]", "", name)), as.raw(0x93)),
                  sprintf("\"%s\"", name))
  }
})

test_that("what PyTorch 2 writes reads too: types apart from their storages, subclasses, buffers", {
  four <- as.raw(c(1, 0, 2, 0, 3, 0, 255, 255))
  v3 <- function(dtype, count) {
    torch_bytes(p_tensor("torch.storage.UntypedStorage", "0", 8, 1, count, 1, "torch._utils._rebuild_tensor_v3",
                         p_name(dtype), p_none), storages = list(`0` = four))
  }
  expect_identical(nn_load_torch(v3("torch.uint16", 3)), array(c(2, 3, 65535), 3))
  expect_identical(nn_load_torch(v3("torch.int16", 3)), array(c(2, 3, -1), 3))
  expect_identical(nn_load_torch(v3("torch.float8_e5m2", 3)), array(c(0, 2^-15, 0), 3))
  refused_torch(v3("torch.uint16", 4), "a tensor goes on beyond its storage")
  arguments <- function(type) {
    p_tuple(p_storage(type, "0", 2), p_whole(0), p_wholes(2), p_wholes(1), p_false, p_dict())
  }
  subclass <- function(class, f = "torch._utils._rebuild_tensor_v2") {
    torch_bytes(p_call("torch._tensor._rebuild_from_type_v2", p_name(f), p_name(class),
                       arguments("torch.IntStorage"), p_dict()), storages = list(`0` = four))
  }
  for (class in c("torch.Tensor", "torch.nn.parameter.Parameter", "torch.nn.parameter.Buffer")) {
    expect_identical(nn_load_torch(subclass(class)), array(c(2 * 2^16 + 1, 3 - 2^16), 2))
  }
  refused_torch(subclass("torch.Size"), "other arguments than PyTorch gives it")
  refused_torch(subclass("torch.Tensor", "_codecs.encode"), "other arguments than PyTorch gives it")
})

test_that("dicts of Python 2, given as pairs, are dicts", {
  pairs <- p_call("collections.OrderedDict", p_tuple(p_tuple(p_text("a"), p_whole(1)), p_tuple(p_text("b"), p_none)))
  expect_identical(nn_load_torch(torch_bytes(pairs)), list(a = 1, b = NULL))
})

test_that("archives with 64-bit fields, a comment, or no folder are read", {
  content <- p_dict(p_text("a"), p_tensor("torch.ByteStorage", "k", 2, 0, 2, 1))
  for (zip in list(list(zip64 = TRUE), list(comment = charToRaw("PK\5\6, said")), list())) {
    bytes <- torch_bytes(content, storages = list(k = as.raw(7:8)), zip = zip)
    expect_identical(nn_load_torch(bytes), list(a = array(c(7, 8), 2)))
  }
  bare <- zip_archive(list(`data/k` = as.raw(7:8), data.pkl = c(as.raw(c(0x80, 2)), content, charToRaw("."))))
  expect_identical(nn_load_torch(bare), list(a = array(c(7, 8), 2)))
})

test_that("integers beyond 2^53 need `lossy`, in tensors and outside, where they are wanted", {
  odd <- c(0x8a, 8, 1, 0, 0, 0, 0, 0, 0x20, 0) # 2^53 + 1
  long <- c(0x8a, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0x80) # -2^71
  bytes <- torch_bytes(p_dict(
    p_text("t"), p_tensor("torch.LongStorage", "0", 1, 0, 1, 1), p_text("i"), as.raw(odd), p_text("j"),
    as.raw(long), p_text("k"), p_whole(1)
  ), storages = list(`0` = little_endian(2^53 + 2) | as.raw(c(1, rep(0, 7)))))
  expect_identical(nn_load_torch(bytes, "k"), list(k = 1))
  expect_refusal(nn_load_torch(bytes, "t"), "file", "file", "Tensor \"t\" has integers beyond 2^53, which `lossy")
  expect_refusal(nn_load_torch(bytes, "i"), "file", "file", "with integers up to 2^53, not a raw vector")
  got <- nn_load_torch(bytes, lossy = TRUE)
  expect_identical(got, list(t = array(2^53 + 4, 1), i = 2^53, j = -2^71, k = 1))
})

# One tensor of three numbers of a storage of four bytes, and what is wrong with it.
one <- function(offset = 0, shape = 3, strides = 1, count = 4, type = "torch.ByteStorage", key = "0",
                data = as.raw(1:4), ...) {
  torch_bytes(p_tensor(type, key, count, offset, shape, strides), storages = list(`0` = data), ...)
}

test_that("tensors beyond their storages are refused, and others are not", {
  expect_identical(nn_load_torch(one()), array(1:3 + 0, 3))
  expect_identical(nn_load_torch(one(1)), array(2:4 + 0, 3))
  expect_identical(nn_load_torch(one(3, 3, 0)), array(c(4, 4, 4), 3))
  expect_identical(nn_load_torch(one(4, 0)), array(numeric(), 0))
  expect_identical(nn_load_torch(one(3, integer(), integer())), 4)
  expect_identical(nn_load_torch(one(0, c(2, 2), c(1, 2))), matrix(1:4 + 0, 2))
  for (bad in list(one(2), one(0, 5), one(0, 3, 2), one(4, integer(), integer()), one(0, c(2, 2), c(2, 2)),
                   one(0, 2^31 - 1, 2^31 - 1), one(2^31 - 1))) {
    refused_torch(bad, "a tensor goes on beyond its storage")
  }
  refused_torch(one(0, c(2^31 - 1, 2^31 - 1, 0)), "has other arguments than PyTorch gives it")
  refused_torch(one(0, rep(2^31 - 1, 3), c(0, 0, 0)), "the shape of a tensor is too large")
  for (bad in list(one(-1), one(0, -3), one(0, 3, -1), one(count = -1), one(0, rep(1, 65), rep(1, 65)))) {
    refused_torch(bad, "has other arguments than PyTorch gives it")
  }
  refused_torch(one(count = 3), "storage \"0\" has 4 bytes, its tensors need 3.")
  refused_torch(one(type = "torch.IntStorage"), "storage \"0\" has 4 bytes, its tensors need 16.")
  refused_torch(one(key = "1"), "storage \"1\" is missing.")
  refused_torch(one(key = strrep("x", 300)), "is missing.")
  refused_torch(one(type = "torch.float32"), "a storage has other arguments")
})

test_that("numbers that R has not are refused, unless others are chosen", {
  bytes <- torch_bytes(p_dict(
    p_text("c"), p_tensor("torch.ComplexFloatStorage", "0", 1, 0, 1, 1), p_text("b"),
    p_tensor("torch.BoolStorage", "1", 1, 0, 1, 1)
  ), storages = list(`0` = raw(8), `1` = as.raw(2)))
  refused_torch(bytes, "Tensor \"c\" is of type C64. `names` chooses others.")
  expect_refusal(nn_load_torch(bytes, "b"), "file", "file", "Tensor \"b\" has bytes other than 0 and 1.")
})

test_that("more memory than there is is refused before any is taken", {
  withr::local_options(nnconv.memory = 1e8)
  expect_refusal(nn_load_torch(one(0, c(1e5, 1e5), c(0, 0))), "memory", "file", "not 80 GB for its numbers")
})

rebuilt <- p_name("torch._utils._rebuild_tensor_v2")
op <- function(...) as.raw(c(...))
bad_pickles <- list(
  list(raw(), "an instruction finds too few values"),
  list(op(0x28), "an instruction finds too few values"),
  list(charToRaw("e"), "a mark is missing"),
  list(charToRaw("t"), "a mark is missing"),
  list(charToRaw("1"), "a mark is missing"),
  list(charToRaw("N(0"), "an instruction finds too few values"),
  list(charToRaw("N(q0"), "an instruction finds too few values"),
  list(charToRaw("NNa"), "it adds to something else than a list or dict"),
  list(charToRaw("](Nu"), "it adds to something else than a list or dict"),
  list(charToRaw("}(Ne"), "it adds to something else than a list or dict"),
  list(charToRaw("}(Nu"), "a key has no value"),
  list(charToRaw("(Nd"), "a key has no value"),
  list(charToRaw("h\5"), "it recalls what it has not put into memory"),
  list(charToRaw("j\5\1\1\1"), "it recalls what it has not put into memory"),
  list(charToRaw("I1\n"), "it has the instruction 0x49, which files of tensors do not need"),
  list(charToRaw("(i"), "it has the instruction 0x69"),
  list(charToRaw("(o"), "it has the instruction 0x6f"),
  list(op(0x92), "it has the instruction 0x92"),
  list(op(0x82, 1), "it has the instruction 0x82"),
  list(op(0x80, 6), "its protocol is newer than 5"),
  list(op(0x95, rep(255, 8)), "the pickle is cut off"),
  list(op(0x8e, rep(255, 8)), "the pickle is cut off"),
  list(op(0x8d, 4, rep(0, 7), 0x61), "the pickle is cut off"),
  list(op(0x8b, 255, 255, 255, 255), "the pickle is cut off"),
  list(op(0x8b, 232, 3, 0, 0, rep(127, 1000)), "it has an integer beyond the largest double"),
  list(charToRaw("cos"), "the pickle is cut off"),
  list(c(charToRaw("c"), op(0xff), charToRaw("\nb\n")), "a name is not UTF-8"),
  list(c(charToRaw("X"), op(1, 0, 0, 0, 0xff)), "a text is not UTF-8"),
  list(c(charToRaw("X"), op(1, 0, 0, 0, 0)), "It has a text with a NUL, which R's cannot hold."),
  list(p_dict(c(charToRaw("X"), op(1, 0, 0, 0, 0)), p_none), "It has a text with a NUL, which R's cannot hold."),
  list(c(charToRaw("NN"), op(0x93)), "a name is not a text"),
  list(charToRaw("N)R"), "it calls something that has no name"),
  list(c(rebuilt, charToRaw(")R")), "_rebuild_tensor_v2 has other arguments than PyTorch gives it"),
  list(c(rebuilt, charToRaw("NR")), "_rebuild_tensor_v2 has other arguments than PyTorch gives it"),
  list(p_call("torch.FloatStorage"), "torch.FloatStorage has other arguments"),
  list(p_call("torch._utils._rebuild_parameter", p_none), "_rebuild_parameter has other arguments"),
  list(p_call("collections.OrderedDict", p_whole(1)), "a dict has other arguments"),
  list(p_call("collections.OrderedDict", p_tuple(p_tuple(p_none))), "a dict has other arguments"),
  list(p_call("_codecs.encode", p_text("\u4e2d"), p_text("latin1")), "_codecs.encode has other arguments"),
  list(p_call("torch.device", p_none), "torch.device has other arguments"),
  list(charToRaw("]}b"), "it sets the state of something that has none"),
  list(charToRaw("})b"), "it sets the state of something that has none"),
  list(charToRaw("NQ"), "a storage has other arguments"),
  list(c(p_tuple(p_text("module")), charToRaw("Q")), "a storage has other arguments"),
  list(p_storage("torch.IntStorage", "0", 0), "storage \"0\" is missing"),
  list(charToRaw("]q\1h\1a"), "It has lists in lists, more than 100 deep."),
  list(charToRaw(paste0(strrep("]", 102), strrep("a", 101))), "It has lists in lists, more than 100 deep."),
  list(p_dict(p_none, p_none), "It has a dict with a key that is neither text nor a whole number."),
  list(p_dict(p_text("a"), p_none, p_text("a"), p_none), "It has a dict with the key \"a\" more than once."),
  list(p_dict(p_text("1"), p_none, p_whole(1), p_none), "It has a dict with the key \"1\" more than once."),
  # Lists of two of each other, 40 times, would be 2^40 values.
  list(charToRaw(paste0("N", strrep("q\1h\1\x86", 40))), "Its shared values are too many for a list."),
  # Copies of a long text or list.
  list(c(p_text(strrep("a", 1e6)), charToRaw("q\1"), rep(c(p_name("_codecs.encode"), charToRaw("h\1h\1"), op(0x86),
                                                         charToRaw("R")), 101)), "it copies more than 100000000 bytes"),
  list(c(p_text(strrep("a", 1e6)), charToRaw("q\1]("), rep(charToRaw("h\1"), 100), charToRaw("e")),
       "Its shared values are too many for a list.")
)

test_that("bad pickles are refused with what is wrong", {
  for (each in bad_pickles) refused_torch(torch_bytes(each[[1]]), each[[2]])
  bytes <- torch_bytes(p_storage("torch.IntStorage", "0", 0), storages = list(`0` = raw()))
  refused_torch(bytes, "It has a storage that belongs to no tensor.")
  view <- c(p_tuple(p_text("storage"), p_name("torch.IntStorage"), p_text("0"), p_text("cpu"), p_whole(0),
                    p_tuple(p_text("1"), p_whole(0), p_whole(0))), charToRaw("Q"))
  refused_torch(torch_bytes(view), "it has a view of a storage, as versions of PyTorch before 0.4 wrote.")
})

test_that("bad archives are refused with what is wrong", {
  changed <- function(...) one(zip = list(of_entry = list(...)))
  refused_torch(changed(flags = 1), "entry \"a/data.pkl\" is encrypted.")
  refused_torch(changed(method = 9), "entry \"a/data.pkl\" is packed by another method than deflate.")
  refused_torch(changed(at = 1), "entry \"a/data.pkl\" is not where the directory says.")
  refused_torch(changed(at = 1e6), "an entry of the archive is cut off.")
  refused_torch(changed(packed = 1e6, size = 1e6), "entry \"a/data.pkl\" goes on beyond the entries.")
  refused_torch(changed(size = 3), "entry \"a/data.pkl\" is stored in another size.")
  refused_torch(changed(method = 8, size = 1e9), "entry \"a/data.pkl\" is larger than its bytes can be.")
  refused_torch(changed(method = 8), "its packed bytes are damaged.")
  refused_torch(changed(crc = 5), "the bytes of an entry of the archive do not have its checksum.")
  refused_torch(one(zip = list(local_names = c("a/data.pkl", "a/data/1"))), "\"a/data/0\" is not where the")
  twice <- zip_archive(list(`a/data.pkl` = raw(3), `a/data.pkl` = raw(3)))
  refused_torch(twice, "entry \"a/data.pkl\" is there twice.")
  refused_torch(one(more = list(`b/data.pkl` = raw(2))), "It has more than one data.pkl.")
  refused_torch(zip_archive(list(a = raw(3))), "It seems to be a zip archive: unpack it.")
  refused_torch(one(more = list(`a/byteorder` = charToRaw("middle"))), "the byteorder is neither `little` nor `big`.")
  expect_identical(nn_load_torch(one(more = list(`a/byteorder` = charToRaw("little")))), array(1:3 + 0, 3))
  short <- one(type = "torch.ShortStorage", data = raw(8) | as.raw(0:1), more = list(`a/byteorder` = charToRaw("big")))
  expect_identical(nn_load_torch(short), array(c(1, 1, 1), 3))
  for (zip64 in c(FALSE, TRUE)) {
    good <- one(zip = list(zip64 = zip64))
    for (keep in seq_len(length(good) - 1)) {
      error <- refusal(nn_load_torch(good[seq_len(keep)]))
      expect_s3_class(error, "nnconv_error_file")
    }
  }
})

test_that("ends of archives that disagree with their directories are refused", {
  bytes <- one()
  with_end <- function(at, ...) {
    places <- length(bytes) - 22 + at + seq_along(c(...))
    replace(bytes, places, as.raw(c(...)))
  }
  refused_torch(with_end(10, 3), "the archive's directory is cut off.")
  refused_torch(with_end(16, 0, 0), "the archive's directory has fewer entries than its end says.")
  refused_torch(with_end(16, 255, 255), "the archive's directory is not where its end says.")
  refused_torch(with_end(12, 255, 255), "the archive's directory is not where its end says.")
  wide <- one(zip = list(zip64 = TRUE))
  wide[length(wide) - 22 - 20 + 9] <- as.raw(0)
  refused_torch(wide, "the archive's directory is not where its end says.")
  end <- function(size) c(charToRaw("PK"), as.raw(5:6), raw(8), little_endian(size, 4), raw(6))
  refused_torch(c(as.raw(1:40), end(0)), "It seems to be a zip archive without the data.pkl of torch.save().")
  refused_torch(c(raw(1e7 + 1), end(1e7 + 1)), "the archive's directory is longer than the 10000000 bytes allowed.")
  refused_torch(zip_archive(list(`\xff` = raw(1))), "a name in the archive's directory is not UTF-8.")
  long <- zip_archive(list(`data.pkl` = raw(1e5)), of_entry = list(method = 8, size = 1e8 + 1))
  refused_torch(long, "data.pkl is longer than the 100000000 bytes allowed.")
})

test_that("values beyond the limit are refused", {
  for (bad in list("N", "(", "N2")) {
    pickle <- charToRaw(paste0(bad, strrep(substring(bad, nchar(bad)), 2^22)))
    refused_torch(torch_bytes(pickle), "it has more than 4194304 values.")
  }
})

test_that("damaged numbers do not have their checksum, in all formats that have one", {
  for (name in c("state", "deflated")) {
    bytes <- readBin(torch_fixture(name), "raw", 1e5)
    at <- max(grepRaw(charToRaw("data/7"), bytes, all = TRUE)[1]) + 100 # within the last weights
    bytes[at] <- xor(bytes[at], as.raw(255))
    expect_s3_class(refusal(nn_load_torch(bytes)), "nnconv_error_file")
  }
})

test_that("bytes changed anywhere are refused, or read as other numbers, and never end R", {
  for (name in c("legacy", "deflated", "views", "protocol4")) {
    good <- readBin(torch_fixture(name), "raw", 1e5)
    places <- if (is_extended()) seq_along(good) else seq(1, length(good), 41)
    for (at in places) {
      bytes <- good
      bytes[at] <- as.raw((as.integer(bytes[at]) + 1 + at %% 255) %% 256)
      got <- tryCatch(nn_load_torch(bytes, lossy = TRUE), nnconv_error = identity)
      expect_true(is.list(got))
    }
    for (keep in places) {
      expect_s3_class(refusal(nn_load_torch(good[seq_len(keep - 1)])), "nnconv_error_file")
    }
  }
})

test_that("the older format is checked as the newer one is", {
  bytes <- readBin(torch_fixture("legacy"), "raw", 1e5)
  refused_torch(utils::head(bytes, -1), "is cut off")
  changed <- bytes
  at <- grepRaw(as.raw(c(0x4d, 0xe9, 0x03, 0x2e)), bytes)
  changed[at + 1] <- as.raw(1)
  refused_torch(changed, "the version is not 1001")
  # Pickles longer than a first look, before the numbers.
  mark <- bytes[seq_len(at + 3)]
  long <- function(...) c(mark, as.raw(c(0x80, 2)), charToRaw("N."), as.raw(c(0x80, 2)), ..., charToRaw("."))
  keys <- c(as.raw(c(0x80, 2)), p_tuple(p_text("k")), charToRaw("."))
  content <- p_tuple(p_text(strrep("a", 2e6)), p_tensor("torch.ByteStorage", "k", 2, 0, 2, 1))
  expect_identical(nn_load_torch(c(long(content), keys, little_endian(2), as.raw(7:8))),
                   list(strrep("a", 2e6), array(c(7, 8), 2)))
  tensor <- p_tensor("torch.ByteStorage", "k", 2, 0, 2, 1)
  refused_torch(c(long(tensor), keys, little_endian(3), as.raw(7:9)), "storage \"k\" has another length than its tensors need.")
  refused_torch(c(long(tensor), keys, little_endian(2), as.raw(7)), "storage \"k\" is cut off")
  refused_torch(c(long(tensor), keys, as.raw(1)), "storage \"k\" is cut off")
  refused_torch(c(long(tensor), as.raw(c(0x80, 2)), charToRaw(").")), "storage \"k\" is missing")
  refused_torch(c(long(tensor), as.raw(c(0x80, 2)), charToRaw("N.")), "storage \"k\" is missing")
  refused_torch(c(long(charToRaw("N")), keys), "the keys of storages are not those of tensors")
})

test_that("files of other kinds are named, with what helps", {
  refused_torch(test_path("fixtures", "pytorch.safetensors"), "It seems to be a safetensors file: nn_load_safetensors() reads it.")
  refused_torch(raw(), "It is empty: get it again.")
  refused_torch(charToRaw("<html><body>404</body></html>"), "a web page: download the file itself")
  refused_torch(as.raw(c(0x80, 4, 0x4e, 0x2e)), "a pickle of Python: ")
  refused_torch(as.raw(rep(1:9, 5)), "It is not a file that torch.save() writes.")
  refused_torch(utils::head(one(), 100), "the end of the zip archive is missing, as in a file that is cut off.")
  refused_torch(file.path(tempdir(), "nowhere.pt"), "It cannot be opened: ")
})

test_that("a network and its state go from PyTorch into layers by their names", {
  state <- nn_load_torch(torch_fixture("state"))
  net <- nn_sequential(nn_conv2d(2, 3, 3), nn_relu(), nn_conv_transpose2d(3, 1, 2))
  left <- net$load_state_dict(state, rename = c("^3[.]" = "2."), strict = FALSE)
  expect_identical(left, list(missing_keys = character(), unexpected_keys = grep("^1[.]", names(state), value = TRUE)))
  expect_identical(net$state_dict(), stats::setNames(lapply(state[c(1, 2, 8, 9)], function(x) {
    if (length(dim(x)) == 1) as.vector(x) else x
  }), c("0.weight", "0.bias", "2.weight", "2.bias")))
})
