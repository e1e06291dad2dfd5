# Safetensors: reads and writes files of named arrays, the format in which PyTorch and other
# software exchange weights. The core handles the header and the order of the numbers
# (src/safetensors/header.h, src/safetensors/tensor_data.h); the code here handles the arguments.

#' Read and write safetensors files
#'
#' `nn_load_safetensors()` reads the arrays of a safetensors file, which PyTorch,
#' Keras, JAX and others write, as plain R arrays; `nn_save_safetensors()` writes
#' such a file; `nn_safetensors_info()` tells what is in one without reading the
#' numbers. No other package is needed. `vignette("weights")` shows the way from
#' other software and back.
#'
#' Shapes stay what they are in the file: a `(16, 33, 3, 3)` tensor becomes an R
#' array with these dimensions and `x[i, j, k, l]` is the same number, although
#' the file stores the last index fastest and R the first.
#'
#' Files come from anywhere, so the whole header is checked before any number is
#' read: a file that is cut off, that has names twice, or whose tensors overlap or
#' leave holes is refused. The numbers pass through a buffer of about 1 MB; besides
#' it and the result no memory is used. Reading and writing can be interrupted.
#'
#' A file is written beside its final place, under a short name that begins with
#' `.nnconv-`, and takes that place when it is complete, with owner and mode of the
#' file that was there. A full disk, an interrupt or the end of the process leaves
#' an old file as it was. Where a file cannot be replaced, it is written in place, as
#' [saveRDS()] does: a single file that is mounted into a container, one in a folder
#' that may not be written, another user's file, one with an access control list.
#' Numbers are checked and disk space is taken before that, so that only an interrupt
#' or the end of the process can spoil the old file. It then begins with zeros, and is
#' refused when it is read. A link stays, and what it leads to is written; another name
#' of the same file (a hard link) keeps the old content.
#'
#' Paths are used in the bytes that R gives, as by [list.files()], even where the
#' locale has no such letters. Strings of a declared encoding are written in that of
#' the locale, or in UTF-8 where it lacks the letters.
#'
#' @param file Path of the file; for reading also its bytes, as a raw vector.
#' @param names Names of the tensors to read, without `prefix`; `NULL` for all.
#' @param prefix Only tensors whose names begin with this are read, and it is
#'   taken off: with `"up1."`, `"up1.weight"` becomes `weight`.
#' @param lossy Whether 64-bit integers beyond 2^53, which R's doubles cannot tell
#'   apart, are rounded; otherwise they are an error.
#' @param tensors Named list of numeric or logical arrays, such as
#'   `m$state_dict()`. A vector without dimensions counts as one of one dimension.
#' @param dtype Type of the numbers in the file: one for all, or a vector named by
#'   the tensors that it is for. The others, and all for `NULL`, become `"F64"`
#'   from doubles, `"I32"` from integers and `"BOOL"` from logicals.
#' @param metadata Named character vector of free texts to store in the file.
#' @param scalars Names of entries of length 1 that are stored without dimensions.
#'
#' @section Formula:
#' With \eqn{n_k} the extents, counted from 0, index \eqn{(i_1, \dots, i_r)} has in
#' the file place \eqn{i_r + n_r (i_{r-1} + n_{r-1} (\cdots i_1))}{
#' i_r + n_r * (i_{r-1} + n_{r-1} * (... i_1))} and in R place
#' \eqn{i_1 + n_1 (i_2 + n_2 (\cdots i_r))}{i_1 + n_1 * (i_2 + n_2 * (... i_r))}.
#' The file is the length of the header (8 bytes), the header in JSON with type,
#' shape and place of each tensor, and the numbers, little-endian.
#'
#' @section Types:
#' | dtype | bytes | in R | on writing |
#' | --- | --- | --- | --- |
#' | `F64` | 8 | double | exact |
#' | `F32`, `F16` | 4, 2 | double | to the nearest; a number beyond the largest is an error |
#' | `BF16` | 2 | double | the same; 8 binary digits, with the range of `F32` |
#' | `F8_E4M3`, `F8_E4M3FNUZ` | 1 | double | the same; 4 binary digits, up to 448 or 240, no infinity |
#' | `F8_E5M2`, `F8_E5M2FNUZ` | 1 | double | the same; 3 binary digits, up to 57344, infinity in the first only |
#' | `F8_E8M0` | 1 | double | powers of 2 from 2^-127 to 2^127 and `NaN`, or an error |
#' | `I8`, `I16`, `I32`, `U8`, `U16`, `U32` | 1 to 4 | double | whole numbers in range, or an error |
#' | `I64`, `U64` | 8 | double | the same; read exactly up to 2^53, see `lossy` |
#' | `BOOL` | 1 | logical | 0 and 1, or an error |
#'
#' A tensor of no dimensions (a scalar) becomes a vector of length 1, one without
#' numbers an array of length 0. Numbers of 8 bits are read as they are: where a
#' checkpoint has scales for them, multiply by these. Files may also contain complex
#' tensors and numbers of 4 and 6 bits (`C64`, `F4`, `F6_E2M3`, `F6_E3M2`), which
#' cannot be read; `names` and `prefix` leave them out.
#'
#' @return `nn_load_safetensors()`: a named list of arrays, in the order of the
#'   file's header. `nn_save_safetensors()`: `file`, invisibly.
#'   `nn_safetensors_info()`: a list of `tensors`, a data frame with `name`, `dtype`,
#'   `shape` (a list of vectors) and `bytes`, and of `metadata`, a named character
#'   vector.
#'
#' @section Errors:
#' All are classed; see [nnconv_error]. `nnconv_error_file` for a file that cannot
#' be opened, read or written, or is not a whole and consistent safetensors file; the
#' message names the tensor and the byte. Of a web page, a pointer of Git LFS, a file
#' of `torch.save()` and others it says what they are, and what helps. Other classes
#' for `names` and a `prefix` that the file does not have, and for `tensors` that are
#' no such list or have numbers that `dtype` cannot hold. `nnconv_error_memory` for a
#' file whose numbers do not fit into memory; see [nnconv_memory].
#'
#' @references The format: <https://github.com/huggingface/safetensors>. `BF16`:
#'   Kalamkar et al. (2019), <https://arxiv.org/abs/1905.12322>. `F8_E4M3` and
#'   `F8_E5M2`: Micikevicius et al. (2022), <https://arxiv.org/abs/2209.05433>. The
#'   types `FNUZ`: Noune et al. (2022), <https://arxiv.org/abs/2206.02915>. `F8_E8M0`:
#'   *OCP Microscaling Formats (MX) Specification*, version 1.0 (2023),
#'   <https://www.opencompute.org/>.
#'
#' @seealso [nnconv_module] for `state_dict()` and `load_state_dict()`.
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
