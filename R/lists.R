# Lists: helpers for names and nested lists.

names_of <- function(x) if (is.null(names(x))) rep("", length(x)) else names(x)

# Flattens a list of lists into one list and joins the names with dots.
flatten_lists <- function(lists) as.list(unlist(lists, recursive = FALSE))

# Lists the first few of many names.
some_of <- function(names, most = 8L) {
  if (length(names) == 0L) {
    return("there are none")
  }
  a_few(dQuote(names, FALSE), most)
}

without_prefix <- function(names, prefix) {
  substring(names, nchar(prefix) + 1L, .Machine$integer.max) # the default stops at 10^6
}
