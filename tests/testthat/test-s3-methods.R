# S3 methods: each takes the arguments of its generic, by their names and in their order.

# The arguments of a generic. Those of R's own operators stand in their help pages only, and the
# coordinates that plot() has in second place are for vectors.
generic_arguments <- function(name, package) {
  known <- list(
    `$` = c("x", "name"), `$<-` = c("x", "name", "value"), `[[` = c("x", "i", "...", "exact"),
    `[[<-` = c("x", "i", "...", "value"), plot = c("x", "...")
  )
  if (name %in% names(known)) {
    return(known[[name]])
  }
  where <- asNamespace(if (is.na(package)) "nnconv" else package)
  names(formals(args(get(name, where, mode = "function"))))
}

# What a method lacks or has in another order.
missing_arguments <- function(generic, method) {
  own <- names(formals(method))
  absent <- setdiff(generic, own)
  shared <- intersect(own, generic)
  c(absent, shared[shared != intersect(generic, own)])
}

test_that("a method that lacks an argument of its generic is found", {
  expect_identical(missing_arguments(c("x", "...", "exact"), function(x, i, ...) NULL), "exact")
  expect_identical(missing_arguments(c("x", "y"), function(y, x) NULL), c("y", "x"))
  expect_identical(missing_arguments(c("x", "..."), function(x, more, ...) NULL), character())
})

test_that("all S3 methods take their generic's arguments", {
  methods <- parseNamespaceFile("nnconv", dirname(system.file(package = "nnconv")))$S3methods
  expect_gt(nrow(methods), 20)
  for (i in seq_len(nrow(methods))) {
    generic <- methods[i, 1L]
    package <- methods[i, 4L]
    if (!is.na(package) && !requireNamespace(package, quietly = TRUE)) next
    method <- get(paste0(generic, ".", methods[i, 2L]), asNamespace("nnconv"))
    label <- paste(generic, "of", methods[i, 2L])
    absent <- missing_arguments(generic_arguments(generic, package), method)
    expect_identical(absent, character(), label = label)
  }
})

test_that("getElement() and [[ ]] reach members, by one exact name", {
  m <- nn_conv2d(1, 2, 3)
  expect_identical(getElement(m, "weight"), m$weight)
  expect_identical(m[["bias", exact = TRUE]], m$bias)
  expect_error(m[["bia", exact = FALSE]], class = "nnconv_error_member")
  error <- tryCatch(m[["weight", 1]], nnconv_error = identity)
  expect_identical(error$argument, "i")
  expect_match(conditionMessage(error), "one index, not 2 of them", fixed = TRUE)
  expect_error(m[["weight", 1]] <- 1, class = "nnconv_error_member")
})
