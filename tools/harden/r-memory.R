# Shows that a call that cannot have its memory ends in an R error, and that the session goes on: with
# limits on the address space (prlimit) in small steps, from what the process has to what the call
# needs, so that one allocation after the other fails; and with threads that the system refuses.
# Run from the top. Root is refused no thread and becomes somebody else for that.

library(nnconv)
extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
steps <- if (extended) 400L else 24L
failed <- FALSE
fail <- function(...) {
  cat("failed:", sprintf(...), "\n")
  failed <<- TRUE
}
if (!nzchar(Sys.which("prlimit"))) {
  cat("skipped: prlimit is not installed\n")
  quit()
}

# The calls: each takes some MB, and in another way. None is so large that nnconv looks at the
# limit; the last ones are, with the look switched off.
calls <- c(
  forward = "nn_conv2d(8, 8, 3, padding = 1)(x)",
  transposed = "nn_conv_transpose2d(8, 4, 3, stride = 2, padding = 1, padding_mode = 'circular')(x)",
  transforms = "nn_conv2d(8, 32, 3)(x)",
  joined = "nn_conv_transpose2d(8, 2, 4, stride = 2, dtype = 'float32')(x)",
  weights = "nn_conv2d(256, 256, 3)(array(1, c(2, 256, 6, 6)))",
  gradients = "nn_conv2d(8, 8, 3)$backward(x, function(y) y)",
  chain = "nn_sequential(nn_conv2d(8, 8, 1), nn_relu(), nn_tanh())$backward(x, function(y) y)",
  padding = "nnf_pad(x, c(60, 60, 60, 60), 'reflect')",
  border = "nnf_conv2d(x[, 1, 1:9, 1:9, drop = FALSE], array(1, c(1, 1, 2, 2)), padding = 700)",
  layer = "nn_conv2d(400, 400, 3)",
  large = "{ options(nnconv.memory = Inf); nn_conv_transpose2d(8, 16, 4, stride = 4)(x) }"
)

# A session in which limits are set around one call; it prints a line for each.
session <- function(expression, steps) {
  code <- bquote({
    library(nnconv)
    status <- function(field) {
      line <- grep(field, readLines("/proc/self/status"), value = TRUE)[1L]
      1024 * as.numeric(gsub("[^0-9]", "", line))
    }
    limit <- function(bytes) {
      system(sprintf("prlimit --pid %d --as=%s:", Sys.getpid(), bytes))
    }
    nn_threads(2)
    x <- array(sin(1:180000), c(2, 8, 125, 90))
    small <- array(sin(1:18), c(2, 3, 3))
    m <- nn_conv_transpose2d(2, 3, 2, stride = 2)
    expected <- m(small)
    call <- function() {
      set.seed(1)
      .(str2lang(expression))
    }
    whole <- call()
    # How the call ends with so many bytes more than there are, and whether a small one is right.
    with_room <- function(bytes) {
      reserve <- raw(2^21) # for lifting the limit, which starts a process
      invisible(gc())
      limit(sprintf("%.0f", status("VmSize") + bytes))
      result <- tryCatch(call(), error = identity)
      after <- tryCatch(m(small), error = function(e) "nothing at all can be had")
      reserve <- NULL
      invisible(gc())
      limit("unlimited")
      if (!is.array(after)) after <- m(small)
      is_right <- identical(result, whole) || inherits(result, "nnconv_module")
      c(if (identical(after, expected)) "goes-on" else "broken",
        if (inherits(result, "error")) class(result)[1L] else if (is_right) "right" else "wrong")
    }
    needs <- 2^20
    enough <- function() all(replicate(3, with_room(needs)[2L]) == "right")
    while (!enough() && needs < 2^33) needs <- 1.5 * needs
    invisible(gc())
    resident <- status("VmRSS")
    for (k in 0:.(steps)) cat("step", with_room(1.1 * needs * k / .(steps)), "\n")
    invisible(gc())
    cat("growth", status("VmRSS") - resident, "\n")
  })
  # What is freed goes back to the system, so that every allocation can fail.
  fresh_r(code, c("MALLOC_MMAP_THRESHOLD_=16384", "MALLOC_TRIM_THRESHOLD_=16384", "MALLOC_ARENA_MAX=1"))
}

# The lines that code prints in a process of its own, started by a command.
fresh_r <- function(code, env = character(), command = character()) {
  file <- tempfile(fileext = ".R", tmpdir = dirname(tempdir())) # others can read it
  on.exit(unlink(file))
  writeLines(deparse(code), file)
  words <- c(command, file.path(R.home("bin"), "Rscript"), "--vanilla", file)
  suppressWarnings(system2(words[1L], words[-1L], stdout = TRUE, stderr = TRUE, env = env))
}

for (name in names(calls)) {
  out <- session(calls[[name]], steps)
  how <- sub(" +$", "", sub("^step goes-on ", "", grep("^step goes-on", out, value = TRUE)))
  cat(name, ": ", toString(sprintf("%s %d", names(table(how)), table(how))), "\n", sep = "")
  growth <- as.numeric(sub("growth ", "", grep("^growth", out, value = TRUE)))
  if (length(how) <= steps || "wrong" %in% how || !"right" %in% how || all(how == "right")) {
    print(utils::tail(out, 12))
    fail("%s: not errors and right results alone, or the session does not go on", name)
  }
  if (!isTRUE(growth <= 8e6)) fail("%s: %.1f MB are left behind", name, growth / 1e6)
}

# Threads that the system refuses: with a limit of one process, which counts threads.
is_root <- identical(Sys.info()[["effective_user"]], "root")
somebody <- c("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
out <- fresh_r(quote({
  library(nnconv)
  nn_threads(4)
  m <- nn_conv2d(16, 16, 3)
  x <- array(sin(1:160000), c(1, 16, 100, 100))
  y <- m(x)
  system(sprintf("prlimit --pid %d --nproc=1:1", Sys.getpid()))
  refuses <- !identical(tryCatch(suppressWarnings(system("true")), error = identity), 0L)
  again <- m(x)
  gradient <- m$backward(x, y)$weight
  cat("limited", refuses, "same", identical(again, y), "finite", all(is.finite(gradient)))
}), command = if (is_root) somebody)
lines <- grep("^limited", out, value = TRUE)
if (length(lines) == 0L && any(grepl("no package called|setpriv", out))) {
  cat("skipped: threads refused, as another user cannot load the package\n")
} else if (!identical(lines, "limited TRUE same TRUE finite TRUE")) {
  print(utils::tail(out))
  fail("threads refused")
}
quit(status = as.integer(failed))
