# Paths with letters beyond ASCII, in locales that have them or not: files have the names that R's
# bytes say, and errors have a class.

# Runs lines of R code in a locale, in a temporary folder whose name is beyond ASCII; what they print.
in_locale <- function(locale, code, arguments = character(), env = parent.frame()) {
  folder <- withr::local_tempdir(.local_envir = env)
  temporary <- file.path(folder, "t\u00f6")
  dir.create(temporary)
  script <- file.path(folder, "script.R")
  libraries <- paste(deparse(.libPaths()), collapse = "")
  writeLines(c(
    sprintf(".libPaths(%s)", libraries), "options(warn = 2)", "library(nnconv)",
    "a_umlaut <- rawToChar(as.raw(c(0xc3, 0xa4)))", # in UTF-8, as the file system's
    "latin1 <- rawToChar(as.raw(0xe4))", # the same letter, of an old disk
    "as <- function(x, encoding) `Encoding<-`(x, encoding)",
    "bytes_of <- function(x) lapply(x, charToRaw)",
    "check <- function(what, ok) cat(if (isTRUE(ok)) 'ok' else 'not', what, '\\n')",
    "refusal <- function(expr) tryCatch(expr, error = identity)",
    "folder <- tempfile('d')", "dir.create(folder)", "setwd(folder)",
    code
  ), script)
  suppressWarnings(system2(
    file.path(R.home("bin"), "Rscript"), c("--vanilla", shQuote(c(script, arguments))),
    stdout = TRUE, stderr = TRUE,
    env = c(paste0("LC_ALL=", locale), "LANGUAGE=en", paste0("TMPDIR=", shQuote(temporary)))
  ))
}

# Where a locale is missing, R takes C. The first are always there.
locales <- c("C", "C.UTF-8", "tr_TR.UTF-8", "ja_JP.SJIS", "de_DE.ISO-8859-1")

expect_all_ok <- function(printed, count, label) {
  printed <- grep("^During startup|setlocale|Setting LC_", printed, value = TRUE, invert = TRUE)
  expect_identical(grep("^ok ", printed, value = TRUE, invert = TRUE), character(), label = label)
  expect_length(printed, count)
}

skip_unless_bytes <- function() {
  skip_on_os(c("windows", "mac")) # whose file systems change names
  skip_if_not(l10n_info()[["UTF-8"]], "this test's own names are in UTF-8")
}

test_that("safetensors files have the names that R gives, in every locale", {
  skip_unless_bytes()
  code <- c(
    "names <- list(a_umlaut, latin1, as(a_umlaut, 'bytes'), as(latin1, 'bytes'), 'a b', 'a%d')",
    "for (name in names) {",
    "  nn_save_safetensors(list(a = 1), name)",
    "  check('saved', identical(bytes_of(list.files()), bytes_of(name)))",
    "  check('loaded', identical(nn_load_safetensors(name)$a, array(1, 1)))",
    "  check('listed', identical(nn_load_safetensors(list.files())$a, array(1, 1)))",
    "  check('info', nn_safetensors_info(list.files(full.names = TRUE))$tensors$name == 'a')",
    "  nn_save_safetensors(list(a = 2), list.files(folder, full.names = TRUE))",
    "  check('replaced', identical(nn_load_safetensors(name)$a, array(2, 1)))",
    "  check('alone', length(list.files(all.files = TRUE, no.. = TRUE)) == 1)",
    "  file.remove(list.files())",
    "  check('missing', inherits(refusal(nn_load_safetensors(name)), 'nnconv_error_file'))",
    "  dir.create('x')",
    "  check('folder', inherits(refusal(nn_save_safetensors(list(a = 1), 'x')), 'nnconv_error_file'))",
    "  unlink('x', recursive = TRUE)",
    "}",
    "path <- tempfile()",
    "nn_save_safetensors(list(a = 3), path)",
    "check('tempfile', identical(nn_load_safetensors(path)$a, array(3, 1)))",
    "check('where it is', file.exists(path))",
    "given <- commandArgs(TRUE)",
    "nn_save_safetensors(list(a = 4), given)",
    "check('argument', identical(bytes_of(list.files()), bytes_of(a_umlaut)))",
    "check('read', identical(nn_load_safetensors(given)$a, array(4, 1)))"
  )
  for (locale in locales) {
    expect_all_ok(in_locale(locale, code, "\u00e4"), 8 * 6 + 4, locale)
  }
})

test_that("a path of a known encoding means the same file in C as in UTF-8", {
  skip_unless_bytes()
  code <- c(
    "for (name in list(as(latin1, 'latin1'), as(a_umlaut, 'UTF-8'))) {",
    "  nn_save_safetensors(list(a = 1), name)",
    "  check('saved', identical(bytes_of(list.files()), bytes_of(a_umlaut)))",
    "  check('loaded', identical(nn_load_safetensors(name)$a, array(1, 1)))",
    "  file.remove(list.files())",
    "  error <- refusal(nn_load_safetensors(name))",
    "  check('missing', inherits(error, 'nnconv_error_file'))",
    "  check('printable', nchar(conditionMessage(error)) > 20)",
    "}"
  )
  for (locale in c("C", "C.UTF-8", "tr_TR.UTF-8")) {
    expect_all_ok(in_locale(locale, code), 8, locale)
  }
  # a locale that has the letter writes it in its own way
  code <- c(
    "if (l10n_info()[['Latin-1']]) {",
    "  nn_save_safetensors(list(a = 1), as(a_umlaut, 'UTF-8'))",
    "  check('saved', identical(bytes_of(list.files()), bytes_of(latin1)))",
    "} else check('no such locale', TRUE)"
  )
  expect_all_ok(in_locale("de_DE.ISO-8859-1", code), 1, "Latin-1")
})

test_that("frames and GIF files have the names that R gives, in every locale", {
  skip_unless_bytes()
  skip_if_not(capabilities("png"))
  has_magick <- requireNamespace("magick", quietly = TRUE)
  code <- c(
    sprintf("has_magick <- %s", has_magick),
    "animate <- function(file) nn_animate(nn_conv2d(1, 1, 1), 1:2, file = file, width = 60, height = 60)",
    "for (name in list(a_umlaut, latin1, '100%%')) {",
    "  stem <- sub('%%', '%', name, fixed = TRUE, useBytes = TRUE)",
    "  Encoding(stem) <- 'unknown'",
    "  frames <- animate(paste0(name, '%02d.PNG'))",
    "  check('frames', identical(bytes_of(list.files()), bytes_of(paste0(stem, c('01.PNG', '02.PNG')))))",
    "  check('told', identical(bytes_of(frames), bytes_of(list.files())))",
    "  check('pictures', all(file.size(frames) > 100))",
    "  file.remove(frames)",
    "  for (ending in c('.gif', '.GIF')) if (has_magick) {",
    "    animate(paste0(stem, ending))",
    "    check('gif', identical(bytes_of(list.files()), bytes_of(paste0(stem, ending))))",
    "    file.remove(list.files())",
    "  }",
    "  error <- refusal(animate(paste0(name, '/none/a-%d.png')))",
    "  check('no folder', inherits(error, 'nnconv_error_argument'))",
    "  error <- refusal(animate(name))",
    "  check('no ending', inherits(error, 'nnconv_error_argument'))",
    "}",
    "check('locale', nzchar(Sys.getlocale('LC_CTYPE')))"
  )
  for (locale in locales) {
    expect_all_ok(in_locale(locale, code), 3 * (5 + 2 * has_magick) + 1, locale)
  }
})

test_that("names of tensors are UTF-8 in files, also where the locale is C", {
  skip_unless_bytes()
  code <- c(
    "x <- stats::setNames(list(1, 2), paste0(a_umlaut, c('.weight', '.bias')))",
    "nn_save_safetensors(x, 'f', dtype = stats::setNames('F32', names(x)[1]), metadata = stats::setNames(a_umlaut, a_umlaut))",
    "got <- nn_load_safetensors('f')",
    "check('names', identical(bytes_of(names(got)), bytes_of(names(x))))",
    "check('marked', all(Encoding(names(got)) == 'UTF-8'))",
    "info <- nn_safetensors_info('f')",
    "check('dtype', identical(info$tensors$dtype, c('F32', 'F64')))",
    "check('metadata', identical(charToRaw(info$metadata), charToRaw(a_umlaut)))",
    "check('keys', identical(charToRaw(names(info$metadata)), charToRaw(a_umlaut)))",
    "for (prefix in list(a_umlaut, as(a_umlaut, 'UTF-8'), as(latin1, 'latin1'), as(a_umlaut, 'bytes'))) {",
    "  check('prefix', identical(names(nn_load_safetensors('f', prefix = prefix)), c('.weight', '.bias')))",
    "}",
    "check('chosen', length(nn_load_safetensors('f', names = names(x)[2])) == 1)",
    "m <- nn_conv2d(1, 1, 1)",
    "state <- m$state_dict(prefix = a_umlaut)",
    "names(state) <- vapply(names(state), as, '', 'unknown')",
    "check('state', identical(m$load_state_dict(state, prefix = as(a_umlaut, 'UTF-8')), m))"
  )
  for (locale in c("C", "C.UTF-8", "tr_TR.UTF-8")) {
    expect_all_ok(in_locale(locale, code), 11, locale)
  }
})

test_that("text that is no UTF-8 is refused by class, in every locale", {
  skip_unless_bytes()
  code <- c(
    "bad <- if (l10n_info()[['Latin-1']]) as('\\xff', 'bytes') else '\\xff'",
    "refused <- function(what, expr) check(what, inherits(refusal(expr), 'nnconv_error_argument'))",
    "refused('name', nn_save_safetensors(stats::setNames(list(1), bad), 'f'))",
    "refused('metadata', nn_save_safetensors(list(), 'f', metadata = c(a = bad)))",
    "refused('key', nn_save_safetensors(list(), 'f', metadata = stats::setNames('a', bad)))",
    "nn_save_safetensors(list(a = 1), 'f')",
    "refused('prefix', nn_load_safetensors('f', prefix = bad))",
    "refused('names', nn_load_safetensors('f', names = bad))",
    "refused('NA', nn_load_safetensors('f', names = NA_character_))"
  )
  for (locale in setdiff(locales, "ja_JP.SJIS")) { # where 0xff is a character of its own
    expect_all_ok(in_locale(locale, code), 6, locale)
  }
})
