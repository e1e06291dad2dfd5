# Tries to break the package: the long versions of the tests, and the scripts of tools/harden/.
#
#   Rscript tools/harden.R [step ...]      all steps, or those named; exit status 1 if one failed
#
# A step is `tests` (all of them, which is the first), the name of one test file, or a script,
# tools/harden/<step>.R or .sh. A script runs from the top of the repository with the package
# installed, writes to build/harden/<step>/, and ends with an exit status. It prints `failed: ` and
# `skipped: ` before what did not hold and what this machine lacks, and figures that are worth
# keeping, which bench/reliability.md does. What takes more than a few minutes does a short version
# unless NNCONV_EXTENDED_TESTS=true. A line `# needs:` names Debian's packages.

scripts <- list.files("tools/harden", "\\.(R|sh)$", full.names = TRUE)
scripts <- scripts[basename(scripts) != "helper.sh"]
names(scripts) <- sub("\\.(R|sh)$", "", basename(scripts))
tests <- sub("^test-(.*)\\.R$", "\\1", list.files("tests/testthat", "^test-.*\\.R$"))

# Installs what a script needs, where that is possible; it says itself what it goes without.
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

test_command <- function(step) {
  filter <- if (step == "tests") "NULL" else sprintf("'^%s$'", step)
  shQuote(paste0(
    "library(testthat); library(nnconv); Sys.setenv(NOT_CRAN = 'true', NNCONV_EXTENDED_TESTS = 'true'); ",
    "test_dir('tests/testthat', package = 'nnconv', load_package = 'installed', reporter = 'check', ",
    "filter = ", filter, ")"
  ))
}

# The exit status; what is printed goes to a log beside the folder, which the script may clear.
run_step <- function(step) {
  folder <- file.path("build/harden", step)
  unlink(folder, recursive = TRUE)
  dir.create(folder, recursive = TRUE)
  command <- if (step %in% names(scripts)) {
    install_needs(scripts[[step]])
    paste(if (endsWith(scripts[[step]], ".R")) "Rscript" else "bash", scripts[[step]])
  } else {
    paste("Rscript -e", test_command(step))
  }
  cat("\n== ", step, "\n", sep = "")
  logged <- sprintf("set -o pipefail; %s 2>&1 < /dev/null | tee %s.log", command, folder)
  seconds <- system.time(status <- system2("bash", c("-c", shQuote(logged))))[["elapsed"]]
  cat(sprintf("== %s: %.0f s, exit status %d\n", step, seconds, status))
  status
}

steps <- commandArgs(trailingOnly = TRUE)
if (!length(steps)) steps <- c("tests", names(scripts))
unknown <- setdiff(steps, c("tests", tests, names(scripts)))
if (length(unknown)) {
  cat("harden: no step", toString(unknown), "- there are tests,", toString(names(scripts)), "\n")
  quit(status = 1L)
}
status <- vapply(steps, run_step, 0L)
bad <- if (any(status != 0L)) toString(steps[status != 0L]) else "none"
cat(sprintf("\nharden: %d steps, failed: %s\n", length(steps), bad))
quit(status = as.integer(any(status != 0L)))
