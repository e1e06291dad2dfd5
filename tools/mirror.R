# Where R's packages come from when nobody has said: the first mirror of R's own list. Used by
# tools/packages.R and data-raw/photographs.R.

choose_mirror <- function() {
  repos <- getOption("repos")
  if (is.null(repos) || "@CRAN@" %in% repos) {
    utils::chooseCRANmirror(ind = 1L, local.only = TRUE)
  }
}
