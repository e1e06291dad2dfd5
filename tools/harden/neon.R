# The kernels for arm64, compiled by g++ and clang++: what the innermost loops of channel and image
# tiles consist of, read from the disassembly. Only fmla, loads, address arithmetic and one branch may
# stand there, with as many fmla as the tile has sums: no sum is kept in memory or copied. Tiles that
# need too many registers show that the check can fail.
# needs: g++-aarch64-linux-gnu clang
#
# Left out are image tiles whose last vector is partly used, depthwise and dot tiles: they also choose
# in each step between whole and partial vectors.

is_arm64 <- Sys.info()[["machine"]] %in% c("aarch64", "arm64")
compilers <- if (is_arm64) {
  c("g++", "clang++")
} else {
  c("aarch64-linux-gnu-g++", "clang++ --target=aarch64-linux-gnu")
}
objdump <- if (is_arm64) "objdump" else "aarch64-linux-gnu-objdump"
folder <- "build/harden/neon"
dir.create(folder, recursive = TRUE, showWarnings = FALSE)

# The instructions of each function: addresses, operations, operands.
functions_of <- function(object) {
  lines <- system2(objdump, c("-dC", "--no-show-raw-insn", object), stdout = TRUE)
  starts <- "^[0-9a-f]+ <(.*)>:$"
  name <- sub(starts, "\\1", lines)
  name[!grepl(starts, lines)] <- NA
  function_of <- c(NA, name[!is.na(name)])[cumsum(!is.na(name)) + 1L]
  form <- "^ +([0-9a-f]+):\t([^ \t]+)[ \t]*(.*)$"
  is_code <- grepl(form, lines) & !is.na(function_of)
  code <- data.frame(
    address = strtoi(sub(form, "\\1", lines[is_code]), 16L),
    operation = sub(form, "\\2", lines[is_code]),
    operands = trimws(sub("//.*", "", sub(form, "\\3", lines[is_code])))
  )
  split(code, function_of[is_code])
}

# The innermost loops: from the target of a branch backwards to the branch, with no other within.
loops_of <- function(code) {
  target <- sub("^(.*, )?([0-9a-f]+) <.*$", "\\2", code$operands)
  target <- ifelse(grepl("^(b|b\\..*|cbn?z|tbn?z)$", code$operation), strtoi(target, 16L), NA)
  last <- which(!is.na(target) & target <= code$address & target >= code$address[1L])
  first <- match(target[last], code$address)
  is_innermost <- vapply(seq_along(last), function(i) {
    !any(seq_along(last) != i & first >= first[i] & last <= last[i])
  }, NA)
  Map(function(from, to) code[from:to, ], first[is_innermost], last[is_innermost])
}

# What does not belong into a loop with as many products as the tile has sums.
faults_of <- function(loop, code) {
  is_product <- loop$operation == "fmla"
  on_stack <- "\\[sp"
  if (any(code$operation %in% c("mov", "add") & grepl("^x29, sp", code$operands))) {
    on_stack <- "\\[(sp|x29)"
  }
  is_load <- grepl("^ld(r|p|ur|1|1r)$", loop$operation) & !grepl(on_stack, loop$operands)
  is_address <- loop$operation %in% c("add", "sub", "subs", "cmp", "mov", "nop") &
    grepl("^([wx][0-9]+(, |$)|$)", loop$operands)
  is_branch <- seq_len(nrow(loop)) == nrow(loop)
  unlike <- !(is_product | is_load | is_address | is_branch)
  paste(loop$operation, loop$operands)[unlike]
}

# For each tile of a name, the count of its sums and what is wrong with it.
check_tiles <- function(object, pattern) {
  functions <- functions_of(object)
  functions <- functions[grepl(pattern, names(functions))]
  do.call(rbind, lapply(names(functions), function(name) {
    shape <- as.integer(regmatches(name, regexec("<[a-z]+, ([0-9]+), ([0-9]+)", name))[[1L]][2:3])
    loops <- Filter(function(loop) sum(loop$operation == "fmla") == prod(shape),
                    loops_of(functions[[name]]))
    wrong <- if (length(loops) != 1L) {
      sprintf("%d loops with %d fmla", length(loops), prod(shape))
    } else {
      toString(faults_of(loops[[1L]], functions[[name]]))
    }
    loop <- if (length(loops)) loops[[1L]] else functions[[name]][0L, ]
    data.frame(
      name = sub(".*::([a-z]+_tile<.*>)\\(.*", "\\1", name), sums = prod(shape), wrong = wrong,
      by_lane = sum(grepl("\\.[sd]\\[[0-3]\\]$", loop$operands[loop$operation == "fmla"])),
      instructions = nrow(loop)
    )
  }))
}

too_large <- file.path(folder, "too_large.cpp")
writeLines(c(
  '#include "kernels/kernels_neon.cpp"',
  "template void nnconv::neon::channel_tile<float, 4, 8>(const nnconv::Tile<float>&);",
  "template void nnconv::neon::channel_tile<double, 4, 8>(const nnconv::Tile<double>&);"
), too_large)

failures <- 0L
fail <- function(...) {
  cat("failed: ", ..., "\n", sep = "")
  failures <<- failures + 1L
}
levels <- c("-O2", if (Sys.getenv("NNCONV_EXTENDED_TESTS") == "true") "-O3")
for (compiler in compilers) for (level in levels) {
  program <- sub(" .*", "", compiler)
  if (!nzchar(Sys.which(program)) || !nzchar(Sys.which(objdump))) {
    cat("skipped:", compiler, "or", objdump, "is not installed\n")
    next
  }
  object <- file.path(folder, paste0(gsub("[^a-z]+", "-", program), level, ".o"))
  flags <- c(sub("^[^ ]+ *", "", compiler), "-std=gnu++17", level, "-Isrc", "-c")
  if (system2(program, c(flags, too_large, "-o", object)) != 0L) {
    fail(compiler, " ", level, ": does not compile")
    next
  }
  tiles <- check_tiles(object, "channel_tile<|image_tile<[^>]*false>")
  is_too_large <- tiles$sums == 32L
  if (!all(nzchar(tiles$wrong[is_too_large]))) fail("32 sums fit into the registers, it seems")
  tiles <- tiles[!is_too_large, ]
  for (i in which(nzchar(tiles$wrong))) {
    fail(compiler, " ", level, ", ", tiles$name[i], ": ", tiles$wrong[i])
  }
  if (nrow(tiles) != 36L) fail(nrow(tiles), " tiles found instead of 36")
  widest <- tiles[tiles$sums >= 18L, ]
  cat(sprintf("neon, %s %s: %d tiles, %d with a fault; of 18 sums and more, %.0f %% of %s\n", compiler,
              level, nrow(tiles), sum(nzchar(tiles$wrong)), 100 * sum(widest$sums) / sum(widest$instructions),
              "the loops' instructions are fmla"))
}
quit(status = as.integer(failures > 0L))
