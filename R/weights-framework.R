# Framework: lets the package safetensors return plain arrays.
#
# The package safetensors has other packages construct its tensors. Once both packages are loaded,
# safetensors::safe_load_file(path, framework = "nnconv") returns R arrays, and
# safetensors::safe_save_file() accepts them.

register_with_safetensors <- function() {
  if (isNamespaceLoaded("safetensors")) {
    register_framework()
  } else {
    setHook(packageEvent("safetensors", "onLoad"), function(...) register_framework())
  }
}

register_framework <- function() {
  package <- asNamespace("safetensors")
  frameworks <- package$safetensors_frameworks
  if (is.environment(frameworks)) { # since its version 0.2.0
    frameworks$nnconv <- list(constructor = array_from_tensor, packages = "nnconv")
    for (class in c("array", "numeric", "logical")) {
      registerS3method("safe_tensor_meta", class, tensor_meta, envir = package)
      registerS3method("safe_tensor_buffer", class, tensor_buffer, envir = package)
    }
  }
}

# `meta` holds the dtype and the shape, which the package safetensors does not check.
array_from_tensor <- function(raw, meta, lossy = FALSE) {
  dtype <- check_choice(meta$dtype, "dtype", file_dtypes)
  shape <- check_dim(as.double(unlist(meta$shape)), "shape", "whole numbers")
  if (prod(shape) > length(raw)) {
    allowed <- sprintf("a shape of at most %d elements, one for each byte", length(raw))
    refuse("shape", allowed, describe(shape), kind = "file")
  }
  array <- check_problem(r_safetensors_decode(raw, dtype, shape, lossy), "tensor")
  check_exact(array, "tensor", dtype, "tensor")
}

tensor_meta <- function(x) {
  list(shape = as.list(as.double(extents_of(x))), dtype = tensor_dtypes(list(x = x), NULL))
}

tensor_buffer <- function(x) {
  dtype <- tensor_dtypes(list(x = x), NULL)
  r_safetensors_encode(as_doubles(x, "x"), dtype, as.double(extents_of(x)))
}
