# Torch files: reads the files of PyTorch's torch.save(). The core reads the format
# (src/torch_files/torch_file.h) and knows the few names of Python in it
# (src/torch_files/torch_names.cpp); the code here chooses what to read.

#' Read files of PyTorch
#'
#' `nn_load_torch()` reads a `.pt` or `.pth` file of `torch.save()` as plain R lists and
#' arrays, without torch and without Python. Such a file contains the state dict of a
#' network, or a checkpoint that has one among other entries. `vignette("weights")` shows
#' how to load it into layers.
#'
#' A file of `torch.save()` is a program in Python's pickle format, which in Python can run
#' anything. This reader runs nothing: it knows the few instructions and names that tensors,
#' numbers, texts, lists and dicts need, and refuses a file with any other name. A file
#' that contains a whole network (`torch.save(model, file)`) is therefore refused by the
#' name of its class; `torch.save(model.state_dict(), file)` makes a file that can be read.
#'
#' Files may come from anywhere, so all lengths, places and checksums are verified before
#' numbers are used. Shapes stay as they are in PyTorch, as with [nn_load_safetensors()]. You
#' can interrupt reading.
#'
#' @param file Path of the file, or the file's bytes as a raw vector.
#' @param names Names of the entries to read, without `prefix`; `NULL` for all.
#' @param prefix Start of the names to read; it is removed from them.
#' @param lossy `TRUE` to round integers beyond 2^53, which R's doubles cannot represent
#'   exactly; with `FALSE`, they are an error.
#' @param part Names that lead to the part of the file to read, the outermost first, such as
#'   `"model"` for the entry `model` of a checkpoint, or `c("model", "state")` for an entry of
#'   this entry; `NULL` for the whole file. Numbers outside of this part are not read.
#'
#' @section Formula:
#' Let \eqn{n_k}, \eqn{s_k} and \eqn{o} be a tensor's extents, strides and offset in the file.
#' Counted from 0, the element of index \eqn{(i_1, \dots, i_r)} is at position
#' \eqn{o + \sum_k s_k i_k}{o + sum(s_k * i_k)} of its storage and at position
#' \eqn{i_1 + n_1 (i_2 + n_2 (\cdots i_r))}{i_1 + n_1 * (i_2 + n_2 * (... i_r))} of R's
#' array. Tensors may share storages, be transposed, or be views of parts.
#'
#' @section Types:
#' | in the file | in R |
#' | --- | --- |
#' | tensors and parameters of `float64`, `float32`, `float16`, `bfloat16` or 8-bit floats | double array |
#' | tensors of `int8` to `int64`, `uint8` to `uint64` | double array, exact up to 2^53; see `lossy` |
#' | tensors of `bool` | logical array |
#' | `int`, `float` | number |
#' | `bool`, `str`, `None` | logical, string, `NULL` |
#' | numbers of NumPy, such as `numpy.float64` and `numpy.int64` | number or logical |
#' | `dict`, `OrderedDict`, `defaultdict`, `Counter`, `argparse.Namespace` | list with names |
#' | `list`, `tuple`, `set`, `torch.Size` | list without names |
#' | `bytes` | raw vector |
#' | `torch.dtype`, `torch.device` | their names |
#'
#' A tensor without dimensions (a scalar) becomes a vector of length 1; a tensor without
#' numbers becomes an array of length 0. Keys of dicts that are whole numbers become names.
#' Whether a tensor requires a gradient is not kept. Complex, quantized and sparse tensors,
#' and arrays of NumPy, cannot be read.
#'
#' The reader accepts the zip archives that PyTorch writes since version 1.6, also big-endian
#' ones and ones that were packed again by a zip program, and the older format. It refuses
#' archives of TorchScript (`torch.jit.save()`).
#'
#' @return A list of the file's entries, in the order of the file, with their names if it is
#'   a dict; for other files or parts, the array or value itself.
#'
#' @section Errors:
#' All errors are classed; see [nnconv_error]. The class is `nnconv_error_file` for a file
#' that cannot be opened or read, that is damaged, that needs a name of Python that tensors do
#' not need, or that is something else, such as a web page; the message says what helps. The
#' class is `nnconv_error_memory` if the numbers do not fit into memory; see
#' [nnconv_memory]. Other classes report a `part`, `names` or a `prefix` that the file does
#' not contain.
#'
#' @references Format: `torch/serialization.py` of PyTorch (Paszke et al., 2019,
#'   <https://arxiv.org/abs/1912.01703>); Python's module
#'   [pickletools](https://docs.python.org/3/library/pickletools.html). Packed entries:
#'   Deutsch (1996), RFC 1951, <https://www.rfc-editor.org/rfc/rfc1951>.
#'
#' @seealso [nn_load_safetensors()]; [nnconv_module] for `load_state_dict()`.
#'
#' @examples
#' # A checkpoint of PyTorch: a small network, its optimizer, and numbers
#' file <- system.file("extdata", "checkpoint.pt", package = "nnconv")
#' checkpoint <- nn_load_torch(file)
#' names(checkpoint)
#' #> [1] "epoch"     "model"     "optimizer" "input"     "output"
#' checkpoint$epoch
#' #> [1] 3
#' dim(checkpoint$model$up.weight)
#' #> [1] 2 1 4 4
#'
#' # Load the network: stride and padding are not in the file
#' up <- nn_conv_transpose2d(2, 1, 4, stride = 2, padding = 1)
#' up$load_state_dict(nn_load_torch(file, part = "model"), prefix = "up.")
#' max(abs(up(checkpoint$input) - checkpoint$output)) < 1e-6
#' #> [1] TRUE
#' @export
nn_load_torch <- function(file, names = NULL, prefix = "", lossy = FALSE, part = NULL) {
  prefix <- check_string(prefix, "prefix")
  lossy <- check_flag(lossy, "lossy")
  content <- open_weights(file, r_torch_open, torch_format)
  on.exit(r_torch_close(content$handle))
  chosen <- part_of(content$content, part)
  if (!is.null(names) || prefix != "") {
    chosen <- entries_of_part(chosen, names, prefix)
  }
  places <- sort(unique(unlist(lapply(list(chosen), tensor_places))))
  for (i in places) check_tensor_fits(content, i, file)
  check_memory(
    8 * sum(vapply(content$shape[places], prod, 0)) + max(0, content$scratch[places]),
    "file", "its numbers as doubles"
  )
  arrays <- vector("list", length(content$name))
  arrays[places] <- lapply(places, function(i) {
    array <- check_problem(r_torch_read(content$handle, i, lossy), file, torch_format)
    check_exact(array, name_of_tensor(content, i), content$dtype[i], file, torch_format)
  })
  filled(chosen, arrays, lossy, file)
}

# Follows names into the content of a file.
part_of <- function(content, part) {
  if (is.null(part)) {
    return(content)
  }
  allowed <- function(here) paste("names that lead into the file:", some_of(names(here)))
  part <- as_utf8(check_type(part, "part", allowed(content), is.character))
  for (name in part) {
    at <- if (!is.null(names(content))) match(name, names(content))
    if (is.null(at) || is.na(at)) {
      refuse("part", allowed(content), describe(name),
             because = if (grepl("[.$/]", name)) {
               levels <- strsplit(name, "[.$/]+")[[1L]]
               sprintf("Each level has its name: part = c(%s).", toString(dQuote(levels, FALSE)))
             })
    }
    content <- content[[at]]
  }
  content
}

entries_of_part <- function(part, wanted, prefix) {
  present <- if (is.list(part)) names(part)
  chosen <- choose_tensors(as.character(present), wanted, prefix)
  stats::setNames(part[chosen], without_prefix(present[chosen], prefix))
}

# The core marks the places of tensors, and of integers that no double holds, by classes.
tensor_places <- function(value) {
  if (inherits(value, "nnconv_tensor")) {
    as.integer(value)
  } else if (is.list(value)) {
    unlist(lapply(unname(value), tensor_places))
  }
}

name_of_tensor <- function(content, i) if (content$name[i] == "") "tensor" else content$name[i]

# Puts the arrays at their places.
filled <- function(value, arrays, lossy, file) {
  if (inherits(value, "nnconv_tensor")) {
    arrays[[value]]
  } else if (inherits(value, "nnconv_inexact")) {
    if (!lossy) {
      refuse("file", paste(torch_format, "with integers up to 2^53"), describe(file),
             kind = "file", because = "Others are rounded with `lossy = TRUE`.")
    }
    as.double(value)
  } else if (is.list(value)) {
    lapply(value, filled, arrays, lossy, file)
  } else {
    value
  }
}
