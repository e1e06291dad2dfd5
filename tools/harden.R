# Runs the steps of tools/harden/, which try to break the package, and keeps what they measured.
#
#   Rscript tools/harden.R [step ...]      all steps, or those named; exit status 1 if one failed
#
# A step is a script, tools/harden/<step>.R or .sh, that runs from the top of the repository with the
# package installed. It writes to build/harden/<step>/, ends with an exit status, and prints
# a line for every row of the table in bench/reliability.md:
#
#   row: <test> | <aim> | <measured> | ok, missed or not run
#
# What takes more than a few minutes does a short version unless NNCONV_EXTENDED_TESTS=true. A line
# `# needs:` names Debian's packages. Files named helper-* are shared by steps and are none.

record_file <- "bench/reliability.tsv"
report_file <- "bench/reliability.md"
extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")

step_files <- function() {
  files <- list.files("tools/harden", "\\.(R|sh)$", full.names = TRUE)
  files <- files[!startsWith(basename(files), "helper-")]
  stats::setNames(files, sub("\\.(R|sh)$", "", basename(files)))
}

chosen_steps <- function(files, names) {
  if (!length(names)) {
    return(files)
  }
  unknown <- setdiff(names, names(files))
  if (length(unknown)) {
    cat("harden: no step", toString(unknown), "- there are", toString(names(files)), "\n")
    quit(status = 1L)
  }
  files[names]
}

# Installs what a step needs, where that is possible; the step itself says what it goes without.
install_needs <- function(file) {
  needs <- grep("^# needs:", readLines(file), value = TRUE)
  packages <- unlist(strsplit(sub("^# needs: *", "", needs), " +"))
  is_absent <- function(package) {
    system2("dpkg", c("-s", package), stdout = FALSE, stderr = FALSE) != 0L
  }
  absent <- if (nzchar(Sys.which("apt-get"))) Filter(is_absent, packages)
  if (length(absent) && Sys.info()[["effective_user"]] == "root") {
    cat("harden: apt-get install", absent, "\n")
    apt_get <- function(...) {
      system2("apt-get", c("-q", ...), stdout = FALSE, stderr = FALSE, stdin = "/dev/null",
              env = "DEBIAN_FRONTEND=noninteractive")
    }
    apt_get("update")
    for (package in absent) apt_get("install", "-y", "--no-install-recommends", package)
  }
}

# The rows that a step printed, and whether it ended well.
run_step <- function(step, file) {
  folder <- file.path("build/harden", step)
  unlink(folder, recursive = TRUE)
  dir.create(folder, recursive = TRUE)
  install_needs(file)
  cat("\n== ", step, "\n", sep = "")
  log <- paste0(folder, ".log") # beside it, as a step may clear its folder
  program <- if (endsWith(file, ".R")) "Rscript" else "bash"
  began <- Sys.time()
  command <- sprintf("set -o pipefail; %s %s 2>&1 < /dev/null | tee %s", program, file, log)
  status <- system2("bash", c("-c", shQuote(command)))
  seconds <- as.numeric(Sys.time() - began, units = "secs")
  rows <- parse_rows(grep("^row: ", readLines(log, warn = FALSE), value = TRUE))
  if (status != 0L && !any(rows$verdict == "missed") || !nrow(rows)) {
    ended <- data.frame(test = step, aim = "runs to its end",
                        measured = sprintf("exit status %d, %d rows", status, nrow(rows)),
                        verdict = "missed")
    rows <- rbind(rows, ended)
  }
  cat(sprintf("== %s: %.0f s, exit status %d\n", step, seconds, status))
  cbind(step = step, rows, version = if (extended) "extended" else "short",
        date = format(Sys.Date()))
}

parse_rows <- function(lines) {
  fields <- strsplit(sub("^row: *", "", lines), " *\\| *")
  fields <- lapply(fields, function(row) c(row, rep("", 4L))[1:4])
  rows <- as.data.frame(do.call(rbind, c(list(matrix("", 0L, 4L)), fields)))
  stats::setNames(rows, c("test", "aim", "measured", "verdict"))
}

read_record <- function() {
  if (!file.exists(record_file)) {
    return(NULL)
  }
  utils::read.delim(record_file, quote = "", colClasses = "character")
}

# Rows of the steps that ran take the place of their earlier ones.
write_record <- function(rows) {
  kept <- read_record()
  all <- rbind(kept[!kept$step %in% rows$step, ], rows)
  all <- all[all$step %in% names(step_files()), ]
  all <- all[order(match(all$step, names(step_files()))), ]
  utils::write.table(all, record_file, sep = "\t", quote = FALSE, row.names = FALSE)
  all
}

machine <- function() {
  cpu <- grep("^model name", readLines("/proc/cpuinfo"), value = TRUE)[1L]
  compiler <- system2("g++", "--version", stdout = TRUE)[1L]
  sprintf(
    "%s (%s), %d cores, %s, %s, %s", sub(".*: *", "", cpu), nnconv::nn_info()$simd,
    parallel::detectCores(), utils::osVersion, R.version.string, compiler
  )
}

write_report <- function(rows) {
  long <- c(short = "", extended = ", long")
  cells <- paste("|", rows$test, "|", rows$aim, "|", rows$measured, "|", rows$verdict, "|",
                 rows$step, "|", paste0(rows$date, long[rows$version]), "|")
  writeLines(c(
    "# Reliability: attempts to break the package, and their results", "",
    "`make harden` writes this page. It runs the scripts of `tools/harden/`, which the column *step*",
    "names; `Rscript tools/harden.R <step>` runs one of them. `NNCONV_EXTENDED_TESTS=true` runs longer",
    "versions, whose rows say *long* in the last column. *missed* marks a fault or a figure that misses",
    "its aim, *not run* a test that this machine does not support.", "",
    paste0("Machine: ", machine(), "."), "",
    "| test | aim | measured | verdict | step | date |", "| --- | --- | --- | --- | --- | --- |",
    cells
  ), report_file)
}

steps <- chosen_steps(step_files(), commandArgs(trailingOnly = TRUE))
rows <- NULL
for (step in names(steps)) {
  of_step <- run_step(step, steps[[step]])
  write_report(write_record(of_step))
  rows <- rbind(rows, of_step)
}
missed <- sum(rows$verdict == "missed")
cat(sprintf("\nharden: %d rows, %d missed, %d not run; see %s\n", nrow(rows), missed,
            sum(rows$verdict == "not run"), report_file))
quit(status = as.integer(missed > 0L))
