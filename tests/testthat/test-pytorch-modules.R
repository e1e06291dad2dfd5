# Modules and small networks against PyTorch: results, gradients and buffers, in training and eval.

pytorch_module <- function(case, arrays) {
  module <- eval(parse(text = sub(" in (train|eval)$", "", case)))
  module$load_state_dict(entries_of(arrays, "state"))
  module$train(endsWith(case, "train"))
}

cases <- pytorch_modules()
for (case in names(cases)) {
  test_that(paste("PyTorch returns the same for", case), {
    arrays <- cases[[case]]
    module <- pytorch_module(case, arrays)
    expect_as_pytorch <- function(got, name) {
      expect_identical(extents_of(got), extents_of(arrays[[name]]), label = name)
      error <- max(abs(got - arrays[[name]])) / max(1, abs(arrays[[name]]))
      expect_lte(error, 1e-12, label = name)
    }
    copy <- module$clone()
    expect_as_pytorch(copy(arrays$input), "output")
    expected <- entries_of(arrays, "grad")
    got <- module$backward(arrays$input, arrays$grad_output)
    expect_named(got, names(expected))
    for (name in names(got)) expect_as_pytorch(got[[name]], paste0("grad.", name))
    for (m in list(copy, module)) {
      after <- m$buffers
      expect_setequal(as.character(names(after)), names(entries_of(arrays, "after")))
      for (name in names(after)) expect_as_pytorch(after[[name]], paste0("after.", name))
    }
    if (length(dim(arrays$input)) == 4L && !module$training) { # one image without a batch
      one <- array(arrays$input[1, , , ], dim(arrays$input)[-1])
      expect_identical(array(module(one)), array(module(array(one, c(1, dim(one))))))
    }
  })
}
