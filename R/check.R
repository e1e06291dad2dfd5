# Check: one function per kind of argument. Each returns the value in the form that the rest of the
# package relies on, or refuses it.

# Accepts whole numbers from `min` to `max`; `lengths` lists the permitted lengths.
check_whole <- function(x, argument, min, lengths, allowed, max = largest_whole) {
  range <- function() sprintf("%s between %d and %.0f", allowed, min, max)
  x <- check_type(x, argument, range(), is_number)
  ok <- length(x) %in% lengths && !anyNA(x) &&
    all(x >= min & x <= max & x == trunc(x))
  if (!ok) {
    refuse(argument, range(), describe(x))
  }
  as.double(x)
}

check_count <- function(x, argument, max = largest_whole) {
  check_whole(x, argument, 1, 1L, "one whole number", max)
}

# Accepts one number for both axes, or height and width.
check_pair <- function(x, argument, min) {
  rep_len(check_whole(x, argument, min, 1:2, "one or two whole numbers (height, width)"), 2L)
}

# Accepts one or more whole numbers from 1 to `count`.
check_places <- function(x, argument, count, because = NULL) {
  allowed <- sprintf("whole numbers from 1 to %s", in_full(count))
  x <- check_type(x, argument, allowed, is_number)
  if (length(x) == 0L || anyNA(x) || any(x != trunc(x) | x < 1 | x > count)) {
    refuse(argument, allowed, describe(x), because = because)
  }
  as.integer(x)
}

# Accepts finite numbers x with min <= x < below.
check_real <- function(x, argument, min = -Inf, below = Inf, count = 1L) {
  allowed <- paste(c(
    if (count == 1L) "one finite number" else sprintf("%d finite numbers", count),
    if (is.finite(min)) paste("of at least", min), if (is.finite(below)) paste("and below", below)
  ), collapse = " ")
  x <- check_type(x, argument, allowed, is_number)
  if (length(x) != count || !all(is.finite(x)) || any(x < min | x >= below)) {
    refuse(argument, allowed, describe(x))
  }
  as.double(x)
}

# Accepts one number from 0 to 1.
check_share <- function(x, argument) {
  allowed <- "one number from 0 to 1"
  x <- check_type(x, argument, allowed, is_number)
  if (length(x) != 1L || is.na(x) || x < 0 || x > 1) {
    refuse(argument, allowed, describe(x))
  }
  as.double(x)
}

# Accepts one finite number above 0 for both axes, or height and width.
check_scale <- function(x, argument) {
  allowed <- "one or two finite numbers above 0 (height, width)"
  x <- check_type(x, argument, allowed, is_number)
  if (!length(x) %in% 1:2 || !all(is.finite(x) & x > 0)) {
    refuse(argument, allowed, describe(x))
  }
  rep_len(as.double(x), 2L)
}

# Accepts a function that takes so many arguments.
check_function <- function(x, argument, count = 1L) {
  counts <- c("one argument", "two arguments")
  takes <- if (is.function(x)) names(formals(x))
  if (!is.function(x) || !is.primitive(x) && length(takes) < count && !"..." %in% takes) {
    given <- if (is.function(x)) c("one without arguments", "one of one argument") else describe(x)
    refuse(argument, paste("a function of", counts[count]),
           given[min(length(given), length(takes) + 1L)], kind = "type")
  }
  x
}

check_flag <- function(x, argument) {
  x <- check_type(x, argument, "TRUE or FALSE", is.logical)
  if (length(x) != 1L || is.na(x)) {
    refuse(argument, "TRUE or FALSE", describe(x))
  }
  as.vector(x)
}

check_string <- function(x, argument, allowed = "a string") {
  x <- check_type(x, argument, allowed, is.character)
  text <- as_utf8(x)
  if (length(x) != 1L || is.na(x) || !validUTF8(text)) {
    refuse(argument, allowed, describe(x))
  }
  as.vector(text)
}

# Converts text to UTF-8. Bytes that are invalid in the locale, for example in C, are read as UTF-8.
as_utf8 <- function(x) {
  marks <- Encoding(x)
  is_unknown <- marks == "bytes" | (marks == "unknown" & is.na(iconv(x, "", "UTF-8")))
  Encoding(x[is_unknown]) <- "UTF-8"
  enc2utf8(x)
}

# Returns the path in the system's encoding; see system_path().
check_path <- function(x, argument, allowed = "the path of a file") {
  x <- check_type(x, argument, allowed, is.character)
  if (length(x) != 1L || is.na(x)) {
    refuse(argument, allowed, describe(x))
  }
  if (nchar(x, "bytes") > 4000L) { # R warns of longer paths, and no system accepts them
    refuse(argument, "the path of a file of at most 4000 bytes", in_full(nchar(x, "bytes")))
  }
  system_path(as.vector(x))
}

# Converts a path to the system's encoding. Bytes of unknown encoding, as list.files() may return,
# stay as they are. Letters of known encoding that the locale lacks become UTF-8.
system_path <- function(path) {
  if (.Platform$OS.type == "windows") {
    return(enc2utf8(path.expand(as_utf8(path))))
  }
  if (Encoding(path) %in% c("UTF-8", "latin1")) {
    text <- enc2utf8(path)
    native <- iconv(text, "UTF-8", "")
    path <- if (identical(iconv(native, "", "UTF-8"), text)) native else text
  }
  Encoding(path) <- "unknown"
  path.expand(path)
}

check_choice <- function(x, argument, choices, several = FALSE, because = NULL) {
  allowed <- function() {
    paste(if (several) "some of" else "one of", toString(dQuote(choices, FALSE)))
  }
  x <- check_type(x, argument, allowed(), is.character)
  if (length(x) == 0L || !several && length(x) != 1L || !all(x %in% choices)) {
    refuse(argument, allowed(), describe(x), because = because)
  }
  as.vector(x)
}

# Returns a member of an object from a table of functions of it; `words` say what the object is.
find_member <- function(x, name, members, words) {
  if (!name %in% names(members)) {
    refuse("name", sprintf("a member of %s: %s", words, toString(names(members))),
           describe(name), kind = "member")
  }
  members[[name]](x)
}

# Returns a numeric array as plain doubles.
check_numeric <- function(x, argument) as_doubles(check_array(x, argument), argument)

# Checks the type but does not convert yet, so that an array of the wrong shape is never converted.
check_array <- function(x, argument) {
  if (is.double(x) && !is.object(x) && !isS4(x)) {
    return(x)
  }
  because <- if (is_colours(x)) "`as_nchw(x, \"HW\")` makes an array of it."
  check_type(x, argument, "a numeric or logical array", is_array_type, because)
}

as_doubles <- function(x, argument) {
  if (!is.double(x)) {
    check_memory(8 * length(x), argument, "its numbers as doubles")
    storage.mode(x) <- "double"
  }
  x
}

# Accepts a parameter of exactly this shape and drops its other attributes.
check_parameter <- function(x, argument, shape) {
  if (is.double(x) && is.null(attributes(x)) && identical(as.double(length(x)), shape)) {
    return(x)
  }
  values <- check_array(x, argument)
  if (!identical(as.double(extents_of(values)), as.double(shape))) {
    allowed <- sprintf("%s of shape [%s]", if (length(shape) == 1L) "a vector" else "an array",
                       toString(shape))
    refuse(argument, allowed, describe(values), kind = "shape")
  }
  check_memory(16 * length(values), argument, "a copy of it")
  values <- as.vector(as_doubles(values, argument))
  if (length(shape) > 1L) dim(values) <- shape
  values
}

# Called by src/r_unwrap.cpp when somebody has changed the environment of a layer or an optimizer by
# hand. `shape` is the expected shape of doubles, or empty.
refuse_changed <- function(name, value, shape) {
  allowed <- if (length(shape)) sprintf("doubles of shape [%s],", toString(in_full(shape)))
  refuse(
    name, paste(c(allowed, "as the layer or optimizer was made with"), collapse = " "),
    describe(value), kind = "state",
    because = "It was changed by hand in the environment that holds it."
  )
}

# Checks the weights of a functional form; their shape determines the channels and the kernel size.
check_weight <- function(weight) {
  weight <- check_numeric(weight, "weight")
  if (length(dim(weight)) != 4L || any(dim(weight) < 1L)) {
    refuse(
      "weight", "an array of four dimensions, none of them 0",
      describe_shape(weight), kind = "shape"
    )
  }
  weight
}

# In both functional forms, `groups` must divide the first dimension of the weights.
check_weight_groups <- function(groups, shape) {
  groups <- check_count(groups, "groups")
  if (shape[1L] %% groups != 0) {
    refuse(
      "groups", sprintf("a divisor of the first dimension of `weight`, %d", shape[1L]),
      in_full(groups)
    )
  }
  groups
}

check_bias <- function(bias, config) {
  if (is.null(bias)) NULL else check_parameter(bias, "bias", config$out_channels)
}

# Refuses a value of the wrong type. Drops the class, whose methods could misreport the value.
check_type <- function(x, argument, allowed, is_right, because = NULL) {
  if (!is_right(x)) {
    refuse(argument, allowed, describe(x), kind = "type", because = because)
  }
  if (is.object(x) || isS4(x)) without_class(x) else x
}

dtypes <- c("float64", "float32")

check_dtype <- function(x, argument = "dtype") check_choice(x, argument, dtypes)

# Names of gradients.
check_wanted <- function(wanted, more = NULL) {
  check_choice(wanted, "wanted", c("input", "weight", "bias", more), several = TRUE)
}

check_dim <- function(dim, argument, allowed, fits = function(dim) TRUE) {
  dim <- check_type(dim, argument, allowed, is_number)
  whole <- !anyNA(dim) && all(dim == trunc(dim) & dim >= 0 & dim <= .Machine$integer.max)
  if (!whole || !fits(dim)) {
    refuse(argument, allowed, describe(dim))
  }
  as.double(dim)
}
