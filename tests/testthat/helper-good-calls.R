# Calls: one that works for every function, method and member of the package, found from its
# namespace, to spoil argument by argument.
#
# A new export whose arguments have other names, or need other values, gets a line in good_calls();
# a new class with methods of its own, one in good_objects().

# Values that work wherever an argument has this name.
good_values <- function() {
  list(
    in_channels = 4, out_channels = 6, kernel_size = c(3, 2), stride = c(2, 1), padding = c(1, 0),
    output_padding = c(1, 0), groups = 2, bias = TRUE, dilation = c(1, 2), padding_mode = "zeros",
    dtype = "float64", output_size = NULL, extend = FALSE, wanted = "weight", mode = TRUE,
    dim = c(2, 4, 5, 6), input = array(sin(1:240), c(2, 4, 5, 6)), input_shape = c(2, 4, 5, 6), i = "weight",
    value = array(1, c(6, 2, 3, 2)), rows = 1:2, columns = 2, main = "kernels",
    newdata = array(1, c(4, 5, 6)), batch_size = 1, tile = c(3, 2), progress = FALSE,
    prefix = "", layout = "torch", sparse = FALSE, step = 2, along = NULL,
    lr = 0.1, eps = 1e-8, weight_decay = 0, betas = c(0.9, 0.99), parameters = c(1, 2), gradient = c(0.5, 0)
  )
}

# For every export, the values that are not those; what goes into `...` has no name.
good_calls <- function() {
  layer <- nn_conv2d(4, 6, c(3, 2))
  up_weight <- array(cos(1:72), c(4, 3, 3, 2))
  down_weight <- array(cos(1:72), c(6, 2, 3, 2))
  list(
    as_nchw = list(x = array(sin(1:24), c(2, 4, 3)), layout = "HWC", range = c(0, 255)),
    conv_explorer = list(layer = layer, input = c(3, 4)),
    from_nchw = list(x = array(sin(1:24), c(1, 3, 2, 4)), layout = "HWC", range = c(0, 255)),
    nn_activation = list(f = function(x) x^2, derivative = function(x) 2 * x),
    nn_animate = list(
      arithmetic = nn_arithmetic(layer, 4), steps = 2, pause = 0, file = NULL, width = 80,
      height = 60
    ),
    nn_arithmetic = list(layer = layer, input = c(3, 4)),
    nn_init_bilinear = list(out_channels = 4),
    nn_leaky_relu = list(negative_slope = 0.1),
    nn_load_safetensors = list(file = good_file(), names = "b", lossy = TRUE),
    nn_parameters_vector = list(x = layer),
    `nn_parameters_vector<-` = list(x = layer, value = seq_len(150) / 100),
    nn_set_parameters_vector = list(x = layer, value = seq_len(150) / 100),
    nn_safetensors_info = list(file = good_file()),
    nn_save_safetensors = list(
      tensors = list(a = matrix(1:6, 2), b = 7), file = tempfile(), dtype = "F32",
      metadata = c(format = "pt"), scalars = "b"
    ),
    nn_sequential = list(nn_conv2d(4, 6, 3), nn_relu()),
    nn_simd = list(set = "portable"),
    nn_threads = list(n = 1),
    nnf_conv2d = list(weight = down_weight, bias = 1:6 / 10),
    nnf_conv2d_backward = list(
      weight = down_weight, bias = 1:6 / 10, grad_output = array(sin(1:96), c(2, 6, 3, 4))
    ),
    nnf_conv_transpose2d = list(weight = up_weight, bias = 1:6 / 10),
    nnf_conv_transpose2d_backward = list(
      weight = up_weight, bias = 1:6 / 10, grad_output = array(sin(1:960), c(2, 6, 10, 8))
    ),
    nnf_pad = list(pad = c(1, -2, 0, 1), mode = "constant", value = 0)
  )
}

# A file to read.
good_file <- function() {
  file <- file.path(tempdir(), "good.safetensors")
  if (!file.exists(file)) nn_save_safetensors(list(a = matrix(1:6 / 2, 2), b = 1:3), file)
  file
}

# The same for methods.
good_methods <- function(objects) {
  list(
    all.equal.nnconv_module = list(current = objects$nnconv_module),
    plot.nnconv_module = list(input = NULL),
    `[[.nnconv_module` = list(exact = TRUE),
    as.data.frame.nnconv_arithmetic = list(row.names = NULL, optional = FALSE)
  )
}

# Calls that need packages, or R with a device.
packages_of_calls <- c(
  conv_explorer = "shiny", autoplot.nnconv_arithmetic = "ggplot2", `as.matrix(sparse)` = "Matrix"
)

is_possible <- function(call) {
  if (call$name == "nn_animate(file = )") {
    return(can_draw_png())
  }
  package <- packages_of_calls[call$name]
  is.na(package) || requireNamespace(package, quietly = TRUE)
}

# For every class, an object to call its methods with.
good_objects <- function() {
  layer <- nn_conv2d(4, 6, c(3, 2), groups = 2)
  list(
    nnconv_module = layer,
    nnconv_sequential = nn_sequential(layer, nn_relu()),
    nnconv_info = nn_info(),
    nnconv_summary = summary(layer),
    nnconv_optimizer = nn_optim_adam(),
    nnconv_arithmetic = nn_arithmetic(layer, c(4, 5))
  )
}

# Exports that take nothing to spoil.
without_arguments <- c("nn_info", "nn_relu", "nn_sigmoid", "nn_tanh")

# The calls that are no exports, methods or members: closures of the user's and parts of values.
other_calls <- function() {
  x <- array(sin(1:240), c(2, 4, 5, 6))
  layer <- nn_conv2d(4, 6, c(3, 2), groups = 2)
  chain <- nn_sequential(layer, nn_relu())
  up <- nn_conv_transpose2d(4, 6, c(3, 2), stride = c(2, 1))
  list(
    `nn_conv_transpose2d(four sides)` = list(function(padding, output_size) {
      nn_conv_transpose2d(
        1, 1, 3, stride = 2, padding = padding, output_size = output_size
      )$output_shape(c(1, 5, 5))
    }, padding = c(1, 0, 2, 1), output_size = c(11, 9)),
    `nn_conv_transpose2d(extend)` = list(function(output_padding, extend) {
      nn_conv_transpose2d(
        1, 1, 2, output_padding = output_padding, extend = extend
      )$output_shape(c(1, 5, 5))
    }, output_padding = c(3, 0), extend = TRUE),
    `nnf_conv_transpose2d(output_size)` = list(function(padding, output_size) {
      nnf_conv_transpose2d(
        x, up$weight, stride = c(2, 1), padding = padding, output_size = output_size
      )
    }, padding = c(1, 0, 0, 1), output_size = c(11, 6)),
    `nnf_conv2d(four sides)` = list(function(padding) {
      nnf_conv2d(x, layer$weight, padding = padding, groups = 2, padding_mode = "reflect")
    }, padding = c(1, 0, 2, 1)),
    `predict(output_size)` = list(function(output_size) {
      predict(up, x, output_size = output_size, tile = 3, progress = FALSE)
    }, output_size = c(12, 7)),
    `as.matrix(output_size)` = list(function(input_shape, output_size) {
      as.matrix(up, input_shape, output_size = output_size)
    }, input_shape = c(4, 5, 6), output_size = c(12, 7)),
    `as.matrix(sparse)` = list(function(input_shape, sparse) {
      as.matrix(as.matrix(up, input_shape, sparse))
    }, input_shape = c(4, 5, 6), sparse = TRUE),
    `nn_arithmetic(output_size)` = list(function(input, output_size) {
      nn_arithmetic(up, input, output_size)
    }, input = c(3, 4), output_size = c(8, 5)),
    `plot(layer, input = )` = list(function(input, main) {
      plot(layer, input = input, main = main)
    }, input = c(4, 3), main = "cells"),
    `plot(along = )` = list(function(along, main) {
      plot(nn_arithmetic(layer, 4), along = along, main = main)
    }, along = "width", main = "cells"),
    `nn_animate(file = )` = list(function(file, steps, width, height) {
      files <- nn_animate(up, file = file, steps = steps, width = width, height = height)
      if (is.character(files)) list(basename(files), file.size(files)) else files
    }, file = "step-%d.png", steps = 2, width = 90, height = 80),
    `nn_save_safetensors() and back` = list(function(tensors, dtype, metadata, scalars) {
      file <- nn_save_safetensors(tensors, "saved.safetensors", dtype, metadata, scalars)
      on.exit(unlink(file))
      list(nn_load_safetensors(file, lossy = TRUE), nn_safetensors_info(file))
    }, tensors = list(a = matrix(1:6, 2), b = 7), dtype = c(a = "I8"),
    metadata = c(format = "pt"), scalars = "b"),
    `nn_save_safetensors(list(a = ))` = list(function(tensors) {
      file <- nn_save_safetensors(list(a = tensors), "saved.safetensors", "F64")
      on.exit(unlink(file))
      nn_load_safetensors(file)
    }, tensors = matrix(1:6 / 2, 2)),
    `state_dict(layout = )` = list(function(prefix, layout) {
      layer$state_dict(prefix, layout)
    }, prefix = "a.", layout = "keras"),
    `load_state_dict(prefix, layout)` = list(function(prefix, layout, kernel) {
      layer$load_state_dict(list(a.kernel = kernel, a.bias = 1:6), prefix, layout)
    }, prefix = "a.", layout = "keras", kernel = aperm(layer$weight, c(3:4, 2:1)), owner = layer),
    `options(nnconv.algorithm = )` = list(function(nnconv.algorithm) {
      before <- options(list(nnconv.algorithm = nnconv.algorithm))
      on.exit(options(before))
      layer(x)
    }, nnconv.algorithm = "direct"),
    `load_state_dict(list(weight = , bias = ))` = list(function(weight, bias) {
      layer$load_state_dict(list(weight = weight, bias = bias))
    }, weight = layer$weight, bias = layer$bias, owner = layer),
    `result of f()` = list(function(f) nn_activation(function(x) f, cos)(c(1, 2)), f = c(3, 4)),
    `result of derivative()` = list(function(derivative) {
      nn_activation(sin, function(x) derivative)$backward(c(1, 2), c(1, 1))
    }, derivative = c(3, 4)),
    `result of grad_output()` = list(function(grad_output) {
      chain$backward(x, function(y) grad_output)
    }, grad_output = chain(x), owner = chain),
    `$module<-` = list(function(value) {
      chain$`1` <- value
      chain
    }, value = nn_relu(), owner = chain),
    `nn_parameters_vector(list())` = list(function(x) nn_parameters_vector(list(bias = x)), x = 1:3)
  )
}

# What an argument is called in an error, where that is not its own name.
other_names <- c(
  `predict.nnconv_module(newdata)` = "input",
  `[[.nnconv_module(i)` = "name", `$<-.nnconv_module(value)` = "weight",
  `[[<-.nnconv_module(value)` = "weight", `[[<-.nnconv_module(i)` = "name",
  `$module<-(value)` = "1", `load_state_dict(prefix, layout)(kernel)` = "a.kernel"
)

# Numbers may be right as such, but not together with these other arguments, which are then named.
contradicted <- list(
  stride = c("output_padding", "grad_output", "input"),
  padding = c("grad_output", "input", "output_size"),
  prefix = c("state_dict", "names"), layout = "x", dilation = c("grad_output", "input"),
  groups = c("bias", "input"), weight = c("bias", "input"),
  input = c("pad", "output_size"), output_padding = "input"
)

# Puts the instruction set and the threads back, at the end of the caller.
local_engine <- function(frame = parent.frame()) {
  set <- nn_simd()
  threads <- nn_threads()
  withr::defer({
    nn_simd(set)
    nn_threads(threads)
  }, frame)
}

# All calls: lists of a function `f`, its `arguments` and the `owner` whose state it may change.
all_calls <- function() {
  local_engine()
  grDevices::pdf(NULL) # for what draws
  on.exit(grDevices::dev.off(), add = TRUE)
  exports <- sort(getNamespaceExports("nnconv"))
  from_exports <- sapply(exports, function(name) {
    good_call(getExportedValue("nnconv", name), good_calls()[[name]], name)
  }, simplify = FALSE)
  made <- lapply(Filter(is_possible, from_exports), function(call) {
    value <- suppressWarnings(do.call(call$f, call$arguments))
    if (is.function(value) && is.object(value)) value
  })
  made <- made[!duplicated(lapply(made, class)) & lengths(made) > 0L]
  names(made) <- paste0(names(made), "()")
  others <- Map(function(call, name) {
    arguments <- call[!names(call) %in% c("", "owner")]
    list(f = call[[1L]], arguments = arguments, owner = call$owner, name = name)
  }, other_calls(), names(other_calls()))
  members <- unlist(Map(member_calls, made, names(made)), recursive = FALSE, use.names = FALSE)
  calls <- c(from_exports, named_calls(members), method_calls(), others)
  Filter(function(call) length(call$arguments) > 0L, calls)
}

named_calls <- function(calls) stats::setNames(calls, vapply(calls, `[[`, "", "name"))

good_call <- function(f, given, name, owner = NULL, besides = NULL) {
  wanted <- setdiff(names(formals(f)), c("...", names(besides)))
  values <- good_values()
  values[names(given)[names_of(given) != ""]] <- NULL
  known <- c(given, values[intersect(names(values), wanted)])
  absent <- setdiff(wanted, names(known))
  if (length(absent)) {
    stop(sprintf("`%s` of %s() needs a value in helper-good-calls.R", toString(absent), name))
  }
  arguments <- if ("..." %in% names(formals(f))) known else known[wanted]
  list(f = f, arguments = c(besides, arguments), owner = owner, fixed = names(besides), name = name)
}

# An object that is a function, and the functions among its members.
member_calls <- function(object, name) {
  values <- list()
  if (is_module(object)) {
    x <- good_values()$input
    values <- list(grad_output = object(x), state_dict = object$state_dict())
  }
  calls <- list(good_call(object, values[0], name, object))
  if (is_module(object)) {
    for (member in names(members_of(object))) {
      f <- object[[member]]
      if (is.function(f)) {
        given <- values[intersect(names(values), names(formals(f)))]
        calls <- c(calls, list(good_call(f, given, paste0(name, "$", member), object)))
      }
    }
  }
  calls
}

# Methods are called with an object of their class.
method_calls <- function() {
  methods <- getNamespaceInfo("nnconv", "S3methods")
  objects <- good_objects()
  calls <- lapply(seq_len(nrow(methods)), function(k) {
    class <- methods[k, 2L]
    generic <- sub(".*::", "", methods[k, 1L])
    name <- paste0(generic, ".", class)
    if (is.null(objects[[class]])) stop(sprintf("class %s needs an object in helper-good-calls.R", class))
    f <- getFromNamespace(name, "nnconv")
    besides <- stats::setNames(objects[class], names(formals(f))[1L])
    # Always a string, as R's own code makes it.
    of_r <- list(name = "weight", pattern = "^w")
    besides <- c(besides, of_r[intersect(names(of_r), names(formals(f)))])
    owner <- if (is_module(objects[[class]])) objects[[class]]
    good_call(f, good_methods(objects)[[name]], name, owner, besides)
  })
  named_calls(calls)
}
