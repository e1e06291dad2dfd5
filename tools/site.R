# Makes the web site in build/site with pkgdown, from pkgdown/_pkgdown.yml, the help pages and the
# vignettes. Run by `make site`, with the package installed.
#
# pkgdown works on a copy of the sources, in which the help pages hold what its pages can show:
# formulas as MathML, which browsers draw without a script, and examples without the output that
# they promise, as pkgdown runs them and prints it.

# The packages, by their versions, that a package asks for in its DESCRIPTION.
asked_for <- function(package) {
  fields <- as.character(unlist(utils::packageDescription(package)[c("Depends", "Imports")]))
  entries <- trimws(unlist(strsplit(fields, ",")))
  versions <- ifelse(grepl(">=", entries), gsub(".*>=\\s*|\\s*\\)", "", entries), "0")
  names <- sub("\\s*\\(.*", "", entries)
  stats::setNames(versions, names)[names != "R"]
}

is_missing <- function(package, version) {
  !nzchar(system.file(package = package)) || utils::packageVersion(package) < version
}

# What is missing or too old, of these packages and of all that they ask for. R installs a new pkgdown
# beside old packages of the system when new ones cannot be compiled.
unmet <- function(needed) {
  seen <- found <- character()
  while (length(needed)) {
    here <- needed[1L]
    needed <- needed[-1L]
    if (is_missing(names(here), here)) {
      found <- c(found, here)
    } else if (!names(here) %in% seen) {
      needed <- c(needed, asked_for(names(here)))
    }
    seen <- c(seen, names(here))
  }
  found[!duplicated(names(found))]
}

name_lacking <- function(lacking) {
  cat("site: needs ", paste(names(lacking), lacking, "or later", collapse = ", "),
      "; install.packages(c(", toString(shQuote(names(lacking), "cmd")), "))\n", sep = "")
}

# pkgdown does not say which evaluate it takes. It works with some packages older than it asks for, so
# that these are named only when it fails.
needed <- c(pkgdown = "2.1.0", evaluate = "1.0.0")
is_lacking <- mapply(is_missing, names(needed), needed)
if (any(is_lacking)) {
  name_lacking(needed[is_lacking])
  quit(status = 1L)
}
if (!rmarkdown::pandoc_available("2.0")) {
  cat("site: needs pandoc 2.0 or later\n")
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

# Copies the sources of the pages; returns the folder.
copy_sources <- function() {
  folder <- file.path(tempfile("site"), "nnconv")
  dir.create(folder, recursive = TRUE)
  parts <- c("DESCRIPTION", "NAMESPACE", "LICENSE", "README.md", "NEWS.md", "HACKING.md", ".github",
             "R", "man", "inst", "vignettes", "pkgdown")
  file.copy(parts, folder, recursive = TRUE)
  folder
}

# A formula of the help pages as MathML. Rd escapes percent signs and braces in it.
mathml <- function(tex, display) {
  mark <- if (display) "$$" else "$"
  from <- tempfile(fileext = ".md")
  to <- tempfile(fileext = ".html")
  writeLines(paste0(mark, trimws(gsub("\n", " ", tex)), mark), from)
  rmarkdown::pandoc_convert(from, to = "html", from = "markdown", output = to,
                            options = "--mathml")
  html <- paste(readLines(to, encoding = "UTF-8"), collapse = " ")
  if (!grepl("<math", html)) stop("pandoc makes no MathML of ", tex)
  math <- sub(".*(<math.*</math>).*", "\\1", html)
  math <- gsub("<annotation.*?</annotation>", "", math, perl = TRUE)
  math <- gsub("<mo>\\+</mo><mo>=</mo>", "<mo>+=</mo>", math)
  if (display) math <- paste0("<span class=\"formula\">", math, "</span>") # scrolls alone
  gsub("([%{}\\\\])", "\\\\\\1", math)
}

braces <- "(\\{(?:[^{}\\\\]|\\\\.|(?-1))*+\\})" # what a pair of braces holds, with pairs inside

write_formulas <- function(text) {
  pattern <- paste0("\\\\(d?)eqn", braces, "(\\s*", braces, ")?")
  at <- gregexpr(pattern, text, perl = TRUE)
  found <- regmatches(text, at)[[1L]]
  made <- vapply(found, function(formula) {
    tex <- sub(paste0("^\\\\d?eqn", braces, ".*"), "\\1", gsub("\n", " ", formula), perl = TRUE)
    display <- startsWith(formula, "\\deqn")
    out <- sprintf("\\if{html}{\\out{%s}}", mathml(substr(tex, 2L, nchar(tex) - 1L), display))
    if (display) paste0("\n\n", out, "\n\n") else out
  }, "")
  regmatches(text, at) <- list(made)
  text
}

adapt_help <- function(folder) {
  for (page in list.files(file.path(folder, "man"), "\\.Rd$", full.names = TRUE)) {
    lines <- readLines(page, encoding = "UTF-8")
    text <- paste(lines[!grepl("^ *#>", lines)], collapse = "\n")
    writeLines(write_formulas(text), page, useBytes = TRUE)
  }
}

# Where links to packages lead that need not be installed. downlit would ask CRAN for them.
documented <- c(
  future = "https://future.futureverse.org",
  keras3 = "https://keras3.posit.co",
  mirai = "https://mirai.r-lib.org", torch = "https://torch.mlverse.org/docs"
)
utils::assignInNamespace("CRAN_urls", function() {
  data.frame(Package = names(documented), URL = unname(documented))
}, "downlit")

if (nzchar(Sys.which("npm"))) {
  for (script in scripts) do.call(fill_cache, script)
  fill_contents()
}
site <- file.path(getwd(), "build/site")
unlink(site, recursive = TRUE)
sources <- copy_sources()
adapt_help(sources)
options(pkgdown.internet = FALSE)

build <- function() {
  pkgdown::build_site(sources, override = list(destination = site), preview = FALSE,
                      install = FALSE, devel = FALSE, new_process = FALSE)
}
# pkgdown asks CRAN and Bioconductor whether they have the package. Without a network, they do not.
tryCatch({
  if (is.null(curl::nslookup("www.bioconductor.org", error = FALSE))) {
    httr2::with_mocked_responses(function(req) httr2::response(404L), build())
  } else {
    build()
  }
}, error = function(e) {
  cat("site: pkgdown stopped:", conditionMessage(e), "\n")
  lacking <- unmet(needed)
  if (length(lacking)) name_lacking(lacking)
  quit(status = 1L)
})

# Faults of the pages, as the tests look for them in what the package itself shows.
source("tests/testthat/helper-pages.R")
pages <- list.files(site, "\\.html$", recursive = TRUE, full.names = TRUE)
faults <- dead_links(pages)
for (page in pages) {
  html <- read_text(page)
  promised <- grepl("class=\"r-in\">(<span>)*<span class=\"co\">#&gt;", html)
  found <- c(unevaluated_code(html), if (promised) "output of examples stands twice")
  faults <- c(faults, sprintf("%s: %s", basename(page), found))
}
if (length(faults)) {
  cat("site: faults in the pages\n", paste0("  ", faults, "\n"), sep = "")
  quit(status = 1L)
}
