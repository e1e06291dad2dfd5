# Nasty values: kinds of things that somebody, some day, gives to every argument.
#
# A kind is a function of a value that the argument does take (`good`), which it may spoil. What
# comes out is refused by the argument's name, or gives the answer of the same numbers given plainly.

nasty_kinds <- list(
  "NULL" = function(good) NULL,
  "NA" = function(good) NA,
  "NA_integer_" = function(good) NA_integer_,
  "NA_real_" = function(good) NA_real_,
  "NA_character_" = function(good) NA_character_,
  "NaN" = function(good) NaN,
  "Inf" = function(good) Inf,
  "-Inf" = function(good) -Inf,
  "zero" = function(good) 0,
  "minus zero" = function(good) -0,
  "minus one" = function(good) -1L,
  "a fraction" = function(good) 1.5,
  "nearly one" = function(good) 1 + .Machine$double.eps,
  "tiny" = function(good) 5e-324,
  "2^31 - 1" = function(good) 2147483647,
  "2^31" = function(good) 2^31,
  "2^53" = function(good) 2^53,
  "huge" = function(good) .Machine$double.xmax,
  "TRUE" = function(good) TRUE,
  "no logicals" = function(good) logical(),
  "no integers" = function(good) integer(),
  "no doubles" = function(good) double(),
  "no strings" = function(good) character(),
  "no entries" = function(good) list(),
  "three numbers" = function(good) c(1, 2, 3),
  "a string" = function(good) "a",
  "an empty string" = function(good) "",
  "a number as a string" = function(good) "3",
  "a format" = function(good) "100%s %d %n",
  "two strings" = function(good) c("same", "valid"),
  "a long string" = function(good) strrep("nasty ", 1e4),
  "invalid UTF-8" = function(good) "\xff\xfe",
  "latin1" = function(good) `Encoding<-`("caf\xe9", "latin1"),
  "a line break" = function(good) "a\nb`",
  "a factor" = function(good) factor("a"),
  "a date" = function(good) as.Date("2020-02-29"),
  "a time" = function(good) as.POSIXct(0, "UTC", origin = "1970-01-01"),
  "a time in parts" = function(good) as.POSIXlt(0, "UTC", origin = "1970-01-01"),
  "a time difference" = function(good) as.difftime(1, units = "secs"),
  "integer64" = function(good) structure(double(length(good)), dim = dim(good), class = "integer64"),
  "complex" = function(good) 1i,
  "raw" = function(good) as.raw(1),
  "a list" = function(good) list(1),
  "nested lists" = function(good) list(list(list("a")), NULL),
  "in a list" = function(good) list(good),
  "a data frame" = function(good) data.frame(a = 1:2),
  "a tibble" = function(good) {
    structure(list(a = 1), class = c("tbl_df", "tbl", "data.frame"), row.names = 1L)
  },
  "an environment" = function(good) new.env(),
  "an active binding that fails" = function(good) failing_environment(),
  "a function" = function(good) function(x) x,
  "a primitive" = function(good) sum,
  "a function without arguments" = function(good) function() NULL,
  "a formula" = function(good) y ~ x,
  "a call" = function(good) quote(f(x)),
  "a symbol" = function(good) quote(x),
  "an expression" = function(good) expression(a, b),
  "a pointer" = function(good) methods::new("externalptr"),
  "an S4 object" = function(good) methods::getClass("numeric"),
  "a long sequence" = function(good) 1:2^33,
  "a vector" = function(good) as.vector(good),
  "of integers" = function(good) retyped(good, "integer"),
  "a compact sequence" = function(good) if (is.numeric(good)) reshaped(seq_along(good), good) else 1:5,
  "with names" = function(good) if (is.vector(good)) `names<-`(good, letters[seq_along(good)]) else good,
  "with dimnames" = function(good) with_dimnames(good),
  "with an attribute" = function(good) if (is.null(good)) good else `attr<-`(good, "nasty", 1:3),
  "of another class" = function(good) reclassed(good, "nasty_class"),
  "of a class of ours" = function(good) reclassed(1, c("nnconv_conv2d", "nnconv_layer", "nnconv_module")),
  "a function of a class of ours" = function(good) {
    reclassed(function(input) input, c("nnconv_conv2d", "nnconv_layer", "nnconv_module"))
  },
  "with methods that lie" = function(good) reclassed(good, "nasty_liar"),
  "with methods that fail" = function(good) reclassed(good, "nasty_failing"),
  "S4 numbers" = function(good) if (is.numeric(good)) asS4(good) else good,
  "as text" = function(good) retyped(good, "character"),
  "twice" = function(good) c(good, good),
  "the first" = function(good) good[1L],
  "with an NA" = function(good) with_first(good, NA),
  "with an infinity" = function(good) if (is.numeric(good)) with_first(good, -Inf) else good,
  "with a huge number" = function(good) if (is.numeric(good)) with_first(good, 1e300) else good,
  "one axis more" = function(good) array(good, c(extents_of(good), 1L)),
  "five axes" = function(good) array(0, c(1, 2, 3, 4, 5)),
  "one axis" = function(good) array(good),
  "turned around" = function(good) if (is.array(good)) aperm(good) else rev(good),
  "an axis of none" = function(good) array(0, c(2L, 4L, 0L, 5L)),
  "a matrix" = function(good) matrix(0, 2, 2),
  "an array of text" = function(good) array("a", c(2, 4, 5, 5)),
  "an array of lists" = function(good) array(list(1), c(2, 4, 5, 5)),
  "a time series" = function(good) stats::ts(1:3),
  "a table" = function(good) table(1:3)
)

retyped <- function(x, type) {
  if (is.numeric(x) || is.logical(x)) storage.mode(x) <- type
  x
}

reshaped <- function(x, like) {
  dim(x) <- dim(like)
  x
}

with_dimnames <- function(x) {
  if (is.array(x)) dimnames(x) <- lapply(dim(x), function(n) paste0("n", seq_len(n)))
  x
}

with_first <- function(x, value) {
  if (is.atomic(x) && length(x)) x[1L] <- value
  x
}

reclassed <- function(x, class) {
  if (is.null(x) || is.symbol(x)) x else structure(x, class = class)
}

failing_environment <- function() {
  env <- new.env()
  makeActiveBinding("weight", function(value) stop("a binding of the user's fails"), env)
  env
}

# Methods that lie and that fail, for classes that nobody else has.
local({
  lies <- list(
    dim = function(x) c(7L, 4L, 90L, 90L), length = function(x) 4L, names = function(x) "weight",
    is.numeric = function(x) TRUE, anyNA = function(x, recursive = FALSE) FALSE,
    as.double = function(x, ...) 3, as.character = function(x, ...) "zeros",
    as.vector = function(x, mode) 1:2, `[` = function(x, ...) 5, `[[` = function(x, ...) 5
  )
  for (name in names(lies)) registerS3method(name, "nasty_liar", lies[[name]])
  fail <- function(x, ...) stop("a method of the user's fails")
  for (name in c(names(lies), "print", "format", "toString", "is.na", "Ops", "Math", "Summary",
                 "xtfrm", "rep", "unique", "levels", "c", "[<-", "[[<-", "dim<-", "names<-", "$")) {
    registerS3method(name, "nasty_failing", fail)
  }
})

# The values of all kinds that `good` allows to make: all of them, if it is a vector.
nasty_values <- function(good) {
  values <- lapply(nasty_kinds, function(kind) {
    tryCatch(list(kind(good)), error = function(e) if (is.atomic(good) && !is.null(good)) stop(e))
  })
  lapply(Filter(Negate(is.null), values), `[[`, 1L)
}

# The same numbers without anything around them, as doubles where `good` is no logical.
plainly <- function(value, good) {
  if (!is.atomic(value) || is.null(value) || length(unclass(value)) > 1e6) {
    return(value)
  }
  shape <- attr(value, "dim")
  names <- if (!is.null(names(good))) attr(value, "names")
  value <- as.vector(unclass(asS4(value, FALSE)))
  if (is.numeric(value) || is.logical(value) && !is.logical(good)) value <- as.double(value)
  dim(value) <- shape
  if (is.null(shape)) names(value) <- names
  value
}

# What a call does: its `value` or `error`, what it printed and warned, which files it left behind.
outcome <- function(call) {
  set.seed(1)
  warnings <- value <- error <- NULL
  threads <- nn_threads()
  simd <- nn_simd()
  folder <- tempfile("nasty")
  dir.create(folder)
  before <- list.files(tempdir())
  old <- setwd(folder)
  setTimeLimit(cpu = 2, elapsed = 30, transient = TRUE)
  on.exit({
    setTimeLimit()
    nn_threads(threads)
    nn_simd(simd)
    setwd(old)
    unlink(folder, recursive = TRUE)
  })
  printed <- utils::capture.output(error <- tryCatch(withCallingHandlers({
    value <- do.call(call$f, call$arguments, quote = TRUE)
    NULL
  }, warning = function(w) {
    warnings <<- c(warnings, conditionMessage(w))
    invokeRestart("muffleWarning")
  }), error = identity))
  files <- c(list.files(folder, all.files = TRUE, no.. = TRUE),
             setdiff(list.files(tempdir()), before))
  list(value = comparable(value), error = error, printed = printed, warnings = warnings,
       files = files)
}

# Modules by what they hold, arrays without names and other attributes, pictures of ggplot2 and apps
# of shiny by what they show.
comparable <- function(value) {
  if (is_module(value)) {
    state_of(value)
  } else if (inherits(value, "nnconv_optimizer")) {
    as.list(environment(value))
  } else if (inherits(value, "ggplot")) {
    list(lapply(value$layers, `[[`, "data"), unclass(value$labels))
  } else if (inherits(value, "shiny.appobj")) {
    as.character(environment(value$httpHandler)$ui)
  } else if (is.function(value)) {
    deparse(unclass(value))
  } else if (is.list(value)) {
    lapply(unclass(value), comparable)
  } else if (is.numeric(value)) {
    array(as.vector(value), extents_of(value))
  } else {
    value
  }
}

state_of <- function(module) {
  lapply(states_of(module), function(state) {
    state <- as.list(state)
    lapply(state[order(names(state))], comparable)
  })
}

# What an argument is called in an error, where that is not its own name.
other_names <- c(
  `nn_conv1d()$output_shape(dim)` = "input", `nn_conv_transpose1d()$backward(input)` = "grad_output",
  `nn_conv_transpose1d()$output_shape()(dim)` = "output_size",
  `predict.nnconv_module(newdata)` = "input",
  `[[.nnconv_module(i)` = "name", `$<-.nnconv_module(value)` = "weight",
  `[[<-.nnconv_module(value)` = "weight", `[[<-.nnconv_module(i)` = "name",
  `$<-.nnconv_optimizer(value)` = "lr", `$module<-(value)` = "1",
  `nn_fit()(x)` = "input", `nn_fit()(y)` = "target", `nn_fit()(validation)` = "validation[[1]]", `load_state_dict(prefix, layout)(kernel)` = "a.kernel"
)

# Numbers may be right as such, but not together with these other arguments, which are then named.
contradicted <- list(
  stride = c("output_padding", "grad_output", "input"),
  padding = c("grad_output", "input", "output_size"),
  prefix = c("state_dict", "names"), rename = "state_dict", part = "names", layout = "x",
  dilation = c("grad_output", "input"),
  groups = c("bias", "input"), weight = c("bias", "input"),
  input = c("pad", "output_size"), output_padding = "input",
  momentum = "nesterov", dampening = "nesterov", output = "target", x = c("y", "loss"), y = "loss"
)

# What is wrong with a call whose arguments at these places are replaced by `values`; NULL if
# nothing is.
problem_with <- function(call, places, values) {
  spoiled <- private_copy(call)
  spoiled$arguments[places] <- values
  got <- outcome(spoiled)
  if (length(got$warnings)) {
    return(paste("warns:", got$warnings[1L]))
  }
  if (!is.null(got$error)) {
    if (length(got$files)) return(paste("is refused, but leaves a file:", got$files[1L]))
    return(problem_with_error(got$error, call, spoiled, labels_of(call)[places]))
  }
  plain_values <- Map(plainly, values, call$arguments[places])
  if (identical(unname(plain_values), unname(values))) {
    return()
  }
  plain <- private_copy(call)
  plain$arguments[places] <- plain_values
  expected <- outcome(plain)
  if (!is.null(expected$error)) {
    paste("is taken, but plainly refused:", conditionMessage(expected$error))
  } else if (!identical(got[c("value", "printed")], expected[c("value", "printed")])) {
    "gives another answer than the same values given plainly"
  }
}

problem_with_error <- function(error, call, spoiled, arguments) {
  message <- conditionMessage(error)
  if (grepl("^cannot allocate vector of size", message)) {
    return()
  }
  if (!inherits(error, "nnconv_error")) {
    return(paste("fails in R's own words:", message))
  }
  if (inherits(error, "nnconv_error_package")) {
    return()
  }
  own <- sprintf("%s(%s)", call$name, arguments)
  names <- c(arguments, unname(other_names[intersect(own, names(other_names))]))
  if (error$argument %in% unlist(contradicted[arguments]) && !inherits(error, "nnconv_error_type")) {
    return()
  }
  if (!error$argument %in% names && !any(vapply(names, function(name) {
    grepl(sprintf("`%s`", name), message, fixed = TRUE)
  }, TRUE))) {
    return(paste("is refused in other names:", message))
  }
  if (!is.null(call$owner) && !identical(state_of(call$owner), state_of(spoiled$owner))) {
    return(paste("is refused, but has changed the module:", message))
  }
}

# With modules of its own, which it may change. Functions of the package stay, as R has compiled them;
# so do the helpers and their sources, which functions made here hold, as they are large.
private_copy <- function(call) {
  helpers <- parent.env(environment())
  kept <- list()
  keep <- function(object) {
    if (!identical(object, helpers) && !inherits(object, "srcfile")) return()
    kept[[length(kept) + 1L]] <<- object
    as.character(length(kept))
  }
  is_own <- isNamespace(environment(call$f))
  bytes <- serialize(if (is_own) replace(call, "f", list(NULL)) else call, NULL, refhook = keep)
  copy <- unserialize(bytes, function(i) kept[[as.integer(i)]])
  if (is_own) copy$f <- call$f
  copy
}

# The problems of one call, argument by argument.
problems_of <- function(call, kinds = names(nasty_kinds)) {
  problems <- character()
  labels <- labels_of(call)
  for (place in which(!labels %in% call$fixed)) {
    values <- nasty_values(call$arguments[[place]])
    for (kind in intersect(kinds, names(values))) {
      problem <- problem_with(call, place, values[kind])
      if (length(problem)) {
        problems <- c(problems, sprintf("%s(%s = <%s>) %s", call$name, labels[place], kind, problem))
      }
    }
  }
  problems
}

# The arguments' names, and for those in `...` their places.
labels_of <- function(call) {
  names <- names_of(call$arguments)
  ifelse(names == "", sprintf("..%d", seq_along(names)), names)
}
