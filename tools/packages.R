# The R packages and programs that the project's goals need, for tools/setup.sh.
#
#   Rscript tools/packages.R programs GOAL        prints the programs that GOAL uses if there are any
#   Rscript tools/packages.R optional GOAL        prints the packages that it uses if there are any
#   Rscript tools/packages.R missing GOAL         prints the packages that it lacks, and the versions
#                                                 that it asks for ("0": any)
#   Rscript tools/packages.R sources PACKAGE ...  prints what installing them compiles: "package", and
#                                                 its name, or "library" and what it may be called
#   Rscript tools/packages.R install PACKAGE ...  installs them, each for itself
#   Rscript tools/packages.R report GOAL          says what is missing still, and why; exit status 1
#                                                 if GOAL cannot do without

source("tools/mirror.R")

in_description <- function(fields) {
  entries <- read.dcf("DESCRIPTION", fields)
  entries <- trimws(unlist(strsplit(entries[!is.na(entries)], ",")))
  version <- ifelse(grepl(">=", entries), sub(".*>= *([0-9.-]+).*", "\\1", entries), "0")
  stats::setNames(version, sub("[ (].*", "", entries))
}

goals <- list(
  demo = list(optional = c(isoband = "0", jpeg = "0")), # the photograph
  test = list(
    programs = c("pandoc", "tidy", "qpdf"), needed = in_description("Suggests")["testthat"],
    optional = c(in_description("Suggests"), codetools = "0", lintr = "0")
  ),
  site = list(
    programs = "pandoc", needed = c(pkgdown = "2.1.0", rmarkdown = "0"),
    optional = in_description("Suggests")
  ),
  bench = list(needed = c(bench = "0"))
)

# Those of the goal without R's own, each once with the highest version that is asked for.
needed_by <- function(goal) {
  once(c(in_description(c("Imports", "LinkingTo")), goals[[goal]]$needed))
}

optional_for <- function(goal) {
  packages <- once(goals[[goal]]$optional)
  packages[setdiff(names(packages), names(needed_by(goal)))]
}

once <- function(packages) {
  packages <- packages[order(numeric_version(packages), decreasing = TRUE)]
  base <- rownames(installed.packages(.Library, priority = "base"))
  packages[!duplicated(names(packages)) & !names(packages) %in% base]
}

is_usable <- function(package, version) {
  suppressWarnings(suppressMessages(requireNamespace(package, quietly = TRUE))) &&
    utils::packageVersion(package) >= version
}

unusable <- function(packages) {
  packages[!vapply(names(packages), function(name) is_usable(name, packages[[name]]), NA)]
}

# The first library that can be written to, the user's own, or the project's.
library_to_fill <- function() {
  project <- normalizePath("build/library", mustWork = FALSE)
  writable <- .libPaths()[file.access(.libPaths(), 2L) == 0L & .libPaths() != project]
  own <- path.expand(strsplit(Sys.getenv("R_LIBS_USER"), .Platform$path.sep)[[1L]][1L])
  for (library in c(writable, own, project)) {
    if (!is.na(library)) dir.create(library, recursive = TRUE, showWarnings = FALSE)
    if (file.access(library, 2L) %in% 0L) {
      return(library)
    }
  }
}

# What the repositories have; without any, an empty table, and soon.
offered <- function() {
  choose_mirror()
  before <- options(timeout = 30)
  on.exit(options(before))
  suppressWarnings(utils::available.packages())
}

# The packages and those that they depend on, as far as they are not usable.
to_compile <- function(packages, offer) {
  all <- unlist(tools::package_dependencies(packages, offer, recursive = TRUE))
  all <- unique(c(packages, all))
  all <- all[all %in% rownames(offer)]
  all[!vapply(all, function(package) {
    !package %in% packages && nzchar(system.file(package = package))
  }, NA)]
}

# What a text in the field SystemRequirements may mean, in Debian's names: those that it names itself
# ("libmagick++-dev"), the development files of libraries ("libpng"), and programs in quotes.
candidates <- function(text) {
  words <- unlist(regmatches(text, gregexpr("[[:alnum:]][[:alnum:].+_-]*[[:alnum:]+]", text)))
  words <- grep("[a-z].*[a-z].*[a-z]", tolower(words), value = TRUE) # neither C++ nor versions
  quoted <- unlist(regmatches(text, gregexpr("['\"\u2018][a-z0-9+-]+['\"\u2019]", text)))
  unique(c(
    grep("-dev$", words, value = TRUE), gsub("[^a-z0-9+-]", "", quoted),
    sprintf("lib%s-dev", sub("^lib", "", words)), sprintf("%s-dev", words)
  ))
}

# The field stands in the sources only; the index of a repository does not have it.
print_sources <- function(packages) {
  folder <- tempfile()
  dir.create(folder)
  offer <- offered()
  sources <- suppressWarnings(
    utils::download.packages(to_compile(packages, offer), folder, offer, quiet = TRUE)
  )
  texts <- vapply(seq_len(nrow(sources)), function(i) {
    file <- file.path(sources[i, 1L], "DESCRIPTION")
    utils::untar(sources[i, 2L], file, exdir = folder)
    read.dcf(file.path(folder, file), "SystemRequirements")[1L]
  }, "")
  cat(sprintf("package %s\n", sources[, 1L]), sep = "")
  cat(sprintf("library %s\n", unique(unlist(lapply(texts[!is.na(texts)], candidates)))), sep = "")
}

# Where the reasons are kept, for the report.
reasons_file <- "build/setup-reasons.rds"

# Each for itself, so that one that fails holds up no other.
install <- function(packages) {
  offer <- offered()
  reasons <- lapply(stats::setNames(nm = packages), function(package) {
    if (nrow(offer) == 0L) {
      "no repository answers"
    } else if (!package %in% rownames(offer)) {
      sprintf("no repository has it for R %s", getRversion())
    } else {
      install_one(package, offer)
    }
  })
  saveRDS(reasons, reasons_file)
}

# NULL, or why it could not be installed.
install_one <- function(package, offer) {
  folder <- tempfile()
  dir.create(folder)
  on.exit(unlink(folder, recursive = TRUE))
  options(timeout = 600)
  tryCatch(
    utils::install.packages(package, library_to_fill(), available = offer, Ncpus = 2L, quiet = TRUE,
                            keep_outputs = folder),
    error = function(e) cat(conditionMessage(e), "\n")
  )
  if (!is_usable(package, "0")) {
    output <- unlist(lapply(list.files(folder, full.names = TRUE), readLines, warn = FALSE))
    writeLines(as.character(output))
    reason_in(output)
  }
}

# The first error is the cause of those that follow.
reason_in <- function(output) {
  lines <- grep("^ERROR", output, value = TRUE)
  lines <- c(grep("dependenc", lines, invert = TRUE, value = TRUE), lines)
  if (length(lines)) sub("^ERROR: ", "", lines[1L]) else "it could not be downloaded"
}

# A line for each reason, with the packages that it holds for.
say_missing <- function(what, packages) {
  reasons <- if (file.exists(reasons_file)) readRDS(reasons_file)
  why <- vapply(names(packages), function(name) c(reasons[[name]], "its version is too old")[1L], "")
  labels <- ifelse(packages == "0", names(packages), paste(names(packages), ">=", packages))
  for (reason in unique(why)) {
    message("setup: ", what, " ", toString(labels[why == reason]), " (", reason, ")")
  }
}

report <- function(goal) {
  needed <- unusable(needed_by(goal))
  say_missing("goes on without", if (!length(needed)) unusable(optional_for(goal)))
  say_missing(sprintf("`make %s` needs", goal), needed)
  quit(status = as.integer(length(needed) > 0L))
}

arguments <- commandArgs(trailingOnly = TRUE)
named <- arguments[-1L]
switch(arguments[1L],
  programs = writeLines(as.character(goals[[named]]$programs)),
  optional = writeLines(names(optional_for(named))),
  missing = {
    packages <- unusable(c(needed_by(named), optional_for(named)))
    cat(sprintf("%s %s\n", names(packages), packages), sep = "")
  },
  sources = print_sources(named),
  install = install(named),
  report = report(named)
)
