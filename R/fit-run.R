# Run of a training: epochs, the best parameters, and how it ends.
#
# A run is an environment. nn_fit() puts its checked arguments into it; beside them are `history`
# (R/history.R), `best` (`epoch`, `loss` and the net's `values`, or NULL), `states` and `names`, the
# states that the optimizer changes and the names of their gradients, and `show`.

# Trains epoch by epoch; returns what ended the training.
run_epochs <- function(run) {
  for (epoch in seq_len(run$epochs)) {
    started <- proc.time()[[3L]]
    rate <- environment(run$optimizer)$rate
    if (!is.null(run$schedule)) {
      rate <- rate * check_real(run$schedule(epoch), "schedule", min = 0)
    }
    loss <- train_epoch(run, epoch, rate)
    validation <- if (is.null(run$data$validation)) NA_real_ else validation_loss(run)
    suspendInterrupts({
      run$history <- longer_history(
        run$history, loss, validation, rate, proc.time()[[3L]] - started
      )
      if (run$keeps_best) keep_best(run, epoch)
    })
    for (callback in run$callbacks) {
      if (identical(callback(run$history), "stop")) {
        return("callback")
      }
    }
    if (!is.null(run$patience) && epoch - max(run$best$epoch, 0) >= run$patience) {
      return("patience")
    }
  }
  "epochs"
}

# Returns the mean loss of the batches, each with the weight of its number of images.
train_epoch <- function(run, epoch, rate) {
  run$net$train()
  plan <- run$data$training$plan(run$batch_size)
  sum <- images <- 0
  for (i in seq_along(plan)) {
    batch <- run$data$training$draw(plan[[i]])
    if (!is.null(run$augment)) batch <- check_batch(run$augment(batch$x, batch$y), "augment")
    loss <- train_step(run, batch, rate, c(epoch, i))
    count <- dim(batch$x)[1L]
    sum <- sum + loss * count
    images <- images + count
    run$show(epoch, i, length(plan), sum / images)
  }
  sum / images
}

# Takes one step; returns the loss before it. `place` is the epoch and the number of the step in it.
train_step <- function(run, batch, rate, place) {
  loss <- NULL
  gradients <- run$net$backward(batch$x, function(output) {
    loss <<- run$loss(output, batch$y)
    if (!is.finite(loss)) refuse_loss(loss, place)
    run$loss$backward(output, batch$y)
  }, c("weight", "bias"))
  take_step(run$optimizer, run$states, unname(gradients[run$names]), rate)
  loss
}

refuse_loss <- function(loss, place) {
  refuse(
    "loss", "finite in every step", sprintf("%s in step %d of epoch %d", loss, place[2L], place[1L]),
    kind = "loss", because = paste(
      "A lower `lr` may help, or numbers of a size near 1 in `x` and `y`.",
      "The condition's field `history` holds the epochs before."
    )
  )
}

validation_loss <- function(run) {
  run$net$eval()
  sum <- images <- 0
  for (chosen in run$data$validation$plan(run$batch_size)) {
    batch <- run$data$validation$draw(chosen)
    sum <- sum + length(chosen) * run$loss(run$net(batch$x), batch$y)
    images <- images + length(chosen)
  }
  sum / images
}

# Keeps parameters and buffers if the epoch has the lowest loss so far.
keep_best <- function(run, epoch) {
  judged <- judged_losses(run$history)[epoch]
  if (is.finite(judged) && (is.null(run$best) || judged < run$best$loss)) {
    run$best <- list(epoch = epoch, loss = judged, values = state_of(run$net))
    run$history$best <- epoch
  }
}

restore_best <- function(run) {
  if (!is.null(run$best)) set_values(states_of(run$net), run$best$values, own_state)
}

# Returns a function that writes a line on the standard error, at most ten times a second; call it
# with NULL to finish.
progress_line <- function(show, run) {
  if (!show) {
    return(function(...) NULL)
  }
  written <- -Inf
  width <- 0L
  function(epoch, step, steps, loss) {
    if (is.null(epoch)) {
      if (width > 0L) cat("\n", file = stderr())
    } else if (proc.time()[[3L]] - written >= 0.1 || step == steps && epoch == run$epochs) {
      written <<- proc.time()[[3L]]
      last <- run$history$validation[epoch - 1L]
      text <- sprintf("epoch %d of %.0f, step %d of %d: loss %.4g", epoch, run$epochs, step, steps,
                      loss)
      if (length(last) && is.finite(last)) text <- sprintf("%s, validation %.4g", text, last)
      width <<- max(width, nchar(text))
      cat("\r", formatC(text, width = -width), sep = "", file = stderr())
    }
  }
}
