# Data of a training: draws batches of images from arrays or by the user's function.
#
# Data are a list: `plan(size)` returns the batches of an epoch as a list, each of which `draw()`
# turns into a batch, a list of `x` and `y`.

# An array of images along the first axis as a matrix with a row for each, which R indexes faster.
stored_images <- function(x, argument) {
  x <- check_array(x, argument)
  shape <- extents_of(x)
  if (length(shape) > 1L) dim(x) <- c(shape[1L], prod(shape[-1L]))
  list(values = x, count = shape[1L], rest = shape[-1L])
}

take_images <- function(stored, places) {
  if (length(stored$rest) == 0L) {
    return(as.vector(stored$values[places]))
  }
  taken <- stored$values[places, , drop = FALSE]
  dim(taken) <- c(length(places), stored$rest)
  taken
}

# Returns the images and targets of a pair of arrays.
stored_pair <- function(x, y, argument_x, argument_y) {
  images <- stored_images(x, argument_x)
  if (length(images$rest) == 0L || length(images$values) == 0L) {
    refuse(argument_x, "an array with images along its first axis", describe(x), kind = "shape")
  }
  targets <- stored_images(y, argument_y)
  if (targets$count != images$count) {
    refuse(argument_y, sprintf("such that its first axis is that of `%s`, %d", argument_x,
                               images$count), describe(y), kind = "shape")
  }
  list(x = images, y = targets)
}

# The images at some places of a pair, in a new order for each epoch if they are `shuffled`.
data_of_arrays <- function(pair, places, shuffled) {
  list(
    plan = function(size) {
      order <- if (shuffled) places[sample.int(length(places))] else places
      lapply(cut_axis(length(order), size), function(part) order[part[1L] + seq_len(part[2L])])
    },
    draw = function(chosen) {
      list(x = take_images(pair$x, chosen), y = take_images(pair$y, chosen))
    }
  )
}

# Batches that the user's function draws, `steps` of them in an epoch.
data_of_function <- function(f, steps) {
  list(
    plan = function(size) rep(list(size), steps),
    draw = function(size) check_batch(f(size), "x")
  )
}

# Accepts what a function of the user's makes: a list of images and targets.
check_batch <- function(batch, argument) {
  allowed <- "a function that returns a list of two arrays, images and targets"
  if (!is.list(batch) || length(batch) != 2L || !all(vapply(batch, is_array_type, NA))) {
    refuse(argument, allowed, paste("one that returns", describe(batch)), kind = "type")
  }
  batch <- lapply(batch, without_class)
  counts <- vapply(batch, function(array) as.double(extents_of(array)[1L]), 0)
  if (counts[1L] != counts[2L] || counts[1L] == 0) {
    refuse(argument, "a function that returns as many targets as images",
           sprintf("one that returns %.0f and %.0f", counts[2L], counts[1L]), kind = "shape")
  }
  list(x = batch[[1L]], y = batch[[2L]])
}

# Returns the data for training and, or NULL, for validation.
check_data <- function(x, y, validation, steps) {
  if (is.function(x)) {
    if (!is.null(y)) refuse("y", "NULL with a function as `x`, which returns both", describe(y))
    if (is_array_type(validation)) {
      refuse("validation", "a list of two arrays, or NULL, with a function as `x`",
             describe(validation))
    }
    steps <- if (is.null(steps)) 100 else check_count(steps, "steps")
    return(list(training = data_of_function(check_function(x, "x"), steps),
                validation = check_validation(validation)))
  }
  if (!is.null(steps)) {
    refuse("steps", "NULL with arrays, of which an epoch uses all", describe(steps))
  }
  if (is.null(y)) {
    refuse("y", "a numeric or logical array", "NULL", kind = "type",
           because = "The targets of an autoencoder are its images: `nn_fit(net, x, x)`.")
  }
  pair <- stored_pair(x, y, "x", "y")
  places <- seq_len(pair$x$count)
  if (!is_array_type(validation)) {
    return(list(training = data_of_arrays(pair, places, TRUE),
                validation = check_validation(validation)))
  }
  apart <- sample(length(places), share_of(validation, length(places)))
  list(training = data_of_arrays(pair, places[-apart], TRUE),
       validation = data_of_arrays(pair, sort(apart), FALSE))
}

check_validation <- function(validation) {
  if (is.null(validation)) {
    return(NULL)
  }
  if (!is.list(validation) || is.object(validation) || length(validation) != 2L) {
    refuse("validation", "a share of the images, a list of two arrays or NULL",
           describe(validation), kind = "type")
  }
  pair <- stored_pair(validation[[1L]], validation[[2L]], "validation[[1]]", "validation[[2]]")
  data_of_arrays(pair, seq_len(pair$x$count), FALSE)
}

# Returns the number of images for validation.
share_of <- function(share, count) {
  share <- check_share(share, "validation")
  apart <- round(share * count)
  if (apart < 1 || apart >= count) {
    refuse("validation", sprintf("a share that leaves some of the %d images to each side", count),
           describe(share))
  }
  apart
}
