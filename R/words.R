# Words: formats values, shapes and numbers for messages and print().

# Describes a value in a few words, for messages.
describe <- function(x) {
  if (is.null(x)) {
    return("NULL")
  }
  if (!is.atomic(x) || is.object(x)) {
    return(if (is.object(x) || !is.list(x)) paste("an object of class", class(x)[1]) else "a list")
  }
  if (!is.null(dim(x))) {
    return(sprintf("%s array [%s]", with_article(typeof(x)), toString(dim(x))))
  }
  if (length(x) > 6L) {
    return(sprintf("%s vector of length %.0f", with_article(typeof(x)), length(x)))
  }
  attributes(x) <- NULL
  digits <- if (is.double(x) && any(seems_whole(x))) "digits17"
  text <- paste(deparse(x, 60L, control = c("keepNA", "keepInteger", digits)), collapse = " ")
  if (nchar(text) > 60L) paste(substr(text, 1L, 56L), "...") else text
}

# TRUE for fractions that 15 digits print as whole numbers.
seems_whole <- function(x) is.finite(x) & x != trunc(x) & signif(x, 15L) == round(x)

# Lists the first few of many words.
a_few <- function(words, most = 8L) {
  more <- if (length(words) > most) sprintf("... (%d in all)", length(words))
  toString(c(utils::head(words, most), more))
}

with_article <- function(word) {
  paste(if (grepl("^[aeiou]", word)) "an" else "a", word)
}

# Capitalizes as in English in every locale: a Turkish toupper() maps i to another letter.
capitalized <- function(text) {
  first <- substr(text, 1L, 1L)
  paste0(chartr("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", first),
         substr(text, 2L, nchar(text)))
}

# Formats c(3, 4) as "3 in height and 4 in width".
per_axis <- function(sizes, format = "%s") {
  sizes <- in_full(sizes)
  sprintf(paste0(format, " in height and ", format, " in width"), sizes[1], sizes[2])
}

# Formats whole numbers without an exponent.
in_full <- function(x) vapply(x, format, "", scientific = FALSE, trim = TRUE)

in_gigabytes <- function(bytes) paste(in_full(signif(bytes / 1e9, 3)), "GB")

in_thousands <- function(count) {
  format(count, big.mark = ",", decimal.mark = ".", scientific = FALSE, trim = TRUE)
}

per_side <- function(pads) {
  toString(paste(c("top", "bottom", "left", "right"), in_full(pads)))
}

shape_label <- function(extents) paste(in_full(extents), collapse = " x ")

# Describes rank and extents if there are any, otherwise the value.
describe_shape <- function(x) {
  if (is.null(dim(x))) describe(x) else sprintf("an array [%s]", toString(dim(x)))
}

result_in_words <- function(shape, batched = TRUE) {
  sprintf("the result [%s]", toString(in_full(if (batched) shape else shape[-1L])))
}

weights_in_words <- function(shape) sprintf("weights [%s]", toString(in_full(shape)))
