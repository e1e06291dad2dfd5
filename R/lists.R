# Lists: their names, and lists of lists.

names_of <- function(x) if (is.null(names(x))) rep("", length(x)) else names(x)

# A list of lists as one list, whose names are joined by dots.
flatten_lists <- function(lists) as.list(unlist(lists, recursive = FALSE))

# A few of many names.
some_of <- function(names, most = 8L) {
  if (length(names) == 0L) {
    return("there are none")
  }
  a_few(dQuote(names, FALSE), most)
}

without_prefix <- function(names, prefix) {
  substring(names, nchar(prefix) + 1L, .Machine$integer.max) # by itself it cuts after 10^6
}
