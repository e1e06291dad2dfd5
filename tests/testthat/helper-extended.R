# The long versions of tests, which run with NNCONV_EXTENDED_TESTS=true: by `make harden`, before its
# scripts.

is_extended <- function() identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")

skip_unless_extended <- function() skip_if_not(is_extended(), "NNCONV_EXTENDED_TESTS is not true")

# A figure that a reader of bench/reliability.md may want to know; long versions print it.
figure <- function(...) if (is_extended()) cat("\nfigure:", sprintf(...), "\n", file = stderr())

# A file of the repository, which a check of the package alone does not have.
at_hand_or_skip <- function(path) {
  found <- source_path(path)
  skip_if(!nzchar(found), paste(path, "is not at hand"))
  normalizePath(found)
}
