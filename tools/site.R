# Makes the web site in build/site with pkgdown, from pkgdown/_pkgdown.yml, the help pages and the
# vignettes. Run by `make site`, with the package installed.

if (!requireNamespace("pkgdown", quietly = TRUE) || packageVersion("pkgdown") < "2.1.0") {
  cat("site: needs pkgdown 2.1.0 or later; install.packages(\"pkgdown\")\n")
  quit(status = 1L)
}
options(pkgdown.internet = FALSE)
pkgdown::build_site(preview = FALSE, install = FALSE, devel = FALSE, new_process = FALSE)
