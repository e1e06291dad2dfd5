# Training with random patches: how they are drawn, and the loop. Used by data-raw/upscale.R.

# The largest part of a picture whose sides are multiples of `factor`.
crop_to <- function(x, factor) {
  sides <- dim(x)[2:3] %/% factor * factor
  x[, seq_len(sides[1L]), seq_len(sides[2L]), drop = FALSE]
}

# A pair of a picture and the smaller one that is made of it.
make_pair <- function(x, factor) {
  large <- crop_to(x, factor)
  list(large = large, small = clip(resamplers(factor, dim(x)[1L])$down(large)))
}

# One of the 8 ways to turn and mirror a square patch, (1, side, side).
turn <- function(x, way) {
  side <- seq_len(dim(x)[2L])
  if (way %% 2L) x <- x[, rev(side), , drop = FALSE]
  if (way %/% 2L %% 2L) x <- x[, , rev(side), drop = FALSE]
  if (way >= 4L) aperm(x, c(1L, 3L, 2L)) else x
}

# `count` patches from places that are drawn evenly over all pictures, turned and mirrored; flat
# ones, of which there is little to learn, are drawn again.
draw_patches <- function(pairs, count, side, factor) {
  small <- array(0, c(count, 1L, side, side))
  large <- array(0, c(count, 1L, side * factor, side * factor))
  areas <- vapply(pairs, function(pair) as.double(length(pair$small)), 0)
  wide <- seq_len(side * factor)
  for (n in seq_len(count)) {
    repeat {
      pair <- pairs[[sample.int(length(pairs), 1L, prob = areas)]]
      row <- sample.int(dim(pair$small)[2L] - side + 1L, 1L) - 1L
      column <- sample.int(dim(pair$small)[3L] - side + 1L, 1L) - 1L
      patch <- pair$small[, row + seq_len(side), column + seq_len(side), drop = FALSE]
      if (stats::sd(patch) > 0.02) break
    }
    target <- pair$large[, row * factor + wide, column * factor + wide, drop = FALSE]
    way <- sample.int(8L, 1L) - 1L
    small[n, , , ] <- turn(patch, way)
    large[n, , , ] <- turn(target, way)
  }
  list(small = small, large = large)
}

# From `lr` to nothing along half a cosine wave, after a short rise.
rate_at <- function(step, steps, lr) {
  lr * min(1, step / 100) * (1 + cos(pi * (step - 1) / steps)) / 2
}

# Trains `net` in place: `steps` steps of Adam on the squared error of patches from `draw()`. Every
# `pace` steps `judge(net)`, the higher the better, is asked, and the best parameters of these are
# what the net has in the end; an interrupt ends the training early. Returns the curve: a line for
# each time, with the mean loss since the time before.
train <- function(net, draw, judge, steps, lr, pace) {
  adam <- nn_optim_adam(lr = lr)
  best <- parameters <- nn_parameters_vector(net)
  curve <- data.frame(step = 0, loss = NA, judged = judge(net))
  losses <- numeric(pace)
  bar <- progress_bar(steps)
  tryCatch(
    for (step in seq_len(steps)) {
      batch <- draw()
      found <- net$backward(
        batch$small, function(y) 2 * (y - batch$large) / length(y),
        wanted = c("output", "weight", "bias")
      )
      losses[(step - 1L) %% pace + 1L] <- mean((found$output - batch$large)^2)
      parameters <- adam(parameters, nn_parameters_vector(found), lr = rate_at(step, steps, lr))
      nn_parameters_vector(net) <- parameters
      if (step %% pace == 0L) {
        judged <- judge(net)
        if (judged > max(curve$judged)) best <- parameters
        curve[nrow(curve) + 1L, ] <- list(step, mean(losses), judged)
        bar(step, judged)
      }
    },
    interrupt = function(condition) message("interrupted; the best parameters so far are kept")
  )
  nn_parameters_vector(net) <- best
  curve
}

# A function that shows how far the training is, if the package cli is there.
progress_bar <- function(steps) {
  if (!requireNamespace("cli", quietly = TRUE)) {
    return(function(step, judged) NULL)
  }
  shown <- new.env()
  shown$decibels <- 0
  id <- cli::cli_progress_bar(
    total = steps, clear = FALSE, .auto_close = FALSE, .envir = shown,
    format = "{cli::pb_bar} {cli::pb_percent}, {sprintf('%.2f', decibels)} dB, {cli::pb_eta_str}"
  )
  function(step, judged) {
    shown$decibels <- judged
    cli::cli_progress_update(set = step, id = id, .envir = shown)
  }
}
