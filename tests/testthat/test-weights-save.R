# Saving: the old file survives what goes wrong, and where it cannot be replaced it is written in place.

test_that("a path that leads nowhere is refused, and nothing is left", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  expect_refusal_of_file(nn_save_safetensors(list(a = 1), file.path(folder, "x/")),
                         "It cannot be made: ")
  long <- file.path(folder, strrep("x", 5000))
  for (f in list(nn_load_safetensors, function(file) nn_save_safetensors(list(a = 1), file))) {
    expect_refusal(f(long), "argument", "file", "the path of a file of at most 4000 bytes, not 50")
  }
  expect_identical(list.files(folder, all.files = TRUE, no.. = TRUE), character())
})

test_that("a file that cannot be completed leaves the old one, and nothing else", {
  folder <- withr::local_tempdir()
  file <- file.path(folder, "net.safetensors")
  nn_save_safetensors(list(a = 1), file)
  expect_error(nn_save_safetensors(list(a = 1, b = 300), file, dtype = "I8"), class = "nnconv_error")
  expect_identical(list.files(folder, all.files = TRUE, no.. = TRUE), basename(file))
  expect_identical(nn_load_safetensors(file)$a, array(1, 1))
  skip_on_os("windows")
  Sys.chmod(file, "640")
  link <- file.path(folder, "link")
  file.symlink(file, link)
  nn_save_safetensors(list(a = 2), link)
  expect_identical(nn_load_safetensors(file)$a, array(2, 1))
  expect_identical(format(file.mode(file)), "640")
  # A file may have no more than 4000 blocks of 512 bytes: the "disk" is full.
  printed <- in_fresh_process(c(
    "library(nnconv)", sprintf("file <- %s", deparse(file)),
    "tryCatch(nn_save_safetensors(list(a = runif(1e6)), file), nnconv_error_file = function(e) {",
    "  cat('refused:', conditionMessage(e), '\\n')", "})",
    "cat(nn_load_safetensors(file)$a, list.files(dirname(file), all.files = TRUE, no.. = TRUE), '\\n')"
  ), prefix = "trap '' XFSZ; ulimit -f 4000")
  expect_match(printed, "refused: `file` must be a path that can be written.*cannot be written", all = FALSE)
  expect_match(printed, "^2 link net.safetensors", all = FALSE)
})

test_that("an interrupt ends reading and writing at once, and leaves no half file", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  file <- file.path(folder, "x.safetensors")
  printed <- in_fresh_process(c(
    "library(nnconv)", sprintf("file <- %s", deparse(file)),
    "x <- list(a = array(runif(5e6), c(50, 1e5)))",
    "handles <- function() length(list.files('/proc/self/fd'))", "before <- handles()",
    "run <- function(expr) {",
    "  setTimeLimit(elapsed = 0.05, transient = TRUE)",
    "  on.exit(setTimeLimit())",
    "  tryCatch({ for (i in 1:1000) eval(expr); 'finished' }, error = conditionMessage)",
    "}",
    "cat(run(quote(nn_save_safetensors(x, file, dtype = 'F16'))), '\\n')",
    "left <- list.files(dirname(file), all.files = TRUE, no.. = TRUE)",
    "cat('others:', setdiff(left, basename(file)), '\\n')",
    "cat('whole:', !file.exists(file) || length(nn_load_safetensors(file)$a) == 5e6, '\\n')",
    "nn_save_safetensors(x, file)",
    "cat(run(quote(nn_load_safetensors(file))), '\\n')",
    "gc()", "cat('handles:', handles() - before, '\\n')"
  ))
  expect_length(grep("elapsed time limit", printed), 2L)
  expect_match(printed, "^others: *$", all = FALSE)
  expect_match(printed, "^whole: TRUE", all = FALSE)
  expect_match(printed, "^handles: 0", all = FALSE)
})

# Runs lines of R code in another process by a shell command, in which `<R>` stands for it; what
# they print. Other users can read the script, which the tests' own temporary folder would not let them.
run_by <- function(command, code) {
  script <- tempfile(tmpdir = dirname(tempdir()), fileext = ".R")
  withr::defer(unlink(script))
  libraries <- paste(deparse(.libPaths()), collapse = "")
  writeLines(c(sprintf(".libPaths(%s)", libraries), "library(nnconv)", code), script)
  Sys.chmod(script, "644")
  process <- paste(shQuote(file.path(R.home("bin"), "Rscript")), "--vanilla", shQuote(script))
  command <- gsub("<R>", process, command, fixed = TRUE)
  suppressWarnings(system2("sh", c("-c", shQuote(command)), stdout = TRUE, stderr = TRUE))
}

is_root <- function() identical(Sys.info()[["effective_user"]], "root")

# The command for a user who may not do everything, or a skip.
as_plain_user <- function() {
  if (!is_root()) {
    return("<R>")
  }
  skip_if(Sys.which("setpriv") == "", "there is no way to be another user")
  command <- "exec setpriv --reuid=65534 --regid=65534 --clear-groups <R>"
  skip_if_not("ready" %in% run_by(command, "cat('ready')"), "another user cannot load the package")
  command
}

# The command after mounts that only this process sees, or a skip.
with_mounts <- function(...) {
  unshare <- if (is_root()) "unshare -m" else "unshare -rm"
  possible <- nzchar(Sys.which("unshare")) &&
    system(paste(unshare, "mount -t tmpfs none /mnt"), ignore.stdout = TRUE, ignore.stderr = TRUE) == 0L
  skip_if_not(possible, "nothing can be mounted")
  sprintf("exec %s sh -c '%s && exec <R>'", unshare, paste(..., sep = " && "))
}

# A folder that other users can reach.
local_open_folder <- function(env = parent.frame()) {
  withr::local_tempdir(tmpdir = dirname(tempdir()), .local_envir = env)
}

all_files <- function(folder) sort(list.files(folder, all.files = TRUE, no.. = TRUE))

# Which file it is, whose, and who may do what.
identity_of <- function(file) {
  number <- sub(" .*", "", trimws(system2("ls", c("-i", shQuote(file)), stdout = TRUE)))
  info <- file.info(file)
  sprintf("%s %d:%d %s", number, info$uid, info$gid, format(info$mode))
}

# Code that saves `what` to `file`, and prints the class of an error and its reason.
saving <- function(what, file, more = "") {
  c(sprintf("file <- %s", deparse(file)),
    sprintf("tryCatch({ nn_save_safetensors(%s, file%s); cat('saved\\n') },", what, more),
    "  error = function(e) cat(class(e)[1], conditionMessage(e), '\\n'))")
}

test_that("links stay, and what they lead to is saved", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  dir.create(file.path(folder, "far"))
  there <- file.path(folder, "far", "net")
  links <- file.path(folder, c("absolute", "relative", "of-a-link"))
  file.symlink(c(there, "far/net", "relative"), links)
  for (dangling in c(TRUE, FALSE)) {
    for (i in seq_along(links)) {
      if (dangling) unlink(there)
      nn_save_safetensors(list(a = i), links[i])
      expect_identical(nn_load_safetensors(there)$a, array(i + 0, 1))
      expect_true(all(nzchar(Sys.readlink(links))))
    }
  }
  expect_identical(all_files(file.path(folder, "far")), "net")
  # where links lead nowhere
  file.symlink(c("b", "a", "none/x", "far"), file.path(folder, c("a", "b", "c", "d")))
  save <- function(name) nn_save_safetensors(list(a = 1), file.path(folder, name))
  expect_refusal_of_file(save("a"), "It cannot be made: ")
  expect_refusal_of_file(save("c"), "It cannot be made: ")
  expect_refusal_of_file(save("d"), "It is a folder or a device.")
  expect_identical(all_files(folder), sort(c("a", "b", "c", "d", "far", basename(links))))
})

test_that("another name of the same file keeps the old one", {
  folder <- withr::local_tempdir()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  skip_if_not(suppressWarnings(file.link(file, file.path(folder, "b"))), "there are no hard links")
  nn_save_safetensors(list(a = 2), file)
  expect_identical(nn_load_safetensors(file.path(folder, "b"))$a, array(1, 1))
  expect_identical(nn_load_safetensors(file)$a, array(2, 1))
})

test_that("names as long as the system has them are saved to", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  for (length in c(200, 240:255)) {
    file <- file.path(folder, strrep("n", length))
    writeBin(raw(1), file)
    nn_save_safetensors(list(a = length), file)
    nn_save_safetensors(list(a = length), file)
    expect_identical(nn_load_safetensors(file)$a, array(length, 1))
  }
  expect_length(all_files(folder), 17)
  expect_refusal_of_file(nn_save_safetensors(list(a = 1), file.path(folder, strrep("n", 256))),
                         "It cannot be made: ")
  expect_length(all_files(folder), 17)
  # and paths near the longest
  deep <- folder
  while (nchar(deep) < 3500) {
    deep <- file.path(deep, strrep("d", 200))
    dir.create(deep)
  }
  deep <- file.path(deep, strrep("e", 250))
  skip_if_not(file.create(deep), "the system has shorter paths")
  nn_save_safetensors(list(a = 1), deep)
  expect_identical(nn_load_safetensors(deep)$a, array(1, 1))
})

test_that("a new file has the rights that other new files have, an old one keeps its own", {
  skip_on_os("windows")
  folder <- withr::local_tempdir()
  file <- file.path(folder, "a")
  old_mask <- Sys.umask()
  withr::defer(Sys.umask(old_mask))
  for (mask in c("022", "077", "002")) {
    Sys.umask(mask)
    nn_save_safetensors(list(a = 1), file)
    saveRDS(1, file.path(folder, "b"))
    expect_identical(file.mode(file), file.mode(file.path(folder, "b")))
    file.remove(file, file.path(folder, "b"))
  }
  nn_save_safetensors(list(a = 1), file)
  for (mode in c("600", "644", "666", "755")) {
    Sys.chmod(file, mode, use_umask = FALSE)
    nn_save_safetensors(list(a = 2), file)
    expect_identical(format(file.mode(file)), mode)
  }
})

test_that("a file that may not be written is not replaced", {
  skip_on_os("windows")
  folder <- local_open_folder()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  Sys.chmod(folder, "777", use_umask = FALSE)
  Sys.chmod(file, "444", use_umask = FALSE)
  printed <- run_by(as_plain_user(), saving("list(a = 2)", file))
  expect_match(printed, "^nnconv_error_file .* It cannot be written: Permission denied")
  expect_identical(nn_load_safetensors(file)$a, array(1, 1))
  expect_identical(all_files(folder), "a")
})

test_that("a file in a folder that may not be written is written in place, and survives what it can", {
  skip_on_os("windows")
  folder <- local_open_folder()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1, more = 1:1000), file)
  Sys.chmod(file, "666", use_umask = FALSE)
  Sys.chmod(folder, "555")
  withr::defer(Sys.chmod(folder, "755"))
  user <- as_plain_user()
  before <- identity_of(file)
  expect_identical(run_by(user, saving("list(a = 2)", file)), "saved") # a shorter one
  expect_identical(nn_load_safetensors(file), list(a = array(2, 1)))
  expect_identical(run_by(user, saving("list(a = 3, b = c(TRUE, FALSE))", file)), "saved")
  expect_identical(nn_load_safetensors(file), list(a = array(3, 1), b = array(c(TRUE, FALSE), 2)))
  old <- readBin(file, "raw", 1e4)
  # numbers that the type cannot hold, after many that it can
  printed <- run_by(user, saving("list(a = 1:1e5, b = 300)", file, ", dtype = c(b = 'I8')"))
  expect_match(printed, "^nnconv_error_argument `tensors` must be a list of numbers that I8 can hold")
  expect_identical(readBin(file, "raw", 1e4), old)
  # a full disk
  full <- sprintf("trap \"\" XFSZ; ulimit -f 4000; %s", user)
  printed <- run_by(full, saving("list(a = runif(1e6))", file))
  expect_match(printed, "^nnconv_error_file .* It cannot be written: ")
  expect_identical(readBin(file, "raw", 1e4), old)
  # a new file, which can't be made
  printed <- run_by(user, saving("list(a = 1)", file.path(folder, "b")))
  expect_match(printed, "^nnconv_error_file .* It cannot be made: Permission denied")
  expect_identical(all_files(folder), "a")
  expect_identical(identity_of(file), before)
})

test_that("writing in place can be interrupted, and a half file is refused as one", {
  skip_on_os("windows")
  folder <- local_open_folder()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  Sys.chmod(file, "666", use_umask = FALSE)
  Sys.chmod(folder, "555")
  withr::defer(Sys.chmod(folder, "755"))
  printed <- run_by(as_plain_user(), c(
    sprintf("file <- %s", deparse(file)), "x <- list(a = array(runif(4e6), c(40, 1e5)))",
    "for (limit in seq(0.03, 1.5, by = 0.03)) {",
    "  end <- tryCatch({",
    "    setTimeLimit(elapsed = limit, transient = TRUE)",
    "    nn_save_safetensors(x, file)",
    "    'saved'",
    "  }, error = function(e) 'interrupted')",
    "  setTimeLimit()",
    "  now <- tryCatch(length(nn_load_safetensors(file)$a), nnconv_error_file = conditionMessage)",
    "  cat(end, now, '\\n')",
    "  if (end == 'saved') break",
    "}"
  ))
  ends <- sub(" .*not written or downloaded to its end.*", " half", trimws(printed))
  expect_true(all(ends %in% c("interrupted 1", "interrupted half", "interrupted 4000000", "saved 4000000")))
  expect_true("interrupted half" %in% ends)
  expect_identical(utils::tail(ends, 1), "saved 4000000")
})

test_that("a file that is mounted by itself is written in place", {
  skip_on_os("windows")
  folder <- local_open_folder()
  inside <- file.path(folder, "inside")
  outside <- file.path(folder, "outside")
  nn_save_safetensors(list(a = 1), outside)
  file.create(inside)
  old <- identity_of(outside)
  command <- with_mounts(sprintf("mount --bind %s %s", outside, inside))
  expect_identical(run_by(command, saving("list(a = 1:1000)", inside)), "saved")
  expect_identical(nn_load_safetensors(outside)$a, array(1:1000 + 0, 1000))
  expect_identical(file.size(inside), 0)
  expect_identical(run_by(command, saving("list(a = 2)", inside)), "saved")
  expect_identical(nn_load_safetensors(outside), list(a = array(2, 1)))
  expect_identical(identity_of(outside), old)
  printed <- run_by(command, saving("list(a = 300)", inside, ", dtype = 'I8'"))
  expect_match(printed, "^nnconv_error_argument ")
  # in a folder that is read only, as in many containers
  command <- with_mounts(
    sprintf("mount --bind %s %s", folder, folder), sprintf("mount --bind %s %s", outside, inside),
    sprintf("mount -o remount,ro,bind %s", folder)
  )
  expect_identical(run_by(command, saving("list(a = 3)", inside)), "saved")
  expect_identical(nn_load_safetensors(outside), list(a = array(3, 1)))
  expect_identical(all_files(folder), c("inside", "outside"))
})

test_that("a file that is mounted from a disk with room is written where the folder's disk is full", {
  skip_on_os("windows")
  folder <- local_open_folder()
  dir.create(file.path(folder, "small"))
  dir.create(file.path(folder, "large"))
  command <- with_mounts(
    sprintf("mount -t tmpfs -o size=100k none %s/small && touch %s/small/a", folder, folder),
    sprintf("mount -t tmpfs -o size=20m none %s/large && touch %s/large/b", folder, folder),
    sprintf("mount --bind %s/large/b %s/small/a", folder, folder)
  )
  file <- file.path(folder, "small", "a")
  code <- c(
    saving("list(a = 1:1e5)", file), saving("list(a = runif(1e7))", file),
    "cat(length(nn_load_safetensors(file)$a), list.files(dirname(file), all.files = TRUE, no.. = TRUE), '\n')"
  )
  printed <- run_by(command, code)
  expect_match(printed[2], "^nnconv_error_file .* It cannot be written: ")
  expect_identical(trimws(printed[-2]), c("saved", "100000 a"))
})

test_that("a full disk leaves the old file, also where it is written in place", {
  skip_on_os("windows")
  folder <- local_open_folder()
  file <- file.path(folder, "disk", "a")
  dir.create(dirname(file))
  mounts <- sprintf("mount -t tmpfs -o size=2m none %s", dirname(file))
  code <- c(
    saving("list(a = 1:1000)", file), saving("list(a = runif(1e6))", file),
    "cat(length(nn_load_safetensors(file)$a), list.files(dirname(file), all.files = TRUE, no.. = TRUE), '\\n')"
  )
  printed <- run_by(with_mounts(mounts), code)
  expect_match(printed[2], "^nnconv_error_file .* It cannot be written: ")
  expect_identical(trimws(printed[-2]), c("saved", "1000 a"))
  in_place <- sprintf("mount --bind %s %s", file, file)
  printed <- run_by(with_mounts(mounts, sprintf("touch %s", file), in_place), code)
  expect_match(printed[2], "^nnconv_error_file .* It cannot be written: ")
  expect_identical(trimws(printed[-2]), c("saved", "1000 a"))
})

test_that("a file of another user stays this user's", {
  skip_on_os("windows")
  skip_if_not(is_root(), "only root can make files of other users")
  folder <- local_open_folder()
  Sys.chmod(folder, "777", use_umask = FALSE)
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  Sys.chmod(file, "640")
  expect_identical(system2("chown", c("65534:65533", file)), 0L)
  nn_save_safetensors(list(a = 2), file)
  expect_match(identity_of(file), "65534:65533 640")
  expect_identical(nn_load_safetensors(file)$a, array(2, 1))
  # who cannot give it back writes in place
  system2("chown", c("0:0", file))
  Sys.chmod(file, "666", use_umask = FALSE)
  old <- identity_of(file)
  expect_identical(run_by(as_plain_user(), saving("list(a = 3)", file)), "saved")
  expect_identical(identity_of(file), old)
  expect_identical(nn_load_safetensors(file)$a, array(3, 1))
  expect_identical(all_files(folder), "a")
})

test_that("a file with a list of rights keeps it", {
  skip_if(Sys.which("setfacl") == "", "there are no such lists")
  folder <- local_open_folder()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  skip_if(system2("setfacl", c("-m", "u:65534:rw", shQuote(file)), stderr = FALSE) != 0L,
          "this file system has no such lists")
  rights <- function() system2("getfacl", c("-n", "--absolute-names", shQuote(file)), stdout = TRUE)
  old <- rights()
  expect_true("user:65534:rw-" %in% old)
  nn_save_safetensors(list(a = 2), file)
  expect_identical(rights(), old)
  expect_identical(nn_load_safetensors(file)$a, array(2, 1))
})

test_that("a process that is killed while it saves leaves the old file", {
  skip_on_os("windows")
  folder <- local_open_folder()
  file <- file.path(folder, "a")
  nn_save_safetensors(list(a = 1), file)
  # A process that writes beyond the limit is killed.
  printed <- run_by("ulimit -f 4000; ulimit -c 0; <R>", saving("list(a = runif(1e6))", file))
  expect_false("saved" %in% printed)
  expect_identical(nn_load_safetensors(file)$a, array(1, 1))
  left <- setdiff(all_files(folder), "a")
  expect_match(left, "^[.]nnconv-") # as the help says
  nn_save_safetensors(list(a = 2), file)
  expect_identical(nn_load_safetensors(file)$a, array(2, 1))
})
