# Interrupts: SIGINT at a random time ends a long call within 0.2 s as R's own condition "interrupt",
# after which the session goes on, layers are as before and no memory is left behind; the same for
# R's time limits. NNCONV_EXTENDED_TESTS=true makes 50 interrupts of calls of 5 s and more, and 8 of
# each other call.
#
# Each case runs in a process of its own: Rscript tools/harden/interrupts.R NAME RUNS. To add one,
# add a function to `cases` that prepares the arrays and returns the call, and a module that it must
# leave alone; `long` names those that take 5 s or more.

library(nnconv)

extended <- identical(Sys.getenv("NNCONV_EXTENDED_TESTS"), "true")
scratch <- "build/harden/interrupts"
aim <- 0.2 # seconds from the signal to the condition
rscript <- file.path(R.home("bin"), "Rscript")

# Arrays whose numbers nobody waits for.
numbers <- function(...) array(rep_len(c(0.5, -1, 0.25, 2, -0.125), prod(...)), c(...))

cases <- list(
  conv2d = function() {
    m <- nn_conv2d(256, 256, 9)
    x <- numbers(6, 256, 128, 128)
    list(module = m, call = function() m(x))
  },
  conv_transpose2d = function() {
    m <- nn_conv_transpose2d(256, 256, 11, stride = 2, padding_mode = "circular", padding = 2)
    x <- numbers(16, 256, 64, 64)
    list(module = m, call = function() m(x))
  },
  transforms = function() {
    m <- nn_conv2d(256, 256, 3, padding = 1)
    x <- numbers(32, 256, 128, 128)
    list(module = m, call = function() m(x))
  },
  portable = function() {
    nn_simd("portable")
    m <- nn_conv_transpose2d(256, 256, 4, stride = 2, padding = 1, dtype = "float32")
    x <- numbers(8, 256, 64, 64)
    list(module = m, call = function() m(x))
  },
  backward = function() {
    m <- nn_conv2d(512, 512, 5, padding = 2, dtype = "float32")
    x <- numbers(3, 512, 96, 96)
    list(module = m, call = function() m$backward(x, x))
  },
  weight_gradient = function() { # few cells, many channels: all the work is one band's
    m <- nn_conv_transpose2d(2048, 2048, 5)
    x <- numbers(4, 2048, 12, 12)
    y <- numbers(4, 2048, 16, 16)
    list(module = m, call = function() m$backward(x, y, "weight"))
  },
  training = function() {
    net <- nn_sequential(
      nn_conv2d(3, 32, 3, padding = 1), nn_relu(), nn_conv2d(32, 32, 3, stride = 2), nn_tanh(),
      nn_conv_transpose2d(32, 3, 3, stride = 2), nn_sigmoid()
    )
    adam <- nn_optim_adam(lr = 0)
    x <- numbers(4, 3, 65, 65)
    list(module = net, call = function() {
      for (i in 1:100000) {
        step <- net$backward(x, function(y) y - x, c("weight", "bias"))
        nn_parameters_vector(net) <- adam(nn_parameters_vector(net), nn_parameters_vector(step))
      }
    })
  },
  plain_loop = function() { # no call of the package: what the machine and R take
    list(module = nn_conv2d(1, 1, 1), call = function() for (i in 1:5e8) NULL)
  },
  # As long as the memory allows.
  packing = function() { # as much time for the weights as for the products
    m <- nn_conv2d(12000, 12000, 1)
    x <- numbers(1, 12000, 1, 1)
    list(module = m, call = function() m(x))
  },
  joined = function() {
    m <- nn_conv_transpose2d(8, 3, 4, stride = 2, padding = 1, dtype = "float32")
    x <- numbers(64, 8, 200, 200)
    list(module = m, call = function() m(x))
  },
  depthwise = function() {
    m <- nn_conv2d(16, 16, 1, groups = 16)
    x <- numbers(4, 16, 1000, 1500)
    list(module = m, call = function() m(x))
  },
  huge_result = function() { # nothing but zeros and a bias
    m <- nn_conv_transpose2d(1, 1, 1, stride = 10000)
    x <- numbers(1, 2, 2)
    list(module = m, call = function() m(x))
  },
  huge_input = function() { # nearly all the time is for a look at the numbers
    m <- nn_conv_transpose2d(64, 64, 3, padding = 500)
    x <- numbers(1, 64, 1003, 2000)
    list(module = m, call = function() m(x))
  },
  bias_gradient = function() {
    m <- nn_conv2d(20000, 20000, 1, groups = 20000)
    x <- numbers(1, 20000, 100, 60)
    list(module = m, call = function() m$backward(x, x, "bias"))
  },
  zeroed_weights = function() {
    m <- nn_conv2d(1, 1, 1)
    w <- numbers(8000, 8000, 1, 1)
    x <- numbers(1, 8000, 1, 1)
    list(module = m, call = function() nnf_conv2d_backward(x, x, w, wanted = "weight"))
  },
  relu = function() activation(nn_leaky_relu()),
  sigmoid = function() activation(nn_sigmoid()),
  tanh = function() activation(nn_tanh()),
  pad = function() {
    x <- numbers(1, 8000, 8000)
    list(module = nn_conv2d(1, 1, 1), call = function() nnf_pad(x, c(4, 4, 4, 4), "reflect"))
  },
  adam = function() {
    adam <- nn_optim_adam()
    p <- numbers(1e7)
    list(module = nn_conv2d(1, 1, 1), call = function() adam(p, p))
  }
)
long <- c("conv2d", "conv_transpose2d", "transforms", "portable", "backward", "weight_gradient",
          "training", "plain_loop")

activation <- function(m) {
  x <- numbers(1e8)
  list(module = m, call = function() m$backward(x, function(y) x))
}

resident <- function() { # bytes
  invisible(gc())
  line <- grep("VmRSS", readLines("/proc/self/status"), value = TRUE)
  1024 * as.numeric(gsub("[^0-9]", "", line))
}

# What a session can do at any time, with its right result.
new_check <- function() {
  m <- nn_conv_transpose2d(3, 4, 3, stride = 2)
  x <- numbers(2, 3, 9, 9)
  expected <- list(m(x), m$backward(x, function(y) y))
  function() identical(list(m(x), m$backward(x, function(y) y)), expected)
}

seconds_now <- function() as.numeric(Sys.time())

# What the main thread has used of a processor: not what it waited for others.
cpu_seconds <- function() {
  file <- "/proc/self/schedstat"
  if (file.exists(file)) scan(file, quiet = TRUE)[1] / 1e9 else NA
}

# One interrupt `delay` seconds after the beginning of the call: a line of the table of runs.
interrupt_once <- function(case, delay) {
  parameters <- rapply(case$module$state_dict(), function(p) p + 0, how = "list")
  sent <- file.path(scratch, paste0("sent-", Sys.getpid()))
  unlink(sent)
  sender <- paste(
    "library(tools); pskill(%2$d, 0L);", # all of it is loaded by now
    "cpu <- function() tryCatch(scan('/proc/%2$d/schedstat', quiet = TRUE)[1] / 1e9, error =",
    "function(e) NA, warning = function(w) NA); cpu(); Sys.sleep(%1$.3f);",
    "used <- cpu(); now <- as.numeric(Sys.time()); pskill(%2$d, SIGINT);",
    "saveRDS(c(now, used), '%3$s.new'); file.rename('%3$s.new', '%3$s')"
  )
  system2(rscript, c("--vanilla", "-e", shQuote(sprintf(sender, delay, Sys.getpid(), sent))),
          wait = FALSE, stdout = FALSE)
  is_over <- FALSE
  how <- tryCatch(
    {
      case$call()
      is_over <- TRUE
      Sys.sleep(delay + 10) # until the signal comes after all
    },
    interrupt = function(condition) class(condition)[1],
    error = conditionMessage
  )
  caught <- seconds_now()
  used <- cpu_seconds()
  if (is_over) how <- "over"
  while (!file.exists(sent)) Sys.sleep(0.01)
  data.frame(
    latency = caught - readRDS(sent)[1],
    cpu = used - readRDS(sent)[2],
    class = how,
    layer = identical(case$module$state_dict(), parameters),
    session = case$check()
  )
}

# The call ends in R's error of the time limit, soon after it.
limit_once <- function(case, limit) {
  begin <- seconds_now()
  setTimeLimit(elapsed = limit, transient = TRUE)
  how <- tryCatch(
    {
      case$call()
      "over"
    },
    error = conditionMessage
  )
  setTimeLimit()
  caught <- seconds_now()
  data.frame(
    latency = caught - begin - limit, cpu = NA, class = if (grepl("elapsed time limit", how)) "limit" else how,
    layer = TRUE, session = case$check()
  )
}

run_case <- function(name, runs) {
  set.seed(sum(utf8ToInt(name)))
  case <- cases[[name]]()
  case$check <- new_check()
  time_of <- function() system.time(case$call())[["elapsed"]]
  span <- if (name %in% long) 4.5 else min(time_of(), time_of())
  delays <- stats::runif(runs, min(0.3, span / 10), span * 0.9)
  first <- interrupt_once(case, delays[1])
  before <- resident()
  table <- rbind(first, do.call(rbind, lapply(delays[-1], interrupt_once, case = case)))
  table <- rbind(cbind(table, by = "signal"), cbind(limit_once(case, span / 4), by = "limit"))
  table$growth <- (resident() - before) / 2^20
  table$name <- name
  table$seconds <- span
  utils::write.table(table, file.path(scratch, paste0(name, ".tsv")), sep = "\t", row.names = FALSE)
}

row <- function(test, aim, measured, ok) {
  cat(sprintf("row: %s | %s | %s | %s\n", test, aim, measured, if (ok) "ok" else "missed"))
  ok
}

summarise <- function(table, what) {
  signals <- table[table$by == "signal", ]
  hit <- signals[signals$class != "over", ]
  quantiles <- stats::quantile(hit$latency, c(0.5, 0.99), type = 1)
  used <- stats::quantile(hit$cpu, 0.99, type = 1, na.rm = TRUE)
  all(
    row(paste0("interrupts of ", what, ": latency"), sprintf("p99 <= %.1f s", aim),
        sprintf("median %.3f s, p99 %.3f s (of the processor: p99 %.3f s) in %d runs", quantiles[1],
                quantiles[2], used, nrow(hit)),
        nrow(hit) > 0 && quantiles[2] <= aim),
    row(paste0("interrupts of ", what, ": condition, layer, next call, memory"),
        "interrupt, as before, right, no growth",
        sprintf("%d of %d interrupts; %d layers changed; %d wrong calls; growth at most %.0f MB",
                sum(hit$class == "interrupt"), nrow(hit), sum(!table$layer), sum(!table$session),
                max(table$growth)),
        all(hit$class == "interrupt", table$layer, table$session, table$growth <= 32)),
    row(paste0("time limits of ", what), sprintf("R's error within %.1f s", aim),
        sprintf("%d of %d, largest %.3f s", sum(table$class == "limit"), sum(table$by == "limit"),
                max(table$latency[table$by == "limit"])),
        all(table$latency[table$by == "limit"] <= aim, table$class[table$by == "limit"] == "limit"))
  )
}

dir.create(scratch, recursive = TRUE, showWarnings = FALSE)
arguments <- commandArgs(trailingOnly = TRUE)
if (length(arguments) == 2L) {
  run_case(arguments[1], as.integer(arguments[2]))
  quit()
}

ok <- TRUE
results <- lapply(names(cases), function(name) {
  runs <- if (!extended) 3L else if (name %in% long) ceiling(50 / length(long)) else 8L
  file <- file.path(scratch, paste0(name, ".tsv"))
  unlink(file)
  system2(rscript, c("--vanilla", "tools/harden/interrupts.R", name, runs))
  if (!file.exists(file)) {
    ok <<- row(paste("interrupts of", name), "a result", "the process ended", FALSE)
    return(NULL)
  }
  table <- utils::read.delim(file)
  at_signal <- table$by == "signal" & table$class != "over"
  cat(sprintf("%-16s calls of %4.1f s%s: %d signals, latency at most %.3f s; time limit %.3f s\n",
              name, table$seconds[1], if (name %in% long) " and more" else "", sum(at_signal),
              max(table$latency[at_signal], 0), table$latency[table$by == "limit"]))
  table
})
table <- do.call(rbind, results)
plain <- table$name == "plain_loop"
is_long <- table$name %in% long & !plain
ok <- c(ok, summarise(table[is_long, ], "calls of 5 s and more"),
        summarise(table[!is_long & !plain, ], "other calls"))
summarise(table[plain, ], "a loop without a call (what the machine takes)")
quit(status = as.integer(!all(ok)))
