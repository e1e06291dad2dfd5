# Facts: where and how something was measured, and the file that keeps both.

bench_settings <- function(rounds, seconds) {
  list(
    rounds = as.numeric(Sys.getenv("NNCONV_BENCH_ROUNDS", rounds)),
    seconds = as.numeric(Sys.getenv("NNCONV_BENCH_SECONDS", seconds)),
    cores = parallel::detectCores()
  )
}

processor <- function() {
  info <- if (file.exists("/proc/cpuinfo")) readLines("/proc/cpuinfo") else character()
  name <- sub(".*: ", "", grep("model name", info, value = TRUE)[1])
  if (is.na(name)) Sys.info()[["machine"]] else name
}

compiler <- function() {
  cxx <- strsplit(system2(file.path(R.home("bin"), "R"), c("CMD", "config", "CXX17"),
                          stdout = TRUE), " ")[[1]][1]
  system2(cxx, "--version", stdout = TRUE)[1]
}

# Percent of the processors' time that others take, while nothing of ours runs.
company <- function(seconds = 2) {
  if (!file.exists("/proc/stat")) return(NA)
  Sys.sleep(0.5)
  ticks <- function() as.numeric(strsplit(readLines("/proc/stat", 1), " +")[[1]][2:9])
  before <- ticks()
  Sys.sleep(seconds)
  passed <- ticks() - before
  100 * (1 - sum(passed[4:5]) / sum(passed)) # idle, waiting for a disk
}

write_data <- function(facts, table, file) {
  facts <- facts[!is.na(facts)]
  header <- sprintf("# %s: %s", names(facts), unlist(facts))
  writeLines(header, file)
  suppressWarnings(utils::write.table(
    table, file, append = TRUE, sep = "\t", quote = FALSE, row.names = FALSE
  ))
}

# `others` are values of company(), between the tables.
bench_facts <- function(settings, peers, others, tables) {
  versions <- vapply(peers, function(p) paste(p$name, p$version), "")
  spread <- unlist(lapply(tables, attr, "spread"))
  list(
    date = format(Sys.Date()), processor = processor(), cores = settings$cores,
    compiler = compiler(), r = R.version.string,
    nnconv = as.character(utils::packageVersion("nnconv")), simd = nn_simd(),
    peers = toString(unique(versions)), rounds = settings$rounds, seconds = settings$seconds,
    company = round(mean(others)),
    spread = if (length(spread)) signif(stats::median(spread), 2) else NA
  )
}

# Tables with different columns, as one.
bind_tables <- function(tables) {
  names_of <- unique(unlist(lapply(tables, names)))
  do.call(rbind, lapply(tables, function(part) {
    part[setdiff(names_of, names(part))] <- NA
    part[names_of]
  }))
}
