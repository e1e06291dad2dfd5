# Makes the web site in build/site with pkgdown, from pkgdown/_pkgdown.yml, the help pages and the
# vignettes. Run by `make site`, with the package installed.

if (!requireNamespace("pkgdown", quietly = TRUE) || packageVersion("pkgdown") < "2.1.0") {
  cat("site: needs pkgdown 2.1.0 or later; install.packages(\"pkgdown\")\n")
  quit(status = 1L)
}

# The scripts that pkgdown's pages use. It fetches them from a content delivery network once; where
# npm is installed, its cache is filled from there beforehand, in the versions that pkgdown names.
scripts <- list(
  list("headroom", "0.11.0", "headroom.js@0.11.0",
       c("dist/headroom.min.js", "dist/jQuery.headroom.min.js")),
  list("clipboard.js", "2.0.11", "clipboard@2.0.11", "dist/clipboard.min.js"),
  list("search", "1.0.0", "fuse.js@6.4.6", "dist/fuse.min.js"),
  list("search", "1.0.0", "autocomplete.js@0.38.0", "dist/autocomplete.jquery.min.js"),
  list("search", "1.0.0", "mark.js@8.11.1", "dist/mark.min.js")
)

fill_cache <- function(name, version, package, files) {
  cache <- file.path(tools::R_user_dir("pkgdown", "cache"), name, version)
  if (all(file.exists(file.path(cache, basename(files))))) {
    return(invisible())
  }
  folder <- tempfile()
  dir.create(folder)
  dir.create(cache, recursive = TRUE, showWarnings = FALSE)
  packed <- system2("npm", c("pack", "--silent", "--pack-destination", folder, package),
                    stdout = TRUE, stderr = FALSE)
  if (is.null(attr(packed, "status"))) {
    utils::untar(file.path(folder, packed), exdir = folder)
    file.copy(file.path(folder, "package", files), cache)
  }
}

# One of them is not on npm; pkgdown has an earlier version of it.
fill_contents <- function() {
  cache <- file.path(tools::R_user_dir("pkgdown", "cache"), "bootstrap-toc/1.0.1")
  dir.create(cache, recursive = TRUE, showWarnings = FALSE)
  invisible(file.copy(system.file("BS3/assets/bootstrap-toc.js", package = "pkgdown"),
            file.path(cache, "bootstrap-toc.min.js")))
}

if (nzchar(Sys.which("npm"))) {
  for (script in scripts) do.call(fill_cache, script)
  fill_contents()
}
unlink("build/site", recursive = TRUE)
# Where links to packages lead that need not be installed. Without this, CRAN would be asked.
documented <- c(
  future = "https://future.futureverse.org",
  keras3 = "https://keras3.posit.co",
  mirai = "https://mirai.r-lib.org", torch = "https://torch.mlverse.org/docs"
)
links <- tempfile()
for (package in names(documented)) {
  if (!nzchar(system.file(package = package))) {
    dir.create(file.path(links, package), recursive = TRUE)
    write.dcf(list(Package = package, Version = "0.0.0", URL = documented[[package]]),
              file.path(links, package, "DESCRIPTION"))
  }
}
.libPaths(c(.libPaths(), links))
options(pkgdown.internet = FALSE)

build <- function() {
  pkgdown::build_site(preview = FALSE, install = FALSE, devel = FALSE, new_process = FALSE)
}
# pkgdown asks CRAN and Bioconductor whether they have the package. Without a network, they do not.
if (is.null(curl::nslookup("www.bioconductor.org", error = FALSE))) {
  httr2::with_mocked_responses(function(req) httr2::response(404L), build())
} else {
  build()
}
