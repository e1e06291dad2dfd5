# The R packages that the project needs, for tools/setup.sh.
#
#   Rscript tools/packages.R missing [package ...]  prints what cannot be loaded or is too old,
#                                                   of DESCRIPTION's packages and these
#   Rscript tools/packages.R absent package ...     the same, of these only
#   Rscript tools/packages.R install package ...    installs them from R's repositories

source("tools/mirror.R")

# Named versions, "0" where any will do.
required <- function() {
  fields <- read.dcf("DESCRIPTION", c("Imports", "LinkingTo", "Suggests"))
  entries <- trimws(unlist(strsplit(fields[!is.na(fields)], ",")))
  version <- ifelse(grepl(">=", entries), sub(".*>= *([0-9.-]+).*", "\\1", entries), "0")
  version <- stats::setNames(version, sub("[ (].*", "", entries))
  version <- version[order(names(version), version == "0")]
  base <- rownames(installed.packages(.Library, priority = "base"))
  version[!duplicated(names(version)) & !names(version) %in% base]
}

any_version <- function(packages) stats::setNames(rep("0", length(packages)), packages)

is_usable <- function(package, version) {
  suppressWarnings(suppressMessages(requireNamespace(package, quietly = TRUE))) &&
    utils::packageVersion(package) >= version
}

print_unusable <- function(packages) {
  packages <- packages[!duplicated(names(packages))]
  usable <- mapply(is_usable, names(packages), packages)
  writeLines(names(packages)[!as.logical(usable)])
}

# The first library that can be written to, or the user's own.
library_to_fill <- function() {
  writable <- .libPaths()[file.access(.libPaths(), 2L) == 0L]
  if (length(writable)) {
    return(writable[1L])
  }
  own <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1L]][1L])
  dir.create(own, recursive = TRUE, showWarnings = FALSE)
  own
}

install <- function(packages) {
  choose_mirror()
  options(timeout = 600)
  install.packages(packages, library_to_fill(), Ncpus = 2L, quiet = TRUE)
}

arguments <- commandArgs(trailingOnly = TRUE)
packages <- arguments[-1L]
switch(arguments[1L],
  missing = print_unusable(c(required(), any_version(packages))),
  absent = print_unusable(any_version(packages)),
  install = install(packages)
)
