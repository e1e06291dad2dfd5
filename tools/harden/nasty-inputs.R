# Shows that no value, and no pair of values, given to any argument of any function, method or
# member ends in a crash, a hang, a warning or an error in R's own words; or in a wrong answer.
#
#   Rscript tools/harden/nasty-inputs.R
#
# The values, the calls and what counts as a problem are those of tests/testthat/helper-nasty.R and
# helper-good-calls.R. A process of its own makes the calls, each of which it announces first; a call
# that ends it, or takes longer than half a minute, is a problem, and another process goes on.
# Pairs of values are a sample, all of them with NNCONV_EXTENDED_TESTS=true.

folder <- "build/harden/nasty-inputs"
announced <- file.path(folder, "announced")
found <- file.path(folder, "problems")
finished <- file.path(folder, "finished")
patience <- 30 # seconds without a new call

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
pairs_of_each <- if (extended) Inf else 60

helpers <- function() {
  env <- new.env(parent = asNamespace("nnconv"))
  for (name in c("conditions", "nasty", "good-calls")) {
    sys.source(sprintf("tests/testthat/helper-%s.R", name), env)
  }
  env
}

# Values of classes of other packages.
of_packages <- function() {
  kinds <- list()
  if (requireNamespace("Matrix", quietly = TRUE)) {
    kinds[["a sparse matrix"]] <- function(good) Matrix::Matrix(diag(3), sparse = TRUE)
  }
  if (requireNamespace("tibble", quietly = TRUE)) {
    kinds[["a real tibble"]] <- function(good) tibble::tibble(a = 1:2)
  }
  if (requireNamespace("bit64", quietly = TRUE)) {
    kinds[["a real integer64"]] <- function(good) bit64::as.integer64(3)
  }
  kinds
}

# Calls `visit(call, places, values)`, the values named by their kinds, for one value at each place, and for pairs.
for_all_cases <- function(env, visit) {
  for (call in env$all_calls()) {
    labels <- env$labels_of(call)
    places <- which(!labels %in% call$fixed)
    values <- lapply(call$arguments, env$nasty_values)
    for (place in places) {
      for (kind in names(values[[place]])) visit(call, place, values[[place]][kind])
    }
    for (a in places) {
      for (b in places[places > a]) {
        all <- expand.grid(a = seq_along(values[[a]]), b = seq_along(values[[b]]))
        set.seed(100 * a + b) # the same for a process that goes on
        chosen <- sample(nrow(all), min(nrow(all), pairs_of_each))
        for (i in chosen) visit(call, c(a, b), c(values[[a]][all$a[i]], values[[b]][all$b[i]]))
      }
    }
  }
}

# Makes the calls after the first `done`.
make_calls <- function(done) {
  library(nnconv)
  env <- helpers()
  env$nasty_kinds <- c(env$nasty_kinds, of_packages())
  grDevices::pdf(NULL)
  announcements <- file(announced, "a")
  announce <- function(...) {
    cat(..., "\n", file = announcements)
    flush(announcements)
  }
  problems <- file(found, "a")
  case <- 0
  for_all_cases(env, function(call, places, values) {
    case <<- case + 1
    if (case <= done) {
      if (case %% 1000 == 0) announce(done, "was the last one")
      return()
    }
    label <- sprintf("%s(%s)", call$name, toString(
      sprintf("%s = <%s>", env$labels_of(call)[places], names(values))
    ))
    announce(case, label)
    problem <- env$problem_with(call, places, values)
    if (length(problem)) {
      cat(label, problem, "\n", file = problems)
      flush(problems)
    }
  })
  writeLines(as.character(case), finished)
}

last_announced <- function() {
  lines <- if (file.exists(announced)) readLines(announced, warn = FALSE)
  if (length(lines)) lines[length(lines)] else "0 nothing"
}

# Runs a process after another until all calls are made.
watch <- function() {
  dir.create(folder, recursive = TRUE, showWarnings = FALSE)
  unlink(c(announced, found, finished))
  rscript <- file.path(R.home("bin"), "Rscript")
  script <- "tools/harden/nasty-inputs.R"
  ends <- hangs <- 0
  while (!file.exists(finished) && ends + hangs < 20) {
    done <- sub(" .*", "", last_announced())
    status <- watched(rscript, c(script, "calls", done))
    if (file.exists(finished)) break
    cat(last_announced(), if (status == "hang") "hangs" else "ends the process", "\n",
        file = found, append = TRUE)
    if (status == "hang") hangs <- hangs + 1 else ends <- ends + 1
  }
  list(ends = ends, hangs = hangs)
}

# Waits for a process; kills it when it announces nothing for too long.
watched <- function(command, arguments) {
  pid_file <- file.path(folder, "pid")
  line <- sprintf("%s %s > %s 2>&1 & echo $! > %s", shQuote(command),
                  paste(arguments, collapse = " "), file.path(folder, "process.log"), pid_file)
  system2("sh", c("-c", shQuote(line)))
  pid <- as.integer(readLines(pid_file))
  since <- Sys.time()
  size <- -1
  while (length(system2("ps", c("-o", "stat=", "-p", pid), stdout = TRUE, stderr = FALSE)) &&
           !is_zombie(pid)) {
    Sys.sleep(0.5)
    now <- file.size(announced)
    if (!identical(now, size)) {
      size <- now
      since <- Sys.time()
    } else if (difftime(Sys.time(), since, units = "secs") > patience) {
      tools::pskill(pid, tools::SIGKILL)
      return("hang")
    }
  }
  "end"
}

is_zombie <- function(pid) {
  status <- suppressWarnings(system2("ps", c("-o", "stat=", "-p", pid), stdout = TRUE))
  length(status) && grepl("^Z", status[1L])
}

arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments)) {
  make_calls(as.numeric(arguments[2L]))
} else {
  result <- watch()
  problems <- if (file.exists(found)) readLines(found) else character()
  calls <- sub(" .*", "", last_announced())
  writeLines(utils::head(problems, 100L))
  complete <- file.exists(finished)
  if (!complete) writeLines(utils::tail(readLines(file.path(folder, "process.log")), 20L))
  ok <- complete && length(problems) == 0L
  cat(sprintf(
    "row: nasty values to every argument%s | a classed error that names it, or a right answer | %s | %s\n",
    if (extended) ", and all pairs" else ", and a sample of pairs",
    sprintf("%s calls: %d problems, %d crashes, %d hangs", calls, length(problems), result$ends,
            result$hangs),
    if (ok) "ok" else "missed"
  ))
  quit(status = as.integer(!ok))
}
