# Nasty values to every argument of every function, method and member: a refusal by the argument's
# name, or the answer of the same values given plainly.

calls <- all_calls()

test_that("the table of calls names nothing that does not exist, and leaves nothing out", {
  exports <- getNamespaceExports("nnconv")
  expect_identical(setdiff(names(good_calls()), names(calls)), character())
  left_out <- setdiff(exports, names(calls))
  expect_setequal(left_out, c("nn_identity", "nn_info", "nn_relu", "nn_sigmoid", "nn_tanh")) # without arguments
  labels <- unlist(lapply(calls, function(call) sprintf("%s(%s)", call$name, labels_of(call))))
  expect_identical(setdiff(names(other_names), labels), character())
})

# All kinds take a minute.
kinds <- names(nasty_kinds)
if (!identical(Sys.getenv("NOT_CRAN"), "true")) kinds <- kinds[seq_along(kinds) %% 8 == 0]

for (call in calls) {
  test_that(paste0(call$name, " takes nasty values well"), {
    skip_if_not(is_possible(call), "what it needs is not here")
    withr::local_pdf(NULL)
    expect_null(outcome(private_copy(call))$error)
    expect_identical(problems_of(call, kinds), character())
  })
}

test_that("a missing argument is R's own error, which names it, or a refusal", {
  for (call in Filter(is_possible, calls[!names(calls) %in% c("nn_threads", "nn_simd")])) {
    required <- Filter(function(default) identical(default, quote(expr = )), formals(call$f))
    for (argument in setdiff(names(required), c("...", call$fixed))) {
      rest <- call$arguments[names(call$arguments) != argument]
      error <- tryCatch(do.call(call$f, rest), error = identity)
      if (inherits(error, "nnconv_error")) {
        expect_identical(error[c("argument", "given")], list(argument = argument, given = "missing"))
      } else {
        expect_identical(
          conditionMessage(error), sprintf("argument \"%s\" is missing, with no default", argument)
        )
      }
    }
  }
})

test_that("the check of nasty values finds what it is for", {
  broken <- list(name = "f", arguments = list(x = 1), f = function(x) {
    if (is.list(x)) refuse("z", "a number", "a list")
    if (is.character(x)) warning("a warning")
    if (is.logical(x)) x[[2]]
    if (is.integer(x)) 1 else 2
  })
  problem <- function(value) problem_with(broken, 1L, list(value))
  expect_match(problem(list()), "refused in other names")
  expect_match(problem("a"), "warns: a warning")
  expect_match(problem(TRUE), "R's own words: subscript out of bounds")
  expect_match(problem(1L), "another answer")
  expect_null(problem(c(1, 2)))
  layer <- nn_relu()
  changing <- list(name = "f", arguments = list(x = 1), owner = layer, f = function(x) {
    layer$train(!layer$training)
    check_count(x, "x")
  })
  expect_match(problem_with(changing, 1L, list("a")), "has changed the module")
})
