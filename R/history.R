# History: the losses of a training, epoch by epoch.

#' History of a training
#'
#' [nn_fit()] returns the losses of a training, and how it ended. `plot()` and
#' `ggplot2::autoplot()` draw them.
#'
#' @param x,object A history.
#' @param row.names,optional Not used.
#' @param main Title, or `NULL`.
#' @param ... Further graphical parameters of `plot()`; other methods ignore them.
#'
#' @section Formula and units:
#' [nn_fit()] defines the loss of an epoch. Losses have the unit of the loss function, times are
#' in seconds. The pictures' axis is logarithmic if all losses are positive.
#'
#' @return `nn_fit()` returns a list of class `nnconv_history`:
#'
#' | field | meaning |
#' | --- | --- |
#' | `loss`, `validation` | the losses of the epochs in training and, or `NA`, in validation |
#' | `lr` | the learning rate of each epoch |
#' | `seconds` | the time that each epoch took |
#' | `best` | the epoch whose parameters the net has, or `NA` for those of the last step |
#' | `ended` | why the training ended: `"epochs"`, `"patience"`, `"callback"`, `"interrupt"` or, of a loss that was not finite, `"loss"`; `NA` during the training |
#' | `net` | a short label of the net |
#'
#' `as.data.frame()` returns one row per epoch, with the columns `epoch`, `loss`, `validation`,
#' `lr` and `seconds`. `print()` and `plot()` return the history, invisibly, `autoplot()` a ggplot
#' object.
#'
#' If the package generics is installed, `tidy()` returns a data frame with one row per epoch and
#' data (`epoch`, `data`, `loss`), and `glance()` one with a single row (`epochs`, `best`, `loss`
#' and `validation` of the best or the last epoch, `seconds`, `ended`).
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if `main` is not a string or `NULL`, and if a history without
#' epochs is to be drawn.
#'
#' @references Goodfellow, Bengio and Courville (2016), *Deep learning*,
#'   <https://www.deeplearningbook.org>, section 7.8, on such curves.
#'
#' @seealso [nn_fit()].
#'
#' @examples
#' set.seed(1)
#' x <- array(rnorm(40 * 9), c(40, 1, 3, 3))
#' m <- nn_conv2d(1, 1, 1)
#' history <- nn_fit(m, x, 2 * x, optimizer = nn_optim_sgd(m, lr = 0.2), epochs = 3, batch_size = 10)
#' dim(as.data.frame(history))
#' #> [1] 3 5
#' all(diff(history$loss) < 0)
#' #> [1] TRUE
#' plot(history)
#' @name nnconv_history
NULL

new_history <- function(net) {
  structure(
    list(loss = numeric(), validation = numeric(), lr = numeric(), seconds = numeric(),
         best = NA_integer_, ended = NA_character_, net = net),
    class = "nnconv_history"
  )
}

longer_history <- function(history, loss, validation, lr, seconds) {
  history$loss <- c(history$loss, loss)
  history$validation <- c(history$validation, validation)
  history$lr <- c(history$lr, lr)
  history$seconds <- c(history$seconds, seconds)
  history
}

has_validation <- function(history) !all(is.na(history$validation))

# The losses that tell which epoch is the best.
judged_losses <- function(history) {
  if (has_validation(history)) history$validation else history$loss
}

# The epoch whose losses describe the net best.
told_epoch <- function(history) if (is.na(history$best)) length(history$loss) else history$best

#' @rdname nnconv_history
#' @export
print.nnconv_history <- function(x, ...) {
  count <- length(x$loss)
  how <- c(epochs = "", patience = ", ended by patience", callback = ", ended by a callback",
           interrupt = ", interrupted", loss = ", ended by a loss that is not finite")
  how <- if (is.na(x$ended)) ", not ended" else how[[x$ended]]
  cat(sprintf("Training of %s: %d %s in %.3g s%s\n", x$net, count,
              if (count == 1L) "epoch" else "epochs", sum(x$seconds), how))
  if (count == 0L) {
    return(invisible(x))
  }
  line <- function(name, losses) {
    cat(sprintf("%-11s %.4g at first, %.4g at last", paste0(name, ":"), losses[1L], losses[count]))
    if (!is.na(x$best)) cat(sprintf(", %.4g in the best epoch, %d", losses[x$best], x$best))
    cat("\n")
  }
  line("loss", x$loss)
  if (has_validation(x)) line("validation", x$validation)
  invisible(x)
}

#' @rdname nnconv_history
#' @export
as.data.frame.nnconv_history <- function(x, row.names = NULL, optional = FALSE, ...) {
  data.frame(epoch = seq_along(x$loss), loss = x$loss, validation = x$validation, lr = x$lr,
             seconds = x$seconds)
}

# The curves of a picture: a data frame with the columns `epoch`, `data` and `loss`.
curves_of <- function(history) {
  if (length(history$loss) == 0L) {
    refuse("x", "a history of one epoch or more", "one of none")
  }
  epochs <- seq_along(history$loss)
  curves <- data.frame(epoch = epochs, data = "training", loss = history$loss)
  if (!has_validation(history)) {
    return(curves)
  }
  rbind(curves, data.frame(epoch = epochs, data = "validation", loss = history$validation))
}

curve_colors <- c(training = "#0072B2", validation = "#D55E00")

is_logarithmic <- function(curves) all(curves$loss[is.finite(curves$loss)] > 0)

#' @rdname nnconv_history
#' @export
plot.nnconv_history <- function(x, main = NULL, ...) {
  main <- check_title(main)
  curves <- curves_of(x)
  shown <- unique(curves$data)
  losses <- matrix(curves$loss, ncol = length(shown))
  losses[!is.finite(losses)] <- NA
  type <- if (nrow(losses) == 1L) "p" else "l"
  graphics::matplot(seq_len(nrow(losses)), losses, type = type, pch = c(1, 4), lty = 1:2,
                    col = curve_colors[shown], log = if (is_logarithmic(curves)) "y" else "",
                    xlab = "epoch", ylab = "loss", main = main, ...)
  if (!is.na(x$best)) {
    graphics::points(x$best, losses[x$best, length(shown)], pch = 19,
                     col = curve_colors[[shown[length(shown)]]])
  }
  if (length(shown) > 1L) {
    graphics::legend("topright", shown, lty = 1:2, col = curve_colors[shown], bty = "n")
  }
  invisible(x)
}

#' @rdname nnconv_history
#' @exportS3Method ggplot2::autoplot
autoplot.nnconv_history <- function(object, main = NULL, ...) {
  main <- check_title(main)
  curves <- curves_of(object)
  epoch <- loss <- data <- NULL # columns of `curves`
  picture <- ggplot2::ggplot(
    curves, ggplot2::aes(epoch, loss, colour = data, linetype = data)
  ) + ggplot2::scale_colour_manual(NULL, values = curve_colors) +
    ggplot2::scale_linetype_manual(NULL, values = c(training = 1, validation = 2)) +
    ggplot2::labs(title = main)
  lines <- if (length(object$loss) == 1L) ggplot2::geom_point() else ggplot2::geom_line()
  picture <- picture + lines
  if (!is.na(object$best)) {
    best <- curves[curves$epoch == object$best & curves$data == curves$data[nrow(curves)], ]
    picture <- picture + ggplot2::geom_point(data = best)
  }
  if (is_logarithmic(curves)) picture + ggplot2::scale_y_log10() else picture
}

#' @rdname nnconv_history
#' @exportS3Method generics::tidy
tidy.nnconv_history <- function(x, ...) curves_of(x)

#' @rdname nnconv_history
#' @exportS3Method generics::glance
glance.nnconv_history <- function(x, ...) {
  epoch <- told_epoch(x)
  data.frame(epochs = length(x$loss), best = x$best, loss = x$loss[epoch],
             validation = x$validation[epoch], seconds = sum(x$seconds), ended = x$ended)
}
