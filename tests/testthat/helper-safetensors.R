# Safetensors files byte by byte, by the format's description; nothing of the package is used.

# A whole number below 2^53 as bytes, the lowest first.
little_endian <- function(x, size = 8L) as.raw(x %/% 256^(seq_len(size) - 1L) %% 256)

# A file of this header and data; `length` is what it says of its header.
safetensors_bytes <- function(header, data = raw(), length = NULL) {
  header <- if (is.raw(header)) header else charToRaw(enc2utf8(header))
  if (is.null(length)) length <- base::length(header)
  c(little_endian(length), header, data)
}

# Runs of raw bytes as a file, which goes with the test.
local_safetensors <- function(bytes, env = parent.frame()) {
  file <- withr::local_tempfile(fileext = ".safetensors", .local_envir = env)
  writeBin(bytes, file)
  file
}

# '"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}'
tensor_json <- function(name, dtype, shape, begin, end) {
  whole <- function(x) paste(format(x, scientific = FALSE, trim = TRUE), collapse = ",")
  sprintf('"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%s]}', name, dtype,
          if (length(shape)) whole(shape) else "", whole(c(begin, end)))
}

# The numbers of a file's tensor as an array: its last index varies fastest.
from_rows <- function(numbers, shape) {
  if (length(shape) < 2L) array(numbers, shape) else aperm(array(numbers, rev(shape)))
}

# The 65536 numbers of 16 bits with so many bits of exponent, by the definition of IEEE 754.
numbers_of_16_bits <- function(exponent_bits) {
  word <- 0:65535
  digits <- 15 - exponent_bits
  largest <- 2^exponent_bits - 1
  bias <- (largest - 1) / 2
  fraction <- word %% 2^digits
  exponent <- word %/% 2^digits %% 2^exponent_bits
  size <- ifelse(
    exponent == 0, fraction * 2^(1 - bias - digits), (1 + fraction / 2^digits) * 2^(exponent - bias)
  )
  size[exponent == largest] <- ifelse(fraction[exponent == largest] == 0, Inf, NaN)
  ifelse(word >= 32768, -size, size)
}

# The 256 numbers of a type of 8 bits, code by code, by the definitions of the OCP (E4M3, E5M2,
# E8M0) and of Noune et al. (FNUZ): exponent bits, bias, and what the odd codes stand for.
numbers_of_8_bits <- function(dtype) {
  vapply(0:255, function(code) {
    if (dtype == "F8_E8M0") {
      return(if (code == 255) NaN else 2^(code - 127))
    }
    exponent_bits <- if (grepl("E4M3", dtype)) 4 else 5
    bias <- c(F8_E4M3 = 7, F8_E5M2 = 15, F8_E4M3FNUZ = 8, F8_E5M2FNUZ = 16)[[dtype]]
    digits <- 7 - exponent_bits
    sign <- if (code >= 128) -1 else 1
    exponent <- (code %% 128) %/% 2^digits
    fraction <- code %% 2^digits
    if (dtype == "F8_E4M3" && code %in% c(0x7f, 0xff)) return(NaN)
    if (dtype == "F8_E5M2" && exponent == 31) return(if (fraction == 0) sign * Inf else NaN)
    if (grepl("FNUZ", dtype) && code == 0x80) return(NaN)
    if (exponent == 0) {
      sign * 2^(1 - bias) * fraction / 2^digits
    } else {
      sign * 2^(exponent - bias) * (1 + fraction / 2^digits)
    }
  }, 0)
}
