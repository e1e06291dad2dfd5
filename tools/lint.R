# Checks the rules of HACKING.md that a machine can check. Run from the top of the repository:
# Rscript tools/lint.R. Prints `file:line: message` for each violation; exit status 1 if any.
#
# Base R does the architecture. lintr, clang-format, g++ and clang++ join in where they exist.

files_in <- function(folders, extensions) {
  pattern <- sprintf("\\.(%s)$", extensions)
  files <- list.files(folders, pattern, full.names = TRUE, recursive = TRUE)
  sort(setdiff(files, c("R/RcppExports.R", "src/RcppExports.cpp")))
}

r_code <- files_in("R", "R")
core <- files_in("src", "cpp|h")
code <- files_in(c("R", "src", "tests", "vignettes", "tools", "bench", "data-raw"), "R|Rmd|cpp|h|sh|py")
makevars <- "src/Makevars"

except <- function(files, pattern) grep(pattern, files, value = TRUE, invert = TRUE)

# No line of `files` may match `regex`; `where` says whether comments count.
rule <- function(files, regex, message, where = "code") {
  list(files = files, regex = regex, message = message, where = where)
}

rules <- list(
  rule(except(core, "^src/r_"), "SEXP|Rcpp", "only src/r_* may know R"),
  rule(except(core, "^src/r_"), "#\\s*include\\s+[\"<]r_", "includes point away from r_*"),
  rule(except(core, "^src/kernels/simd_"), "\\b_mm\\d*_|\\b__m\\d|immintrin|arm_neon",
       "intrinsics belong to src/kernels/simd_*"),
  rule(except(core, "^src/system/thread"), "std::(thread|mutex|atomic)|pthread|\\bomp\\b",
       "threads belong to src/system/thread*"),
  rule(except(core, "^src/system/eigen\\.h$"), "#\\s*include\\s+[\"<](Eigen|RcppEigen|unsupported)\\b",
       "Eigen comes through src/system/eigen.h"),
  rule("src/RcppExports.cpp", "RcppEigen\\.h", "not needed; run tools/document.R"),
  rule(except(r_code, "/conditions\\.R$"), "(^|[^.\\w])(stop|warning)\\(",
       "conditions are made in R/conditions.R"),
  rule(grep("\\.R$", code, value = TRUE), "^\\s*(?![\\w.]+\\.nnconv_|\\.on(Load|Unload)\\b)[\\w.]*[A-Z.][\\w.]*\\s*<-\\s",
       "names are in snake_case, S3 methods apart"),
  rule(makevars, "^(?!\\s*($|#|CXX_STD = |PKG_CPPFLAGS = -I\\.$|PKG_CXXFLAGS = \\$\\(CXX_VISIBILITY\\)$|PKG_LIBS = -lpthread -Wl,-S -Wl,-x$|OBJECTS = |\\S+\\.o( \\\\)?$))",
       "no compiler or linker flags here", "all"),
  rule(c(r_code, core), "^(?!#' ([|]|#>)).{101,}", "line of more than 100 characters", "all"),
  rule(code, "(^|[^\\w.])/(home|root|Users)/\\w|\\b[A-Z]:[/\\\\]+Users", "absolute path", "all"),
  rule(code, "\\b(cloud|cran)\\.r-project\\.org(?!/(web|package))|\\bdeb\\.debian\\.org",
       "address of a package registry", "all"),
  rule(code, "\\b(TO[D]O|FIX[M]E|X[X]X)\\b", "unfinished", "all")
)

violations <- character()
at <- function(file, line, message) sprintf("%s:%d: %s", file, as.integer(line), message)
skipped <- function(what) cat("lint: not installed, skipped:", what, "\n")

text <- local({
  all <- unique(c(r_code, core, code, makevars, "src/RcppExports.cpp"))
  sapply(all[file.exists(all)], readLines, warn = FALSE, simplify = FALSE)
})

# Blanked comments keep the line numbers.
without_comments <- function(lines, file) {
  sub(if (grepl("\\.R$", file)) "#.*" else "//.*", "", lines)
}

for (each in rules) {
  for (file in intersect(each$files, names(text))) {
    lines <- text[[file]]
    if (each$where == "code") lines <- without_comments(lines, file)
    hits <- grep(each$regex, lines, perl = TRUE)
    violations <- c(violations, at(file, hits, each$message))
  }
}

for (file in setdiff(code, "R/concepts.R")) { # which is a list of words
  count <- length(text[[file]])
  if (count > 400L) violations <- c(violations, at(file, count, "more than 400 lines"))
}
# A class begins and ends with lines of one indentation, as clang-format writes them.
most_class_lines <- 150L
for (file in core) {
  lines <- text[[file]]
  heads <- grep("^ *(class|struct) \\w+[^;]*\\{ *(//.*)?$", lines)
  for (head in heads) {
    indentation <- sub("(class|struct).*", "", lines[head])
    end <- head + which(startsWith(lines[-seq_len(head)], paste0(indentation, "}")))[1L]
    if (end - head + 1L > most_class_lines) {
      violations <- c(violations, at(file, head, "class of more than 150 lines"))
    }
  }
}
for (file in except(c(r_code, core), "-package\\.R$")) {
  if (!grepl("^(#|//) \\S", text[[file]][1L])) {
    violations <- c(violations, at(file, 1, "begin with a comment that says what the file is"))
  }
}
# A second function of a name would silently take the place of the first.
defined <- lapply(grep("^R/", names(text), value = TRUE), function(file) {
  lines <- grep("^[\\w.`<-]+ <- function\\(", text[[file]], perl = TRUE, value = TRUE)
  data.frame(file = rep(file, length(lines)), name = sub(" <- .*", "", lines))
})
defined <- do.call(rbind, defined)
again <- defined[duplicated(defined$name), ]
violations <- c(violations, sprintf("%s:1: `%s` is defined twice", again$file, again$name))

for (file in grep("\\.h$", core, value = TRUE)) {
  if (!"#pragma once" %in% text[[file]]) {
    violations <- c(violations, at(file, 1, "`#pragma once` is missing"))
  }
}

# A circle of files: what remains once files are gone that need none of the rest, or that none of the
# rest needs.
circle <- function(needs) {
  repeat {
    count <- length(needs)
    needs <- Filter(function(files) any(files %in% names(needs)), needs)
    needs <- needs[names(needs) %in% unlist(needs)]
    if (length(needs) == count) {
      return(names(needs))
    }
  }
}

# The files of R/ whose functions and constants each of them names, members (x$name) apart.
home_of <- local({
  names <- lapply(text[r_code], function(lines) {
    defined <- grep("^`?[\\w.\\[$<-]+`? <- ", lines, perl = TRUE, value = TRUE)
    gsub("`", "", sub(" <- .*", "", defined))
  })
  stats::setNames(rep(r_code, lengths(names)), unlist(names))
})
needed <- sapply(r_code, function(file) {
  tokens <- utils::getParseData(parse(text = text[[file]], keep.source = TRUE))
  tokens <- tokens[tokens$terminal, ]
  is_name <- tokens$token %in% c("SYMBOL", "SYMBOL_FUNCTION_CALL")
  is_member <- c("", tokens$token)[seq_along(is_name)] %in% c("'$'", "'@'")
  setdiff(home_of[intersect(tokens$text[is_name & !is_member], names(home_of))], file)
}, simplify = FALSE)
violations <- c(violations, sprintf("%s:1: in a circle of files", circle(needed)))

# What of the core each folder may include, besides itself. Files at the top of src/ may include all.
may_include <- list(
  system = character(),
  geometry = "system",
  arrays = c("system", "geometry"),
  elementwise = "system",
  channelwise = c("system", "geometry", "arrays"),
  resampling = c("system", "geometry", "arrays"),
  files = "system",
  safetensors = c("system", "files"),
  torch_files = c("system", "files"),
  kernels = "system",
  packing = c("system", "geometry", "arrays", "kernels"),
  algorithms = c("system", "geometry", "arrays", "kernels", "packing"),
  convolution = c("system", "geometry", "arrays", "kernels", "packing", "algorithms"),
  network = c("system", "geometry", "arrays", "elementwise", "channelwise", "resampling", "convolution")
)
for (file in grep("^src/[^/]+/", core, value = TRUE)) {
  folder <- basename(dirname(file))
  lines <- grep('^#include "', text[[file]])
  included <- dirname(sub('^#include "([^"]*)".*', "\\1", text[[file]][lines]))
  wrong <- !included %in% c(folder, may_include[[folder]])
  violations <- c(
    violations,
    at(file, lines[wrong], sprintf("%s may not include %s", folder, included[wrong]))
  )
}

included <- lapply(text[core], function(lines) {
  paste0("src/", sub('^#include "([^"]*)".*', "\\1", grep('^#include "', lines, value = TRUE)))
})
violations <- c(violations, sprintf("%s:1: in a circle of includes", circle(included)))

# Makevars lists what is compiled.
listed <- sub("^ *(\\S+)\\.o.*", "src/\\1.cpp", grep("\\.o\\b", text[["src/Makevars"]], value = TRUE))
there <- c(grep("\\.cpp$", core, value = TRUE), "src/RcppExports.cpp")
violations <- c(
  violations, sprintf("src/Makevars:1: %s is not listed", setdiff(there, listed)),
  sprintf("src/Makevars:1: %s does not exist", setdiff(listed, there))
)

# Each file of R/ has the file of tests of its name, those apart that define nothing to test there:
# RcppExports.R is made of src/, whose functions are tested through R, and nnconv-package.R runs when
# the package is loaded, as test-session.R and test-engine.R do.
untested <- c("R/RcppExports.R", "R/nnconv-package.R")
tested <- setdiff(r_code, untested)
tests_of <- sub("^R/", "tests/testthat/test-", tested)
violations <- c(
  violations, sprintf("%s:1: has no tests, %s", tested, tests_of)[!file.exists(tests_of)]
)

# Output of a program, of which the lines that begin with a file name are violations.
run <- function(command, arguments) {
  out <- suppressWarnings(system2(command, arguments, stdout = TRUE, stderr = TRUE))
  status <- attr(out, "status")
  found <- grep("^\\S+:[0-9]+:.*(error|warning)", out, value = TRUE)
  if (is.null(status) || length(found)) found else c(paste("lint: failed:", command), out)
}

if (requireNamespace("lintr", quietly = TRUE)) {
  for (folder in Filter(dir.exists, c("R", "tests", "tools", "bench", "data-raw"))) {
    for (found in lintr::lint_dir(folder, parse_settings = TRUE, relative_path = FALSE)) {
      file <- sub(paste0(normalizePath("."), "/"), "", found$filename, fixed = TRUE)
      message <- sprintf("%s [%s]", found$message, found$linter)
      violations <- c(violations, at(file, found$line_number, message))
    }
  }
} else {
  skipped("lintr")
}

if (nzchar(Sys.which("clang-format"))) {
  violations <- c(violations, run("clang-format", c("--dry-run", "-Werror", core, files_in("tests/core", "cpp|h"))))
} else {
  skipped("clang-format")
}

include <- c(R.home("include"), system.file("include", package = "Rcpp"),
             system.file("include", package = "RcppEigen"))
flags <- c("-std=c++17", "-fsyntax-only", "-Isrc", "-O2", "-Wall", "-Wextra", "-pedantic", "-Werror",
           "-Wno-unknown-pragmas", paste0("-isystem", shQuote(include)))
# The files that know R need seconds to read Rcpp.h: each compiler reads it once for all of them.
# (One that does not include it does not compile when the package is built.)
knows_r <- function(file) startsWith(basename(file), "r_")
precompiled <- function(compiler) {
  header <- tempfile(fileext = ".h")
  writeLines("#include <Rcpp.h>", header)
  made <- paste0(header, if (compiler == "g++") ".gch" else ".pch")
  run(compiler, c(setdiff(flags, "-fsyntax-only"), "-x", "c++-header", header, "-o", made))
  c("-include", header)
}
for (compiler in c("g++", "clang++")) {
  if (nzchar(Sys.which(compiler))) {
    with_rcpp <- precompiled(compiler)
    compile <- function(file) run(compiler, c(flags, if (knows_r(file)) with_rcpp, file))
    found <- parallel::mclapply(grep("\\.cpp$", core, value = TRUE), compile, mc.cores = 2L)
    violations <- c(violations, unlist(found))
  } else {
    skipped(compiler)
  }
}

if (length(violations)) writeLines(violations)
cat(sprintf("lint: %d files, %d violations\n", length(text), length(violations)))
quit(status = as.integer(length(violations) > 0L))
