# Shows that every place that raises an error is reached by a test that expects an error, and that
# no two functions word their errors alike.
#
# A copy of the package is installed in which every such call in R/ records the messages that pass
# it, in whatever process a test makes it; it takes the compiled code of the package under test. The
# tests of nasty values do not count: they look at the class and the argument, and not at the words.
# Errors that C++ raises are looked for in the text: what they say must stand in a test.

folder <- "build/harden/messages"
dir.create(folder, recursive = TRUE, showWarnings = FALSE)
record <- file.path(normalizePath(folder), "passed")
unlink(record)
raising <- c("refuse", "raise", "refuse_member", "check_type", "in_module", "stop", "warning",
             "stopifnot", "match.arg")
# These pass on what was worded elsewhere.
passing <- c("raise", "in_module", "stop", "refuse_member")

# Every call to one of those, outermost first, with its place in the text.
sites_in <- function(file) {
  data <- utils::getParseData(parse(file, keep.source = TRUE))
  names <- data[data$token == "SYMBOL_FUNCTION_CALL" & data$text %in% raising, ]
  do.call(rbind, lapply(seq_len(nrow(names)), function(i) {
    holder <- data$parent[data$id == names$parent[i]]
    call <- data[data$id == holder, ]
    data.frame(file = file, f = function_around(data, holder), name = names$text[i],
               line = call$line1, column = call$col1, end_line = call$line2, end_column = call$col2)
  }))
}

# The name that the outermost function around an expression is assigned to.
function_around <- function(data, id) {
  repeat {
    parent <- data$parent[data$id == id]
    if (!length(parent) || parent <= 0L) break
    id <- parent
  }
  children <- data[data$parent == id, ]
  sub("`(.*)`", "\\1", utils::getParseText(data, children$id[1L]))
}

# The lines of a file with `at_site(k, ...)` around every site.
instrumented <- function(file, sites) {
  lines <- readLines(file)
  edits <- rbind(
    data.frame(line = sites$line, column = sites$column, text = sprintf("at_site(%dL, ", sites$k)),
    data.frame(line = sites$end_line, column = sites$end_column + 1L, text = ")")
  )
  edits <- edits[order(-edits$line, -edits$column), ]
  for (i in seq_len(nrow(edits))) {
    line <- lines[edits$line[i]]
    lines[edits$line[i]] <- paste0(substr(line, 1L, edits$column[i] - 1L), edits$text[i],
                                   substring(line, edits$column[i]))
  }
  lines
}

recorder <- '
passed <- new.env()
at_site <- function(k, expr) {
  withCallingHandlers(expr, nnconv_error = function(e) {
    line <- paste0(k, "\t", encodeString(conditionMessage(e)))
    if (is.null(passed[[line]])) cat(line, "\n", sep = "", file = "%s", append = TRUE)
    passed[[line]] <- TRUE
  })
}
'

# Installs the copy into build/harden/messages/library.
install_copy <- function(sites) {
  copy <- file.path(folder, "nnconv")
  library <- file.path(folder, "library")
  unlink(c(copy, library), recursive = TRUE)
  dir.create(file.path(copy, "src"), recursive = TRUE)
  dir.create(library)
  file.copy(c("DESCRIPTION", "NAMESPACE", "LICENSE", "R", "inst"), copy, recursive = TRUE)
  for (file in unique(sites$file)) {
    writeLines(instrumented(file, sites[sites$file == file, ]), file.path(copy, file))
  }
  writeLines(sprintf(recorder, record), file.path(copy, "R", "recorder.R"))
  compiled <- list.files(file.path(find.package("nnconv"), "libs"), full.names = TRUE)
  file.copy(compiled, file.path(copy, "src"))
  writeLines("all:", file.path(copy, "src", "Makefile"))
  log <- file.path(folder, "install.log")
  status <- system2(
    file.path(R.home("bin"), "R"),
    c("CMD", "INSTALL", "--no-docs", "--no-test-load", "--no-byte-compile",
      paste0("--library=", library), copy),
    stdout = log, stderr = log
  )
  if (status != 0L) stop(paste(readLines(log), collapse = "\n"))
  library
}

# The tests that expect errors, run with the copy; the messages that passed each site.
run_tests <- function(library) {
  files <- setdiff(list.files("tests/testthat", "^test-.*\\.R$"), "test-nasty.R")
  expects <- vapply(file.path("tests/testthat", files), function(file) {
    any(grepl("expect_refusal|expect_error|refusal\\(", readLines(file)))
  }, TRUE)
  names <- sub("^test-(.*)\\.R$", "\\1", files[expects])
  filter <- sprintf("^(%s)$", paste(names, collapse = "|"))
  code <- sprintf('
    .libPaths(c("%s", .libPaths()))
    suppressMessages({library(testthat); library(nnconv)})
    result <- as.data.frame(test_dir("tests/testthat", package = "nnconv", reporter = "silent",
      load_package = "installed", filter = "%s", stop_on_failure = FALSE))
    failed <- result[result$failed > 0 | result$error, c("file", "test")]
    if (nrow(failed)) print(failed)', normalizePath(library), filter)
  script <- file.path(folder, "run.R")
  writeLines(code, script)
  Sys.setenv(NOT_CRAN = "true")
  system2(file.path(R.home("bin"), "Rscript"), script)
  lines <- strsplit(readLines(record), "\t", fixed = TRUE)
  tapply(vapply(lines, `[`, "", 2L), vapply(lines, `[`, "", 1L), unique, simplify = FALSE)
}

# What is the same for all arguments and values.
wording <- function(message) {
  message <- sub("^In module `[^`]*`: ", "", message)
  message <- sub(", not .*", "", message)
  message <- gsub("`[^`]*`", "``", message)
  message <- gsub("\"[^\"]*\"", "\"\"", message)
  gsub("-?[0-9]+", "#", message)
}

# What only a failing system says of a file that it has opened.
not_provoked <- c("its size cannot be read", "it cannot be read")

# Errors that C++ words, and whether a test holds their words. (What R makes of std::bad_alloc is
# worded in R/memory.R.)
errors_of_cpp <- function() {
  files <- setdiff(list.files("src", "\\.(cpp|h)$", full.names = TRUE, recursive = TRUE), "src/RcppExports.cpp")
  tests <- tolower(unlist(
    lapply(list.files("tests/testthat", "\\.R$", full.names = TRUE), readLines)
  ))
  found <- lapply(files, function(file) {
    text <- gsub("'\"'", "''", sub("//.*", "", readLines(file)), fixed = TRUE)
    lines <- grep("\\bthrow\\b *[^;]|\\bfail\\(|Rcpp::stop|Rf_error|\\bR_ShowMessage", text)
    words <- vapply(lines, function(i) {
      statement <- sub("(\\)|\\{)(;.*| *$)", "", paste(text[i + 0:2], collapse = " "))
      sub("^[^\"]*\"([^\"%]*).*|.*", "\\1", statement)
    }, "")
    counts <- nchar(words) > 2L & !words %in% not_provoked
    lines <- lines[counts]
    words <- tolower(words[counts])
    tested <- vapply(words, function(w) any(grepl(w, tests, fixed = TRUE)), TRUE)
    data.frame(place = sprintf("%s:%d", rep(file, length(lines)), lines), tested = tested)
  })
  do.call(rbind, found)
}

code <- setdiff(list.files("R", "\\.R$", full.names = TRUE), "R/RcppExports.R")
sites <- do.call(rbind, lapply(code, sites_in))
sites$k <- seq_len(nrow(sites))
passed <- run_tests(install_copy(sites))
messages <- passed[as.character(sites$k)]
reached <- lengths(messages) > 0L
cpp <- errors_of_cpp()

places <- sprintf("%s:%d %s() in %s", sites$file, sites$line, sites$name, sites$f)
if (any(!reached)) cat("Not reached:", places[!reached], sep = "\n  ")
if (any(!cpp$tested)) cat("Not in a test:", cpp$place[!cpp$tested], sep = "\n  ")

own <- which(reached & !sites$name %in% passing & sites$f != "check_type")
words <- do.call(rbind, lapply(own, function(i) {
  data.frame(wording = unique(wording(messages[[i]])), f = sites$f[i])
}))
words <- unique(words)
alike <- words[words$wording %in% words$wording[duplicated(words$wording)], ]
if (nrow(alike)) print(alike[order(alike$wording), ], row.names = FALSE)

cat(sprintf("row: errors raised in R and reached by a test | 100 %% | %d of %d | %s\n", sum(reached),
            nrow(sites), if (all(reached)) "ok" else "missed"))
cat(sprintf("row: errors raised in C++ and worded in a test | 100 %% | %d of %d | %s\n", sum(cpp$tested),
            nrow(cpp), if (all(cpp$tested)) "ok" else "missed"))
cat(sprintf("row: wordings of errors that two functions share | 0 | %d of %d | %s\n",
            length(unique(alike$wording)), length(unique(words$wording)),
            if (nrow(alike)) "missed" else "ok"))
quit(status = as.integer(!all(reached) || !all(cpp$tested) || nrow(alike) > 0L))
