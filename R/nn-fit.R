# Fit: trains a module on arrays, by epochs of batches.

#' Train a network
#'
#' Trains a module on arrays: shuffles the images, takes a step of the optimizer for each batch
#' and, if wanted, judges every epoch by images that the training does not use, stops when
#' these no longer improve, and restores the best parameters.
#'
#' @param net A layer, a chain or another module with parameters. It is changed in place.
#' @param x Images, an array whose first axis counts them, such as `(N, C, H, W)`; or a
#'   function `x(n)` that draws a batch of `n` images, a list of the images and their targets.
#' @param y Targets that `loss` compares with the net's output, an array with the same first
#'   axis as `x`, or a vector; for an autoencoder, `x` itself; `NULL` if `x` is a function.
#' @param loss A loss, such as [nn_mse_loss()].
#' @param optimizer An optimizer of `net` or of a part of it, such as [nn_optim_adam()]. The
#'   rest of the net keeps its parameters.
#' @param epochs Number of passes through the images.
#' @param batch_size Largest number of images in a batch. An epoch's batches have nearly the
#'   same size.
#' @param validation A share of the images between 0 and 1, drawn at random, that are left
#'   out of the training and judge it; or a list of two arrays, images and targets; or `NULL`.
#' @param patience Number of epochs without a lower loss after which the training ends, or
#'   `NULL` to train for all epochs. Without `validation`, the training loss counts.
#' @param schedule A function of the number of the epoch, from 1, that returns the factor of
#'   the optimizer's `lr` in this epoch, such as `function(epoch) 0.95^(epoch - 1)`; or `NULL`.
#' @param augment A function `augment(x, y)` that changes a batch before its step, such as by
#'   mirroring some images; it returns a list of the new `x` and `y`. Images for
#'   validation are not changed.
#' @param progress `TRUE` to show epoch, step and loss on the standard error.
#' @param callbacks A function, or a list of functions, called after each epoch with the
#'   history so far. If one returns `"stop"`, the training ends.
#' @param steps Number of batches in an epoch if `x` is a function, by default 100.
#' @param object,... In `generics::fit()`, `net` and the other arguments of `nn_fit()`.
#'
#' @details
#' The net is in training mode during steps and in evaluation mode during validation; afterwards,
#' each of its modules has the mode that it had before. With `validation` or
#' `patience`, the net ends with the parameters and buffers of its best epoch, otherwise
#' with those of the last step.
#'
#' Shuffling and the choice of validation images use R's random numbers, so that [set.seed()]
#' repeats a training.
#'
#' An interrupt ends the training and not the program: `nn_fit()` returns the history so far, and
#' the net has the best parameters, or those of the last complete step, as above. Another
#' call with the same optimizer goes on from there, with the optimizer's running averages; epochs
#' count from 1 again. A share for validation is drawn anew, so give `validation` as a list to
#' judge all calls by the same images.
#'
#' `generics::fit(net, x, y, ...)` is the same as `nn_fit()`, if the package generics is installed.
#'
#' @section Formula:
#' A step replaces the parameters by those that the optimizer computes from the gradient of
#' `loss(net(x), y)` for the batch's `x` and `y`. The loss of an epoch is the mean of its batches'
#' losses \eqn{L_b}, weighted by their numbers of images \eqn{n_b}:
#' \eqn{\sum_b n_b L_b / \sum_b n_b}{sum(n * L) / sum(n)}. Training losses are those before each
#' step, in training mode.
#'
#' @return A history, see [nnconv_history]; invisibly.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if an argument is none of the above, if `x` and `y` have
#' different numbers of images, if a function returns something else than it should, and for
#' everything that `net` and `loss` refuse. A loss that is not finite ends the training with
#' a condition of class `nnconv_error_loss`, whose field `history` holds the history so far. After
#' an error too, the net has the best parameters or those of the last complete step.
#'
#' @references Goodfellow, Bengio and Courville (2016), *Deep learning*,
#'   <https://www.deeplearningbook.org>, sections 7.8 (early stopping) and 8.1.3 (batches).
#'
#' @seealso [nn_mse_loss()], [nn_optim_adam()]; `vignette("training")`, also for the loop
#'   written by hand; `vignette("recipes")` for an autoencoder.
#'
#' @examples
#' # Learn to undo a blur
#' set.seed(1)
#' sharp <- array(runif(200 * 12 * 12) > 0.5, c(200, 1, 12, 12))
#' blur <- array(c(1, 2, 1, 2, 4, 2, 1, 2, 1) / 16, c(1, 1, 3, 3))
#' blurred <- nnf_conv2d(sharp, blur, padding = 1)
#' net <- nn_sequential(
#'   nn_conv2d(1, 8, 5, padding = 2), nn_relu(), nn_conv2d(8, 1, 3, padding = 1)
#' )
#' history <- nn_fit(net, blurred, sharp, nn_bce_with_logits_loss(),
#'                   nn_optim_adam(net, lr = 0.02), epochs = 20, batch_size = 20,
#'                   validation = 0.2, patience = 5,
#'                   schedule = function(epoch) (1 + cos(pi * (epoch - 1) / 20)) / 2)
#' history$ended
#' #> [1] "epochs"
#' mean((net(blurred) > 0) == sharp) > 0.85
#' #> [1] TRUE
#' plot(history)
#'
#' # Draw each batch anew
#' draw <- function(n) {
#'   x <- array(rnorm(n * 16), c(n, 1, 4, 4))
#'   list(x, 3 * x)
#' }
#' m <- nn_conv2d(1, 1, 1)
#' history <- nn_fit(m, draw, optimizer = nn_optim_sgd(m, lr = 0.1), epochs = 2, steps = 50)
#' round(c(m$weight), 3)
#' #> [1] 3
#' @export
nn_fit <- function(net, x, y = NULL, loss = nn_mse_loss(), optimizer = nn_optim_adam(net),
                   epochs = 10, batch_size = 32, validation = NULL, patience = NULL,
                   schedule = NULL, augment = NULL, progress = interactive(), callbacks = list(),
                   steps = NULL) {
  run <- new.env(parent = emptyenv())
  run$net <- check_module(net, "net")
  if (!is_loss(loss)) {
    refuse("loss", "a loss such as nn_mse_loss(), or one of nn_loss()", describe(loss),
           kind = "type")
  }
  run$loss <- loss
  run$optimizer <- optimizer
  list2env(trained_part(net, optimizer), run)
  run$epochs <- check_count(epochs, "epochs")
  run$batch_size <- check_count(batch_size, "batch_size")
  if (!is.null(patience)) run$patience <- check_count(patience, "patience")
  if (!is.null(schedule)) run$schedule <- check_function(schedule, "schedule")
  if (!is.null(augment)) run$augment <- check_function(augment, "augment", 2L)
  run$callbacks <- check_callbacks(callbacks)
  run$show <- progress_line(check_flag(progress, "progress"), run)
  run$data <- check_data(x, y, validation, steps)
  run$keeps_best <- !is.null(run$data$validation) || !is.null(run$patience)
  run$history <- new_history(toString(net))
  modes <- modes_of(net)
  on.exit({
    run$show(NULL)
    restore_best(run)
    set_modes(modes)
  })
  run$history$ended <- withCallingHandlers(
    tryCatch(run_epochs(run), interrupt = function(condition) "interrupt"),
    nnconv_error_loss = function(condition) {
      run$history$ended <- "loss"
      condition$history <- run$history
      signal_again(condition)
    }
  )
  invisible(run$history)
}

is_loss <- function(x) inherits(x, "nnconv_loss") && is.function(x)

is_optimizer <- function(x) inherits(x, "nnconv_optimizer") && is.function(x)

# Returns the `states` that the optimizer changes and the `names` of their gradients in the net.
trained_part <- function(net, optimizer) {
  allowed <- "an optimizer of `net` or of a part of it, such as nn_optim_adam(net)"
  if (!is_optimizer(optimizer)) {
    refuse("optimizer", allowed, describe(optimizer), kind = "type")
  }
  modules <- environment(optimizer)$modules
  if (is.null(modules)) refuse("optimizer", allowed, "one of vectors")
  states <- states_in(modules, "optimizer")
  all <- states_of(net)
  names <- lapply(seq_along(all), function(i) names(flatten_lists(lapply(all[i], own_parameters))))
  places <- vapply(states, function(state) {
    match(TRUE, vapply(all, function(each) identical(each, state), NA))
  }, 0L)
  if (anyNA(places)) refuse("optimizer", allowed, "one of other modules")
  list(states = states, names = unlist(names[places]))
}

check_callbacks <- function(callbacks) {
  if (is.function(callbacks)) callbacks <- list(callbacks)
  if (!is.list(callbacks) || is.object(callbacks)) {
    refuse("callbacks", "a function or a list of functions", describe(callbacks), kind = "type")
  }
  lapply(callbacks, check_function, "callbacks")
}

# The mode of each module in the net, and itself.
modes_of <- function(net) {
  lapply(nodes_of(net)$modules, function(module) {
    list(state = environment(module), training = environment(module)$training)
  })
}

set_modes <- function(modes) {
  for (mode in modes) assign("training", mode$training, envir = mode$state)
}

#' @rdname nn_fit
#' @exportS3Method generics::fit
fit.nnconv_module <- function(object, ...) nn_fit(object, ...)
