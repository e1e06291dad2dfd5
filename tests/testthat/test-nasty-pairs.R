# Pairs of nasty values, to any two arguments of every function, method and member: a sample of them
# (all with NNCONV_NASTY_PAIRS=Inf, which takes a day). Single values are the subject of test-nasty.R.

pairs_of_each <- as.numeric(Sys.getenv("NNCONV_NASTY_PAIRS", "60"))

# Values of classes of other packages.
of_packages <- list(
  Matrix = function(good) Matrix::Matrix(diag(3), sparse = TRUE),
  tibble = function(good) getExportedValue("tibble", "tibble")(a = 1:2),
  bit64 = function(good) getExportedValue("bit64", "as.integer64")(3)
)

for (call in all_calls()) {
  test_that(paste0(call$name, " takes pairs of nasty values well"), {
    skip_unless_extended()
    skip_if_not(is_possible(call), "what it needs is not here")
    withr::local_pdf(NULL)
    local_engine()
    of_others <- of_packages[vapply(names(of_packages), requireNamespace, NA, quietly = TRUE)]
    labels <- labels_of(call)
    places <- which(!labels %in% call$fixed)
    values <- lapply(call$arguments, function(good) {
      c(nasty_values(good), lapply(of_others, function(kind) kind(good)))
    })
    problems <- character()
    attempt <- function(at, chosen) {
      problem <- problem_with(call, at, chosen)
      if (!length(problem)) return()
      given <- toString(sprintf("%s = <%s>", labels[at], names(chosen)))
      problems <<- c(problems, sprintf("%s(%s) %s", call$name, given, problem))
    }
    for (a in places) {
      for (kind in names(of_others)) attempt(a, values[[a]][kind])
      for (b in places[places > a]) {
        set.seed(100 * a + b)
        pairs <- expand.grid(seq_along(values[[a]]), seq_along(values[[b]]))
        for (i in sample(nrow(pairs), min(nrow(pairs), pairs_of_each))) {
          attempt(c(a, b), c(values[[a]][pairs[i, 1L]], values[[b]][pairs[i, 2L]]))
        }
      }
    }
    expect_identical(problems, character())
  })
}
