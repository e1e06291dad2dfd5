# Files of torch.save() byte by byte, by the descriptions of zip archives and of pickles; nothing of the
# package is used.

torch_fixture <- function(name) test_path("fixtures", "torch", paste0(name, ".pt"))

# A zip archive of these entries, without checksums. `of_entry` changes the fields of the first one in
# the directory; `zip64` moves sizes and places into fields of 64 bits.
zip_archive <- function(entries, zip64 = FALSE, comment = raw(), of_entry = list(), local_names = names(entries)) {
  field <- function(x, size) little_endian(x, size)
  bytes <- directory <- raw()
  for (i in seq_along(entries)) {
    name <- charToRaw(names(entries)[i])
    size <- length(entries[[i]])
    f <- utils::modifyList(list(flags = 0, method = 0, crc = 0, packed = size, size = size, at = length(bytes)),
                           if (i == 1) of_entry else list())
    local_name <- charToRaw(local_names[i])
    bytes <- c(bytes, charToRaw("PK"), as.raw(3:4), raw(14), field(f$packed, 4), field(f$size, 4),
               field(length(local_name), 2), field(3, 2), local_name, raw(3), entries[[i]])
    wide <- if (zip64) c(field(1, 2), field(24, 2), field(f$size, 8), field(f$packed, 8), field(f$at, 8))
    narrow <- function(x) if (zip64) as.raw(rep(255, 4)) else field(x, 4)
    directory <- c(
      directory, charToRaw("PK"), as.raw(1:2), raw(4), field(f$flags, 2), field(f$method, 2), raw(4),
      field(f$crc, 4), narrow(f$packed), narrow(f$size), field(length(name), 2), field(length(wide), 2),
      raw(10), narrow(f$at), name, wide
    )
  }
  count <- length(entries)
  wide_end <- if (zip64) {
    at <- length(bytes) + length(directory)
    c(charToRaw("PK"), as.raw(c(6, 6)), field(44, 8), raw(12), field(count, 8), field(count, 8),
      field(length(directory), 8), field(length(bytes), 8),
      charToRaw("PK"), as.raw(c(6, 7)), raw(4), field(at, 8), field(1, 4))
  }
  ones <- if (zip64) as.raw(rep(255, 12)) else c(field(count, 2), field(count, 2), field(length(directory), 4),
                                                 field(length(bytes), 4))
  c(bytes, directory, wide_end, charToRaw("PK"), as.raw(5:6), raw(4), ones, field(length(comment), 2), comment)
}

# Instructions of pickles.
p_text <- function(x) c(charToRaw("X"), little_endian(nchar(x, "bytes"), 4), charToRaw(x))
p_whole <- function(x) c(charToRaw("J"), little_endian(x %% 2^32, 4))
p_name <- function(x) charToRaw(sub("^(.*)[.]([^.]*)$", "c\\1\n\\2\n", x))
p_tuple <- function(...) c(charToRaw("("), ..., charToRaw("t"))
p_wholes <- function(x) do.call(p_tuple, lapply(x, p_whole))
p_dict <- function(...) c(charToRaw("}("), ..., charToRaw("u"))
p_call <- function(name, ...) c(p_name(name), p_tuple(...), charToRaw("R"))
p_none <- charToRaw("N")
p_false <- as.raw(0x89)

p_storage <- function(type, key, count) {
  c(p_tuple(p_text("storage"), p_name(type), p_text(key), p_text("cpu"), p_whole(count)), charToRaw("Q"))
}

p_tensor <- function(type, key, count, offset, shape, strides, name = "torch._utils._rebuild_tensor_v2", ...) {
  p_call(name, p_storage(type, key, count), p_whole(offset), p_wholes(shape), p_wholes(strides),
         p_false, p_call("collections.OrderedDict"), ...)
}

# A file whose pickle has these instructions; `storages` are named raw vectors.
torch_bytes <- function(..., storages = list(), protocol = 2, more = list(), zip = list()) {
  names(storages) <- paste0("a/data/", names(storages), recycle0 = TRUE)
  pickle <- c(as.raw(c(0x80, protocol)), ..., charToRaw("."))
  do.call(zip_archive, c(list(c(list(`a/data.pkl` = pickle), more, storages)), zip))
}

refused_torch <- function(file, message) {
  expect_refusal(nn_load_torch(file), "file", "file", message)
}
