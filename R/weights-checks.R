# Files of weights, checks: of the arguments, of the core's findings, and of the arrays to write.

safetensors_format <- "a safetensors file"
torch_format <- "a file of PyTorch's torch.save()"

open_safetensors <- function(file) open_weights(file, r_safetensors_open, safetensors_format)

# Opens a file, or its bytes, by a function of the core.
open_weights <- function(file, open, format) {
  allowed <- "the path of a file, or its bytes as a raw vector"
  source <- if (is.raw(file)) without_class(file) else check_path(file, "file", allowed)
  content <- check_problem(open(source), file, format)
  content$format <- format
  content
}

# Turns the core's report of a faulty file into an error; returns any other result as it is.
check_problem <- function(result, file, allowed = safetensors_format) {
  problem <- if (is.list(result)) result$problem
  if (!is.null(problem)) {
    because <- if (is.null(result$at)) {
      capitalized(problem)
    } else {
      sprintf("Byte %s: %s", in_full(result$at), problem)
    }
    refuse("file", allowed, describe(file), kind = "file", because = paste0(because, "."))
  }
  result
}

choose_tensors <- function(present, names, prefix) {
  chosen <- which(startsWith(present, prefix))
  if (length(chosen) == 0L && prefix != "") {
    refuse("prefix", paste("the beginning of a tensor's name:", some_of(present)), describe(prefix))
  }
  if (is.null(names)) {
    return(chosen)
  }
  present <- without_prefix(present[chosen], prefix)
  allowed <- paste("different names of tensors:", some_of(present))
  names <- check_type(names, "names", allowed, is.character)
  places <- match(as_utf8(names), present)
  if (anyNA(places) || anyDuplicated(places)) {
    wrong <- which(is.na(places) | duplicated(places))[1L]
    refuse("names", allowed, describe(names[wrong]))
  }
  chosen[places]
}

# Refuses tensors whose type or extents R cannot represent.
check_tensor_fits <- function(content, i, file) {
  name <- dQuote(content$name[i], FALSE)
  if (!content$readable[i]) {
    refuse(
      "file", paste(content$format, "of numbers that R has"), describe(file), kind = "file",
      because = sprintf("Tensor %s is of type %s. `names` chooses others.", name, content$dtype[i])
    )
  }
  if (any(content$shape[[i]] > .Machine$integer.max)) {
    refuse(
      "file", sprintf("%s of arrays with extents up to %d", content$format, .Machine$integer.max),
      describe(file), kind = "file",
      because = sprintf("Tensor %s is of shape [%s].", name, toString(in_full(content$shape[[i]])))
    )
  }
}

check_exact <- function(array, name, dtype, file, format = safetensors_format) {
  if (is.null(array)) {
    because <- if (dtype == "BOOL") {
      "has bytes other than 0 and 1"
    } else {
      "has integers beyond 2^53, which `lossy = TRUE` rounds"
    }
    refuse(
      "file", paste(format, "of numbers that stay the same in R"), describe(file), kind = "file",
      because = sprintf("Tensor %s %s.", dQuote(name, FALSE), because)
    )
  }
  array
}

check_tensors <- function(x) {
  allowed <- "a list of numeric or logical arrays whose names differ"
  if (!is.list(x) || is.object(x)) {
    refuse("tensors", allowed, describe(x), kind = "type")
  }
  given <- as_utf8(names_of(x))
  bad <- duplicated(given) | is.na(given) | !validUTF8(given) | given == "__metadata__"
  if (any(bad) || (length(x) > 0L && is.null(names(x)))) {
    refuse("tensors", allowed, if (is.null(names(x))) {
      "one without names"
    } else {
      paste("one with the name", describe(given[bad][1L]))
    }, because = if (any(given[bad] %in% "__metadata__")) "This name is for the metadata.")
  }
  for (name in which(!vapply(x, is_array_type, TRUE))) {
    refuse("tensors", allowed, sprintf("one with %s as %s", describe(x[[name]]),
                                       dQuote(given[name], FALSE)), kind = "type")
  }
  lapply(x, without_class)
}

refuse_values <- function(tensors, place, dtype) {
  refuse(
    "tensors", sprintf("a list of numbers that %s can hold", dtype),
    sprintf("one with others in %s", dQuote(names(tensors)[place], FALSE))
  )
}

tensor_dtypes <- function(tensors, dtype) {
  dtypes <- vapply(tensors, function(x) {
    switch(typeof(x), double = "F64", integer = "I32", "BOOL")
  }, "", USE.NAMES = FALSE)
  if (is.null(dtype)) {
    return(dtypes)
  }
  chosen <- check_choice(dtype, "dtype", file_dtypes, several = TRUE)
  names <- names(without_class(dtype))
  if (is.null(names) && length(chosen) == 1L) {
    return(rep(chosen, length(dtypes)))
  }
  dtypes[check_entries(names, "dtype", tensors, length(chosen))] <- chosen
  dtypes
}

file_dtypes <- c(
  "F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "F8_E8M0",
  "I8", "I16", "I32", "I64", "U8", "U16", "U32", "U64", "BOOL"
)

# Returns the positions of `names` among the tensors.
check_entries <- function(names, argument, tensors, count = length(names)) {
  places <- match(names, names(tensors))
  if (length(places) != count || anyNA(places) || anyDuplicated(places)) {
    wrong <- which(is.na(places) | duplicated(places))[1L]
    refuse(
      argument, paste("names of entries of `tensors`, each at most once:", some_of(names(tensors))),
      if (is.null(names)) "without names" else describe(names[wrong])
    )
  }
  places
}

tensor_shapes <- function(tensors, scalars) {
  shapes <- unname(lapply(tensors, function(x) as.double(extents_of(x))))
  scalars <- check_type(scalars, "scalars", "names of entries of length 1", is.character)
  for (place in check_entries(scalars, "scalars", tensors)) {
    if (length(tensors[[place]]) != 1L) {
      refuse("scalars", "names of entries of length 1", describe(names(tensors)[place]))
    }
    shapes[[place]] <- numeric()
  }
  shapes
}

check_metadata <- function(x) {
  if (is.null(x)) {
    return(character())
  }
  allowed <- "a character vector whose names differ, without NA"
  x <- check_type(x, "metadata", allowed, is.character)
  texts <- as_utf8(c(names(x), x))
  if (is.null(names(x)) || anyDuplicated(names(x)) || anyNA(texts) || !all(validUTF8(texts))) {
    refuse("metadata", allowed, if (is.null(names(x))) "one without names" else describe(x))
  }
  x
}
