# Files of other formats, which people take for safetensors files: each is named, with what helps.

# A zip archive's first entry, by PKWARE's description: signature, 22 bytes of it, lengths, name.
zip_bytes <- function(name, data = raw(40)) {
  c(charToRaw("PK"), as.raw(c(3, 4, 20, 0)), raw(20), little_endian(nchar(name), 2L), raw(2),
    charToRaw(name), data)
}

written_by <- function(write) {
  file <- withr::local_tempfile()
  write(file)
  readBin(file, "raw", 1e5)
}

page <- c("<html><head><title>weights</title></head>", "<body>404</body></html>")
lfs <- "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"

other_files <- list(
  list(raw(), "It is empty: get it again."),
  list(raw(8), "a file that was not written or downloaded to its end: get it again."),
  list(raw(5000), "a file that was not written or downloaded to its end: get it again."),
  list(lfs, "a pointer of Git LFS and not the file itself: `git lfs pull` fetches that."),
  list("/annex/objects/SHA256E-s5--00.safetensors\n", "`git annex get` fetches that."),
  list(paste(page, collapse = "\n"), "It seems to be a web page: download the file itself"),
  list(paste0("\xef\xbb\xbf\r\n <!DOCTYPE HTML>", strrep("<p>", 500)), "It seems to be a web page: "),
  list(paste0("<!DOCTYPE html>", strrep("\u00e4", 1000)), "It seems to be a web page: "), # 512 cuts a letter
  list("<!doctype html><title>\u4e2d</title>", "It seems to be a web page: "),
  list("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "an XML document"),
  list("{\"metadata\": {\"total_size\": 1}, \"weight_map\": {}}", "JSON: an index, *.safetensors.index.json,"),
  list("[1, 2, 3, 4]", "It seems to be JSON: "),
  list("Entry not found", "It seems to be a text, which begins \"Entry not found\"."),
  list("404", "It seems to be a text, which begins \"404\"."),
  list("\n\nAccess to model is\nrestricted", "a text, which begins \"Access to model is\"."),
  list(strrep("abcdefghij", 400), paste0("which begins \"", strrep("abcdefghij", 6), "...\".")),
  list("say \"x\"\tor not", "which begins \"say \\\"x\\\"\\u0009or not\"."),
  list(strrep("\u00e4", 500), paste0("which begins \"", strrep("\u00e4", 30), "...\".")),
  list(zip_bytes("archive/data.pkl"), "a file of PyTorch's torch.save(): nn_load_torch() reads it."),
  list(zip_bytes("net/version"), "a file of PyTorch's torch.save()"),
  list(zip_bytes("arr_0.npy"), "NumPy's archive of arrays: in Python,"),
  list(zip_bytes("metadata.json"), "a Keras model: vignette(\"weights\") shows the way."),
  list(zip_bytes("word/document.xml"), "It seems to be a zip archive: unpack it."),
  list(utils::head(zip_bytes("a"), 20), "It seems to be a zip archive that is cut off."),
  list(utils::head(zip_bytes("archive/data.pkl", raw()), -4), "a zip archive: unpack it."),
  list(c(charToRaw("PK"), as.raw(c(5, 6)), raw(18)), "a zip archive without files."),
  list(c(as.raw(0x89), charToRaw("HDF\r\n"), as.raw(c(0x1a, 0x0a)), raw(90)), "an HDF5 file, as of Keras: "),
  list(c(as.raw(0x93), charToRaw("NUMPY"), as.raw(c(1, 0, 118, 0))), "an array of NumPy: in Python, "),
  list(c(charToRaw("GGUF"), little_endian(3, 4L), raw(16)), "a GGUF file, of packed numbers"),
  list(as.raw(c(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e)),
       "a file of PyTorch's torch.save()"),
  list(as.raw(c(0x80, 4, 0x95, 11, 0, 0, 0, 0, 0, 0, 0)), "a pickle of Python: "),
  list(c(as.raw(c(8, 7, 18, 7)), charToRaw("pytorch"), as.raw(26), raw(20)), "an ONNX model: "),
  list(c(as.raw(c(28, 0, 0, 0)), charToRaw("TFL3"), raw(20)), "a TensorFlow Lite model: "),
  list(c(charToRaw("data/tensors"), raw(245), charToRaw("ustar"), raw(250)), "a tar archive: unpack it."),
  list(c(as.raw(c(0x28, 0xb5, 0x2f, 0xfd)), raw(9)), "a compressed file: unpack it."),
  list(written_by(function(file) saveRDS(1:9, file)), "compressed by gzip, as R's are: try readRDS() or"),
  list(written_by(function(file) saveRDS(1:9, file, compress = FALSE)), "of R's saveRDS(): readRDS() reads it."),
  list(written_by(function(file) saveRDS(1:9, file, ascii = TRUE, compress = FALSE)), "of R's saveRDS(): "),
  list(written_by(function(file) saveRDS(1:9, file, compress = "bzip2")), "a compressed file: unpack it."),
  list(written_by(function(file) saveRDS(1:9, file, compress = "xz")), "a compressed file: unpack it."),
  list(written_by(function(file) save(page, file = file, compress = FALSE)), "of R's save(): load() reads it."),
  list(written_by(function(file) save(page, file = file, compress = FALSE, version = 2)), "of R's save(): "),
  list(written_by(function(file) save(page, file = file, ascii = TRUE, compress = FALSE)), "of R's save(): ")
)

test_that("a file of another format is named, with what helps, and so are its bytes", {
  as_bytes <- function(content) if (is.raw(content)) content else charToRaw(content)
  for (each in other_files) {
    bytes <- as_bytes(each[[1]])
    file <- local_safetensors(bytes)
    said <- enc2utf8(each[[2]])
    expect_refusal_of_file(nn_load_safetensors(file), said)
    expect_refusal_of_file(nn_safetensors_info(file), said)
    expect_refusal_of_file(nn_load_safetensors(bytes), said)
    expect_identical(validUTF8(conditionMessage(refusal(nn_load_safetensors(bytes)))), TRUE)
  }
  is_text <- !vapply(other_files, function(each) is.raw(each[[1]]), NA) # bytes of R's vary
  contents <- lapply(other_files[is_text], `[[`, 1L)
  expect_said_of_bytes(contents, lapply(contents, as_bytes))
})

test_that("bytes that only look like another format at the beginning are read", {
  # As lengths of headers: of gzip's mark 8,075 bytes and more, of a zip archive's 67 million.
  header <- sprintf("{%s}", tensor_json("a", "U8", 1, 0, 1))
  for (mark in c(0x8b1f, 0x0a41)) {
    padded <- paste0(header, strrep(" ", mark - nchar(header)))
    bytes <- safetensors_bytes(padded, as.raw(7))
    expect_identical(nn_load_safetensors(bytes), list(a = array(7, 1)))
  }
})

test_that("files that are cut off are said to be", {
  header <- sprintf("{%s}", tensor_json("a", "F64", 2, 0, 16))
  bytes <- safetensors_bytes(header, raw(16))
  in_header <- utils::head(bytes, 20)
  in_data <- utils::head(bytes, -1)
  expect_refusal_of_file(nn_load_safetensors(in_header), "bytes that follow, as in a file that is cut off.")
  expect_refusal_of_file(nn_load_safetensors(in_data), "16 of 15 bytes of data, as in a file that is cut off.")
})

test_that("a folder is named", {
  folder <- withr::local_tempdir()
  for (f in list(nn_load_safetensors, nn_safetensors_info)) {
    expect_refusal_of_file(f(folder), "It is a folder, whose files are read one by one.")
  }
})

test_that("a raw vector reads as the file of its bytes does", {
  file <- test_path("fixtures", "pytorch.safetensors")
  bytes <- readBin(file, "raw", file.size(file))
  expect_identical(nn_load_safetensors(bytes), nn_load_safetensors(file))
  expect_identical(nn_safetensors_info(bytes), nn_safetensors_info(file))
  expect_identical(nn_load_safetensors(bytes, "scalar"), nn_load_safetensors(file, "scalar"))
  expect_identical(nn_load_safetensors(bytes, prefix = "net."), nn_load_safetensors(file, prefix = "net."))
  classed <- structure(bytes, class = "blob", dim = length(bytes))
  expect_identical(nn_load_safetensors(classed, "scalar"), nn_load_safetensors(file, "scalar"))
  expect_identical(nn_load_safetensors(bytes[seq_along(bytes)], "f16"), nn_load_safetensors(file, "f16"))
})

test_that("the bytes stay in memory while they are read, and go after that", {
  make <- function() {
    json <- sprintf("{%s}", tensor_json("a", "U8", 3, 0, 3))
    r_safetensors_open(safetensors_bytes(json, as.raw(1:3)))
  }
  content <- make()
  for (i in 1:3) {
    gc()
    rest <- lapply(1:50, function(i) as.raw(rep(255, 100))) # which would take their place
  }
  got <- r_safetensors_read(content$handle, content$begin, "U8", 3, FALSE)
  r_safetensors_close(content$handle)
  expect_identical(got, array(c(1, 2, 3), 3))
})

test_that("a raw vector is refused by its length, and what is neither is refused by its type", {
  error <- refusal(nn_load_safetensors(as.raw(rep(1:9, 2))))
  expect_identical(error$given, "a raw vector of length 18")
  for (f in list(nn_load_safetensors, nn_safetensors_info)) {
    for (bad in list(1, TRUE, NULL, list(as.raw(1)), file, quote(a))) {
      expect_refusal(f(bad), "type", "file", "the path of a file, or its bytes as a raw vector")
    }
  }
})

test_that("names of any length come back whole", {
  long <- strrep("0123456789", 150000)
  wide <- paste0(strrep("\u00e4", 1000001), "x")
  x <- stats::setNames(list(1, 2, 3), c(long, wide, "p.q"))
  file <- withr::local_tempfile()
  nn_save_safetensors(x, file)
  expect_identical(names(nn_load_safetensors(file)), names(x))
  expect_identical(nn_safetensors_info(file)$tensors$name, names(x))
  expect_named(nn_load_safetensors(file, prefix = "0123456789"), substr(long, 11, 1500000))
  expect_named(nn_load_safetensors(file, prefix = strrep("\u00e4", 1000000)), "\u00e4x")
  expect_identical(as.vector(nn_load_safetensors(file, names = wide)[[1]]), 2)
  # and in states of layers
  m <- nn_conv2d(1, 1, 1)
  state <- m$state_dict(prefix = long)
  expect_named(state, paste0(long, c("weight", "bias")))
  expect_identical(nn_conv2d(1, 1, 1)$load_state_dict(state, prefix = long)$state_dict(), m$state_dict())
})
