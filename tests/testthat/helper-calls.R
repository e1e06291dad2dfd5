# Calls: one of every kind that R code can make of the package, on small arrays.
#
# all_calls() has a call of every function, method and member, found from the namespace, to spoil its
# arguments one by one. every_call() has these and variants of them, to run as they are, also under
# the watch of tools/harden/. A new export whose arguments have other names, or need other values,
# gets a line in good_calls(); a new class with methods of its own, one in good_objects().

numbers_like <- function(...) array(sin(seq_len(prod(...))), c(...))
good_tensors <- list(a = matrix(1:6, 2), b = 7)

# Values that work wherever an argument has this name.
good_values <- function() {
  list(
    in_channels = 4, out_channels = 6, kernel_size = c(3, 2), stride = c(2, 1), padding = c(1, 0),
    output_padding = c(1, 0), groups = 2, bias = TRUE, dilation = c(1, 2), padding_mode = "zeros",
    dtype = "float64", output_size = NULL, extend = FALSE, wanted = "weight", mode = TRUE,
    dim = c(2, 4, 5, 6), input = numbers_like(2, 4, 5, 6), input_shape = c(2, 4, 5, 6), i = "weight",
    value = array(1, c(6, 2, 3, 2)), rows = 1:2, columns = 2, main = "kernels",
    newdata = array(1, c(4, 5, 6)), batch_size = 1, tile = c(3, 2), progress = FALSE,
    prefix = "", layout = "torch", rename = c("^layer[.]" = ""), strict = TRUE, sparse = FALSE, step = 2,
    along = NULL,
    num_features = 4, momentum = 0.2, affine = TRUE, track_running_stats = TRUE, num_parameters = 4,
    init = 0.1, p = 0.3, ceil_mode = TRUE, upscale_factor = 2, scale_factor = c(2, 1.5),
    lr = 0.1, eps = 1e-8, weight_decay = 0, betas = c(0.9, 0.99), parameters = c(1, 2), gradient = c(0.5, 0),
    decoupled = TRUE, momentum = 0.9, dampening = 0, nesterov = TRUE, reduction = "sum",
    output = numbers_like(2, 3, 2, 2), target = numbers_like(2, 3, 2, 2)
  )
}

# For every export and method, the values that are not those; what goes into `...` has no name.
good_calls <- function() {
  layer <- nn_conv2d(4, 6, c(3, 2))
  file <- file.path(tempdir(), "good.safetensors")
  if (!file.exists(file)) nn_save_safetensors(list(a = matrix(1:6 / 2, 2), b = 1:3), file)
  checkpoint <- system.file("extdata", "checkpoint.pt", package = "nnconv")
  of_up <- list(weight = array(cos(1:72), c(4, 3, 3, 2)), bias = 1:6 / 10)
  of_down <- list(weight = array(cos(1:72), c(6, 2, 3, 2)), bias = 1:6 / 10)
  list(
    as_nchw = list(x = numbers_like(2, 4, 3), layout = "HWC", range = c(0, 255)),
    conv_explorer = list(layer = layer, input = c(3, 4)),
    from_nchw = list(x = numbers_like(1, 3, 2, 4), layout = "HWC", range = c(0, 255)),
    nn_activation = list(f = function(x) x^2, derivative = function(x) 2 * x),
    nn_animate = list(
      arithmetic = nn_arithmetic(layer, 4), steps = 2, pause = 0, file = NULL, width = 80, height = 60
    ),
    nn_arithmetic = list(layer = layer, input = c(3, 4)),
    nn_conv1d = list(kernel_size = 3, stride = 2, padding = 1, dilation = 2),
    nn_conv_transpose1d = list(kernel_size = 3, stride = 2, padding = 1, output_padding = 1, dilation = 2),
    nn_function = list(forward = function(x) x^2, backward = function(x, y, grad_output) 2 * x * grad_output),
    nn_init_bilinear = list(out_channels = 4), nn_init_bicubic = list(out_channels = 4),
    nn_pretrained = list(name = "upscale2x"),
    nn_enlarge = list(
      x = numbers_like(2, 4, 3), layout = "HWC", net = nn_upsample(2), range = c(0, 255), tile = 3
    ),
    nn_fit = list(), # its arguments are fixed_arguments()
    nn_leaky_relu = list(negative_slope = 0.1), nn_simd = list(set = "portable"), nn_threads = list(n = 1),
    nn_load_safetensors = list(file = file, names = "b", lossy = TRUE),
    nn_loss = list(
      value = of_base(function(output, target) sum(output) - sum(target)),
      gradient = of_base(function(output, target) output + 1 - output)
    ),
    nn_max_pool2d = list(stride = NULL), nn_upsample = list(mode = "bilinear"),
    nn_load_torch = list(file = checkpoint, names = "up.bias", lossy = TRUE, part = "model"),
    nn_optim_adam = list(parameters = NULL), nn_optim_adamw = list(parameters = NULL),
    nn_optim_sgd = list(parameters = NULL),
    nn_parameters_vector = list(x = layer),
    `nn_parameters_vector<-` = list(x = layer, value = seq_len(150) / 100),
    nn_set_parameters_vector = list(x = layer, value = seq_len(150) / 100),
    nn_safetensors_info = list(file = file),
    nn_save_safetensors = list(
      tensors = good_tensors, file = tempfile(), dtype = "F32", metadata = c(format = "pt"), scalars = "b"
    ),
    nn_sequential = list(nn_conv2d(4, 6, 3), nn_relu()),
    nn_skip = list(nn_conv2d(4, 6, 1), nn_relu(), join = "concat"),
    nnf_conv2d = of_down,
    nnf_conv2d_backward = c(of_down, list(grad_output = numbers_like(2, 6, 3, 4))),
    nnf_conv_transpose2d = of_up,
    nnf_conv_transpose2d_backward = c(of_up, list(grad_output = numbers_like(2, 6, 10, 8))),
    nnf_pad = list(pad = c(1, -2, 0, 1), mode = "constant", value = 0),
    all.equal.nnconv_module = list(current = layer), `[[.nnconv_module` = list(exact = TRUE),
    plot.nnconv_module = list(input = NULL, dim = NULL),
    as.data.frame.nnconv_arithmetic = list(row.names = NULL, optional = FALSE),
    as.data.frame.nnconv_history = list(row.names = NULL, optional = FALSE), plot.nnconv_history = list(main = "losses"),
    autoplot.nnconv_history = list(main = "losses"),
    `$<-.nnconv_optimizer` = list(value = 0.2)
  )
}

# For every class, an object to call its methods with.
good_objects <- function() {
  layer <- nn_conv2d(4, 6, c(3, 2), groups = 2)
  list(
    nnconv_module = layer, nnconv_sequential = nn_sequential(layer, nn_relu()), nnconv_info = nn_info(),
    nnconv_skip = nn_skip(nn_conv2d(4, 6, 1), nn_relu()),
    nnconv_summary = summary(layer), nnconv_optimizer = nn_optim_adam(), nnconv_loss = nn_l1_loss(),
    nnconv_history = small_history(),
    nnconv_arithmetic = nn_arithmetic(layer, c(4, 5))
  )
}

# Functions that take nothing of this file along.
of_base <- function(f) `environment<-`(f, baseenv())

# Arguments of exports that stay as they are: other_calls() has calls with the same each time, to spoil.
fixed_arguments <- function() {
  layer <- nn_conv2d(4, 6, 1)
  list(nn_fit = list(
    net = layer, x = numbers_like(4, 4, 2, 3), y = numbers_like(4, 6, 2, 3), loss = nn_mse_loss(),
    optimizer = nn_optim_sgd(layer, lr = 0), epochs = 2, batch_size = 2, validation = NULL, patience = NULL,
    schedule = NULL, augment = NULL, progress = FALSE, callbacks = list(), steps = NULL
  ), fit.nnconv_module = list(x = numbers_like(4, 4, 5, 6), y = numbers_like(4, 6, 3, 5), epochs = 1))
}

small_history <- function() {
  x <- numbers_like(4, 1, 2, 2)
  nn_fit(nn_conv2d(1, 1, 1), x, x, epochs = 2, validation = list(x, x))
}

# The calls that are no exports, methods or members: closures of the user's and parts of values. The
# defaults are the values to spoil.
other_calls <- function() {
  x <- numbers_like(2, 4, 5, 6)
  layer <- nn_conv2d(4, 6, c(3, 2), groups = 2)
  chain <- nn_sequential(layer, nn_relu())
  up <- nn_conv_transpose2d(4, 6, c(3, 2), stride = c(2, 1))
  shape_of <- function(...) nn_conv_transpose2d(1, 1, 3, ...)$output_shape(c(1, 5, 5))
  sequences <- nn_conv1d(4, 6, 3)
  sequences$load_state_dict(list(weight = numbers_like(6, 4, 3), bias = 1:6))
  of_keras <- aperm(layer$weight, c(3:4, 2:1))
  a <- nn_arithmetic(layer, 4)
  numbers_like <- numbers_like # here, as calls are copied with what is here
  reread <- reread
  with_options <- with_options
  fitted <- fitted
  list(
    `nn_conv_transpose2d(four sides)` = function(padding = c(1, 0, 2, 1), output_size = c(11, 9)) {
      shape_of(stride = 2, padding = padding, output_size = output_size)
    },
    `nn_conv_transpose2d(extend)` = function(output_padding = c(3, 0), extend = TRUE) {
      shape_of(output_padding = output_padding, extend = extend)
    },
    `nnf_conv_transpose2d(output_size)` = function(padding = c(1, 0, 0, 1), output_size = c(11, 6)) {
      nnf_conv_transpose2d(x, up$weight, stride = c(2, 1), padding = padding, output_size = output_size)
    },
    `nnf_conv2d(four sides)` = function(padding = c(1, 0, 2, 1)) {
      nnf_conv2d(x, layer$weight, padding = padding, groups = 2, padding_mode = "reflect")
    },
    `nn_conv1d()()` = function(input = numbers_like(2, 4, 7)) sequences(input),
    `nn_conv1d()$backward()` = function(input = numbers_like(2, 4, 7), grad_output = numbers_like(2, 6, 5)) {
      sequences$backward(input, grad_output)
    },
    `nn_conv_transpose1d()$output_shape()` = function(dim = c(2, 4, 7), output_size = 15) {
      nn_conv_transpose1d(4, 2, 3, 2)$output_shape(dim, output_size)
    },
    `predict(output_size)` = function(output_size = c(12, 7)) {
      predict(up, x, output_size = output_size, tile = 3, progress = FALSE)
    },
    `as.matrix(output_size)` = function(input_shape = c(4, 5, 6), output_size = c(12, 7)) {
      as.matrix(up, input_shape, output_size = output_size)
    },
    `as.matrix(sparse)` = function(input_shape = c(4, 5, 6), sparse = TRUE) {
      as.matrix(as.matrix(up, input_shape, sparse))
    },
    `nn_arithmetic(output_size)` = function(input = c(3, 4), output_size = c(8, 5)) {
      nn_arithmetic(up, input, output_size)
    },
    `plot(layer, input = )` = function(input = c(4, 3), main = "cells") plot(layer, NULL, NULL, main, input),
    `plot(dim = )` = function(dim = c(4, 9, 9), main = "boxes") {
      force(main)
      plot(up, main = main, dim = dim)
    },
    `plot(along = )` = function(along = "width", main = "cells") plot(a, along = along, main = main),
    `nn_animate(file = )` = function(file = "step-%d.png", steps = 2, width = 90, height = 80) {
      files <- nn_animate(up, file = file, steps = steps, width = width, height = height)
      if (is.character(files)) list(basename(files), file.size(files)) else files
    },
    `nn_save_safetensors() and back` = reread,
    `nn_save_safetensors(list(a = ))` = function(tensors = matrix(1:6 / 2, 2)) {
      reread(list(a = tensors), "F64", NULL, character())
    },
    `state_dict(layout = )` = function(prefix = "a.", layout = "keras") layer$state_dict(prefix, layout),
    `load_state_dict(prefix, layout)` = function(prefix = "a.", layout = "keras", kernel = of_keras) {
      layer$load_state_dict(list(a.kernel = kernel, a.bias = 1:6), prefix, layout)
    },
    `load_state_dict(rename, strict)` = function(rename = c("^conv[.]" = ""), strict = FALSE) {
      layer$load_state_dict(list(conv.weight = layer$weight, conv.bias = 1:6), rename = rename, strict = strict)
    },
    `options(nnconv.algorithm = )` = function(nnconv.algorithm = "direct") {
      with_options(layer, nnconv.algorithm = nnconv.algorithm)(x)
    },
    `load_state_dict(list(weight = , bias = ))` = function(weight = layer$weight, bias = layer$bias) {
      layer$load_state_dict(list(weight = weight, bias = bias))
    },
    `result of forward()` = function(forward = c(3, 4)) nn_function(function(x) forward)(c(1, 2)),
    `result of backward()` = function(backward = c(3, 4)) {
      nn_function(sin, function(x, y, grad_output) backward)$backward(c(1, 2), c(1, 1))
    },
    `result of f()` = function(f = c(3, 4)) nn_activation(function(x) f, cos)(c(1, 2)),
    `result of derivative()` = function(derivative = c(3, 4)) {
      nn_activation(sin, function(x) derivative)$backward(c(1, 2), c(1, 1))
    },
    `result of grad_output()` = function(grad_output = chain(x)) chain$backward(x, function(y) grad_output),
    `$module<-` = function(value = nn_relu()) `$<-`(chain, "1", value),
    `nn_fit()` = function(x = numbers_like(4, 1, 2, 2), y = numbers_like(4, 1, 2, 2), epochs = 2, batch_size = 2,
                          validation = 0.5, patience = 1, progress = FALSE, steps = NULL) {
      fitted(x, y, epochs = epochs, batch_size = batch_size, validation = validation, patience = patience,
             progress = progress, steps = steps)
    },
    `nn_fit(functions)` = function(schedule = of_base(function(epoch) 0.5),
                                   augment = of_base(function(x, y) list(x, y)), loss = nn_mse_loss()) {
      x <- numbers_like(4, 1, 2, 2)
      fitted(x, x, loss, epochs = 1, schedule = schedule, augment = augment)
    },
    `loss$backward()` = function(output = numbers_like(2, 3), target = numbers_like(2, 3)) {
      nn_mse_loss()$backward(output, target)
    },
    `cross entropy of classes` = function(output = numbers_like(2, 3), target = c(3, 1)) {
      nn_cross_entropy_loss()(output, target)
    },
    `optimizer$step()` = function(gradients = list(weight = numbers_like(6, 2, 3, 2), bias = 1:6)) {
      m <- nn_conv2d(4, 6, c(3, 2), groups = 2)
      m$load_state_dict(list(weight = numbers_like(6, 2, 3, 2), bias = 6:1))
      nn_optim_adam(m)$step(gradients)
      m$state_dict()
    },
    `nn_parameters_vector(list())` = function(x = 1:3) nn_parameters_vector(list(bias = x))
  )
}

# What does not depend on random numbers or the time.
fitted <- function(x, y, ...) {
  m <- nn_conv2d(1, 1, 1)
  m$load_state_dict(list(weight = array(0.5, c(1, 1, 1, 1)), bias = 0))
  set.seed(1)
  history <- nn_fit(m, x, y, ..., optimizer = nn_optim_sgd(m, lr = 0)) # ends, however many the epochs
  c(history[c("loss", "validation", "lr", "best", "ended")], m$state_dict())
}

# With its defaults as arguments, as one that has none. What may be changed is the chain, and its layer.
other_call <- function(f, name) {
  arguments <- lapply(formals(f), eval, environment(f))
  formals(f)[] <- alist(x = )
  list(f = f, arguments = arguments, owner = environment(f)$chain, name = name)
}

# What is read after it was saved.
reread <- function(tensors = good_tensors, dtype = c(a = "I8"), metadata = c(format = "pt"), scalars = "b") {
  file <- nn_save_safetensors(tensors, "saved.safetensors", dtype, metadata, scalars)
  on.exit(unlink(file))
  list(nn_load_safetensors(file, lossy = TRUE), nn_safetensors_info(file))
}

# Some calls need packages, or R with a device.
is_possible <- function(call) {
  package <- switch(call$name, conv_explorer = "shiny", autoplot.nnconv_arithmetic = , autoplot.nnconv_history = "ggplot2",
                    `as.matrix(sparse)` = "Matrix", "nnconv")
  requireNamespace(package, quietly = TRUE) &&
    (call$name != "nn_animate(file = )" || asNamespace("nnconv")$can_draw_png())
}
is_drawing <- function(names) grepl("plot|animate|explorer", names)

# All calls: lists of a function `f`, its `arguments` and the `owner` whose state it may change.
all_calls <- function() Filter(function(call) length(call$arguments) > 0L, calls_of_namespace())

calls_of_namespace <- function() {
  grDevices::pdf(NULL) # for what draws
  on.exit(grDevices::dev.off())
  from_exports <- sapply(sort(getNamespaceExports("nnconv")), function(name) {
    f <- getExportedValue("nnconv", name)
    good_call(f, good_calls()[[name]], name, besides = fixed_arguments()[[name]])
  }, simplify = FALSE)
  unlike <- c("nn_simd", "nn_threads", "nn_pretrained") # the last makes a chain, like nn_sequential()
  makes <- Filter(is_possible, from_exports[!names(from_exports) %in% unlike])
  made <- lapply(makes, function(call) {
    value <- suppressWarnings(do.call(call$f, call$arguments))
    if (is.function(value) && is.object(value)) value
  })
  made <- made[!duplicated(lapply(made, class)) & lengths(made) > 0L]
  members <- unlist(Map(member_calls, made, paste0(names(made), "()")), recursive = FALSE)
  others <- other_calls()
  calls <- c(from_exports, members, method_calls(), Map(other_call, others, names(others)))
  stats::setNames(calls, vapply(calls, `[[`, "", "name"))
}

good_call <- function(f, given, name, owner = NULL, besides = NULL) {
  wanted <- setdiff(names(formals(f)), c("...", names(besides)))
  values <- good_values()
  values[names(given)[names(given) != ""]] <- NULL
  known <- c(given, values[intersect(names(values), wanted)])
  absent <- setdiff(wanted, names(known))
  if (length(absent)) stop(sprintf("`%s` of %s() needs a value in helper-calls.R", toString(absent), name))
  arguments <- if ("..." %in% names(formals(f))) known else known[wanted]
  list(f = f, arguments = c(besides, arguments), owner = owner, fixed = names(besides), name = name)
}

# An object that is a function, and the functions among its members.
member_calls <- function(object, name) {
  if (!inherits(object, "nnconv_module")) return(list(good_call(object, list(), name, object)))
  input <- good_values()$input
  if (grepl("1d", class(object)[1L])) input <- input[, , , 1] # of sequences
  own <- list(good_call(object, list(input = input), name, object))
  values <- list(
    input = input, dim = dim(input), grad_output = object(input), state_dict = object$state_dict()
  )
  members <- sapply(names(asNamespace("nnconv")$members_of(object)), function(member) object[[member]])
  members <- Filter(is.function, members)
  c(own, Map(function(f, member) {
    good_call(f, values[intersect(names(values), names(formals(f)))], member, object)
  }, members, paste0(name, "$", names(members))))
}

# Methods are called with an object of their class.
method_calls <- function() {
  methods <- getNamespaceInfo("nnconv", "S3methods")
  objects <- good_objects()
  Map(function(generic, class) {
    name <- paste0(sub(".*::", "", generic), ".", class)
    if (is.null(objects[[class]])) stop(sprintf("class %s needs an object in helper-calls.R", class))
    f <- utils::getFromNamespace(name, "nnconv")
    member <- switch(class, nnconv_optimizer = "lr", nnconv_loss = "reduction", "weight")
    of_r <- c(name = member, pattern = "^w") # always strings, as R's own code makes them
    of_r <- as.list(of_r[intersect(names(of_r), names(formals(f)))])
    besides <- c(stats::setNames(objects[class], names(formals(f))[1L]), of_r, fixed_arguments()[[name]])
    owner <- if (inherits(objects[[class]], "nnconv_module")) objects[[class]]
    good_call(f, good_calls()[[name]], name, owner, besides)
  }, methods[, 1L], methods[, 2L])
}

# Every call that this system can make, those of an optimizer apart, which takes other steps each time.
every_call <- function() {
  set.seed(1)
  calls <- Filter(is_possible, calls_of_namespace())
  calls <- lapply(calls[!names(calls) %in% c("nn_optim_adam()", "nn_optim_adamw()")], function(call) {
    replace(call, "arguments", list(lapply(call$arguments, as_range)))
  })
  more <- lapply(variants(), function(variant) do.call(call_of, variant))
  c(calls, Map(c, more, name = names(more)))
}

call_of <- function(f, ...) list(f = f, arguments = list(...))
# As R keeps it where code says 1:n: without memory until something asks for it.
as_range <- function(x) {
  is_range <- is.double(x) && is.null(attributes(x)) && length(x) > 1L && length(unique(diff(x))) == 1L
  if (is_range && abs(x[2L] - x[1L]) == 1) x[1L]:x[length(x)] else x
}

# What a call returns, or the message of its refusal, and what it prints. Of objects that hold
# environments, the class.
run_call <- function(call) {
  before <- list(nn_simd(), nn_threads(), setwd(tempdir()))
  on.exit(Map(function(put_back, value) put_back(value), list(nn_simd, nn_threads, setwd), before))
  if (any(is_drawing(call$name))) {
    grDevices::pdf(NULL)
    on.exit(grDevices::dev.off(), add = TRUE)
  }
  printed <- utils::capture.output(
    value <- tryCatch(do.call(call$f, call$arguments), nnconv_error = conditionMessage)
  )
  list(value = if (is.function(value) || is.object(value)) class(value) else value, printed = printed)
}
