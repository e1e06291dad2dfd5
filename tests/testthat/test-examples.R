# Every help page's examples print what the page says they print.

help_pages <- tools::Rd_db("nnconv")

example_lines <- function(page) {
  file <- withr::local_tempfile()
  tools::Rd2ex(page, file)
  if (file.exists(file)) readLines(file) else character()
}

test_that("what the examples promise is compared line by line", {
  good <- run_documented_code(c("x <- 1", "x + 1", "#> [1] 2", "cat('a\\n\\nb\\n')", "#> a", "#>", "#> b"))
  expect_identical(good, list(differences = character(), blocks = 2L))
  expect_true(length(run_documented_code(c("1 + 1", "#> [1] 3"))$differences) > 0)
  expect_true(length(run_documented_code(c("1:2", "#> [1] 1 2", "#> more"))$differences) > 0)
})

for (name in names(help_pages)) {
  test_that(paste("the examples of", name, "print what they promise"), {
    skip_if(name == "nn_animate.Rd" && !capabilities("png"), "this R draws no PNG files")
    withr::local_pdf(NULL)
    withr::local_options(width = 80)
    result <- run_documented_code(example_lines(help_pages[[name]]))
    expect_identical(result$differences, character())
    expect_gt(result$blocks, 0)
  })
}

test_that("every exported function has a help page with value, errors, formula and source", {
  text <- lapply(help_pages, function(page) paste(utils::capture.output(print(page)), collapse = "\n"))
  aliases <- unlist(lapply(text, function(t) regmatches(t, gregexpr("(?<=\\\\alias\\{)[^}]+", t, perl = TRUE))))
  expect_true(all(getNamespaceExports("nnconv") %in% aliases))
  for (name in names(text)) {
    expect_match(text[[name]], "Formula", label = name)
    expect_match(text[[name]], "references", label = name)
    expect_match(text[[name]], "rrors", label = name)
  }
})

test_that("the code of the README prints what it promises", {
  skip_on_cran()
  skip_if_not_installed("jpeg")
  candidates <- test_path("..", "..", c("README.md", "00_pkg_src/nnconv/README.md"))
  readme <- candidates[file.exists(candidates)]
  skip_if(length(readme) == 0L, "the README is not at hand")
  lines <- readLines(readme[1L])
  fences <- grep("^```", lines)
  opens <- fences[grepl("^```r$", lines[fences])]
  expect_gt(length(opens), 0)
  withr::local_pdf(NULL)
  for (open in opens) {
    close <- fences[fences > open][1L]
    result <- run_documented_code(lines[(open + 1L):(close - 1L)])
    expect_identical(result$differences, character())
  }
})
