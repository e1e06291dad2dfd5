# Safetensors: reads and writes files of named arrays, the format in which PyTorch and other
# software exchange weights. The core handles the header and the order of the numbers
# (src/safetensors/header.h, src/files/tensor_data.h); the code here handles the arguments.

#' Read and write safetensors files
#'
#' `nn_load_safetensors()` reads the arrays of a safetensors file as plain R arrays.
#' `nn_save_safetensors()` writes such a file, and `nn_safetensors_info()` lists its contents
#' without reading the numbers. PyTorch, Keras, JAX and other software use this format. No
#' other package is needed. `vignette("weights")` shows how to move weights from other
#' software and back.
#'
#' Shapes stay as they are in the file: a `(16, 33, 3, 3)` tensor becomes an R array with
#' these dimensions, and `x[i, j, k, l]` is the same number. The file varies the last index
#' fastest and R the first; reading reorders the numbers.
#'
#' Files may come from anywhere, so the whole header is checked before any number is read. A
#' file is refused if it is truncated, contains a name twice, or has tensors that overlap or
#' leave gaps. The numbers pass through a buffer of about 1 MB; no other memory is used
#' besides the result. You can interrupt reading and writing.
#'
#' @section Writing safely:
#' A new file is first written next to its final path, under a short name that begins with
#' `.nnconv-`. Once complete, it replaces the old file and takes over its owner and mode. A
#' full disk, an interrupt or the end of the process thus leaves an old file unchanged.
#'
#' Some files cannot be replaced: a single file mounted into a container, a file in a
#' read-only folder, another user's file, or a file with an access control list. Such a file
#' is overwritten in place, as [saveRDS()] does. The numbers are checked and disk space is
#' reserved first, so only an interrupt or the end of the process can damage the old file. A
#' damaged file begins with zeros and is refused when it is read.
#'
#' If the path is a symbolic link, the link stays and its target is written. Other names of
#' the same file (hard links) keep the old content.
#'
#' @section Paths:
#' Paths are used byte by byte as R gives them, for example by [list.files()], even if the
#' locale lacks such letters. Strings of declared encoding are converted to the locale's
#' encoding, or to UTF-8 if the locale lacks their letters.
#'
#' @param file Path of the file. For reading, it can also be the file's bytes, as a raw
#'   vector.
#' @param names Names of the tensors to read, without `prefix`; `NULL` for all.
#' @param prefix Start of the names to read; it is removed from them. With `"up1."`,
#'   `up1.weight` becomes `weight`.
#' @param lossy `TRUE` to round 64-bit integers beyond 2^53, which R's doubles cannot
#'   represent exactly; with `FALSE`, they are an error.
#' @param tensors Named list of numeric or logical arrays, such as `m$state_dict()`. A vector
#'   without dimensions counts as an array of one dimension.
#' @param dtype Type of the numbers in the file: one for all tensors, or a vector named by
#'   tensors. Tensors that it does not name, or all with `NULL`, become `"F64"` (doubles),
#'   `"I32"` (integers) or `"BOOL"` (logicals).
#' @param metadata Named character vector of text to store in the file.
#' @param scalars Names of entries of length 1 to store without dimensions.
#'
#' @section Formula:
#' Let \eqn{n_k} be the extents of a tensor. Counted from 0, the element of index
#' \eqn{(i_1, \dots, i_r)} is at position
#' \eqn{i_r + n_r (i_{r-1} + n_{r-1} (\cdots i_1))}{i_r + n_r * (i_{r-1} + n_{r-1} *
#' (... i_1))} of the file's numbers and at position
#' \eqn{i_1 + n_1 (i_2 + n_2 (\cdots i_r))}{i_1 + n_1 * (i_2 + n_2 * (... i_r))} of R's. The
#' file consists of the length of the header (8 bytes), the header in JSON, which gives each
#' tensor's type, shape and position, and the numbers, little-endian.
#'
#' @section Types:
#' | dtype | bytes | in R | on writing |
#' | --- | --- | --- | --- |
#' | `F64` | 8 | double | exact |
#' | `F32`, `F16` | 4, 2 | double | rounded to the nearest; a number beyond the largest is an error |
#' | `BF16` | 2 | double | likewise; 8 binary digits, with the range of `F32` |
#' | `F8_E4M3`, `F8_E4M3FNUZ` | 1 | double | likewise; 4 binary digits, up to 448 or 240, no infinity |
#' | `F8_E5M2`, `F8_E5M2FNUZ` | 1 | double | likewise; 3 binary digits, up to 57344, infinity only in the first |
#' | `F8_E8M0` | 1 | double | powers of 2 from 2^-127 to 2^127 and `NaN`, or an error |
#' | `I8`, `I16`, `I32`, `U8`, `U16`, `U32` | 1 to 4 | double | whole numbers in range, or an error |
#' | `I64`, `U64` | 8 | double | likewise; read exactly up to 2^53, see `lossy` |
#' | `BOOL` | 1 | logical | 0 and 1, or an error |
#'
#' A tensor without dimensions (a scalar) becomes a vector of length 1; a tensor without
#' numbers becomes an array of length 0. Numbers of 8 bits are returned unscaled; if a
#' checkpoint contains scales for them, multiply by these. Files may also contain complex
#' tensors and numbers of 4 or 6 bits (`C64`, `F4`, `F6_E2M3`, `F6_E3M2`). These cannot be
#' read; use `names` or `prefix` to skip them.
#'
#' @return `nn_load_safetensors()` returns a named list of arrays, in the order of the
#'   file's header. `nn_save_safetensors()` returns `file`, invisibly.
#'   `nn_safetensors_info()` returns a list of `tensors`, a data frame with the columns
#'   `name`, `dtype`, `shape` (a list of vectors) and `bytes`, and `metadata`, a named
#'   character vector.
#'
#' @section Errors:
#' All errors are classed; see [nnconv_error]. The class is `nnconv_error_file` for a file
#' that cannot be opened, read or written, or that is not a complete and consistent
#' safetensors file; the message names the tensor and the byte. If the file is something
#' else, such as a web page, a pointer of Git LFS or a file of `torch.save()`, the message
#' says so and suggests a remedy. The class is `nnconv_error_memory` if the numbers do not
#' fit into memory; see [nnconv_memory]. Other classes report `names` or a `prefix` that the
#' file does not contain, `tensors` that are not such a list, and numbers that `dtype` cannot
#' represent.
#'
#' @references Format: <https://github.com/huggingface/safetensors>. `BF16`:
#'   Kalamkar et al. (2019), <https://arxiv.org/abs/1905.12322>. `F8_E4M3` and
#'   `F8_E5M2`: Micikevicius et al. (2022), <https://arxiv.org/abs/2209.05433>. Types
#'   `FNUZ`: Noune et al. (2022), <https://arxiv.org/abs/2206.02915>. `F8_E8M0`:
#'   *OCP Microscaling Formats (MX) Specification*, version 1.0 (2023),
#'   <https://www.opencompute.org/>.
#'
#' @seealso [nn_load_torch()] for files of PyTorch; [nnconv_module] for `state_dict()` and
#'   `load_state_dict()`.
#'
#' @examples
#' up <- nn_conv_transpose2d(16, 33, 3, stride = 2)
#' file <- tempfile(fileext = ".safetensors")
#' nn_save_safetensors(up$state_dict(prefix = "up1."), file, dtype = "F32",
#'                     metadata = c(format = "pt"))
#' nn_safetensors_info(file)$tensors
#' #>         name dtype        shape bytes
#' #> 1 up1.weight   F32 16, 33, 3, 3 19008
#' #> 2   up1.bias   F32           33   132
#' weights <- nn_load_safetensors(file, prefix = "up1.")
#' lengths(weights)
#' #> weight   bias
#' #>   4752     33
#' bytes <- readBin(file, "raw", file.size(file))
#' identical(nn_load_safetensors(bytes, prefix = "up1."), weights)
#' #> [1] TRUE
#' other <- nn_conv_transpose2d(16, 33, 3, stride = 2)
#' other$load_state_dict(weights)
#' all.equal(other, up, tolerance = 1e-6)
#' #> [1] TRUE
#' @export
nn_load_safetensors <- function(file, names = NULL, prefix = "", lossy = FALSE) {
  prefix <- check_string(prefix, "prefix")
  lossy <- check_flag(lossy, "lossy")
  content <- open_safetensors(file)
  on.exit(r_safetensors_close(content$handle))
  chosen <- choose_tensors(content$name, names, prefix)
  for (i in chosen) check_tensor_fits(content, i, file)
  check_memory(8 * sum(vapply(content$shape[chosen], prod, 0)), "file", "its numbers as doubles")
  arrays <- lapply(chosen, function(i) {
    array <- check_problem(r_safetensors_read(
      content$handle, content$begin[i], content$dtype[i], content$shape[[i]], lossy
    ), file)
    check_exact(array, content$name[i], content$dtype[i], file)
  })
  names(arrays) <- without_prefix(content$name[chosen], prefix)
  arrays
}

#' @rdname nn_load_safetensors
#' @export
nn_safetensors_info <- function(file) {
  content <- open_safetensors(file)
  r_safetensors_close(content$handle)
  list(
    tensors = data.frame(
      name = content$name, dtype = content$dtype, shape = I(content$shape), bytes = content$bytes
    ),
    metadata = content$metadata
  )
}

#' @rdname nn_load_safetensors
#' @export
nn_save_safetensors <- function(tensors, file, dtype = NULL, metadata = NULL,
                                scalars = character()) {
  path <- check_path(file, "file")
  tensors <- check_tensors(tensors)
  dtypes <- tensor_dtypes(tensors, dtype)
  shapes <- tensor_shapes(tensors, scalars)
  metadata <- check_metadata(metadata)
  problem <- r_safetensors_write(
    path, lapply(tensors, as_doubles, "tensors"), as_utf8(names_of(tensors)), dtypes, shapes,
    as_utf8(names_of(metadata)), as_utf8(metadata)
  )
  if (!is.null(problem$place)) {
    refuse_values(tensors, problem$place, dtypes[problem$place])
  }
  check_problem(problem, file, "a path that can be written")
  invisible(as.vector(without_class(file)))
}
