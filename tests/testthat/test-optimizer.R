# Optimizers: steps of modules, what they leave alone, and their members.

wanted <- c("weight", "bias")
small_net <- function() {
  nn_sequential(nn_conv2d(2, 3, 3), nn_batch_norm2d(3), nn_prelu(), nn_conv2d(3, 1, 1, bias = FALSE))
}
drawn_gradients <- function(net) lapply(coef(net), function(p) p * 0 + stats::rnorm(length(p)))

makers <- list(
  adam = function(...) nn_optim_adam(..., lr = 0.1, weight_decay = 0.1),
  adamw = function(...) nn_optim_adamw(..., lr = 0.1),
  momentum = function(...) nn_optim_sgd(..., lr = 0.1, momentum = 0.9, nesterov = TRUE),
  plain = function(...) nn_optim_sgd(..., lr = 0.1)
)

for (name in names(makers)) {
  test_that(paste("steps of modules are those of their vector:", name), {
    set.seed(5)
    net <- small_net()
    optimizer <- makers[[name]](net)
    of_vector <- makers[[name]]()
    expected <- nn_parameters_vector(net)
    for (i in 1:4) {
      gradients <- drawn_gradients(net)
      expect_identical(optimizer$step(gradients), optimizer)
      expected <- of_vector(expected, nn_parameters_vector(gradients))
      expect_identical(nn_parameters_vector(net), expected)
      if (i == 2) { # saved in one list, both go on together
        saved <- unserialize(serialize(list(net, optimizer), NULL))
        net <- saved[[1]]
        optimizer <- saved[[2]]
      }
    }
    expect_identical(optimizer$steps, 4)
    expect_identical(lapply(coef(net), dim), lapply(coef(small_net()), dim))
  })

  test_that(paste("arrays that somebody else holds stay as they were:", name), {
    set.seed(6)
    net <- small_net()
    optimizer <- makers[[name]](net)
    gradients <- drawn_gradients(net)
    optimizer$step(gradients)
    held <- list(net$`0.weight`, coef(net), net$clone(), gradients)
    averages <- as.list(environment(optimizer))[c("mean", "square", "velocity")]
    before <- serialize(list(held, averages), NULL)
    for (i in 1:3) optimizer$step(gradients)
    expect_identical(serialize(list(held, averages), NULL), before)
    expect_false(identical(net$`0.weight`, held[[1]]))
  })

  test_that(paste("a step that fails changes nothing:", name), {
    set.seed(7)
    net <- small_net()
    optimizer <- makers[[name]](net)
    gradients <- drawn_gradients(net)
    optimizer$step(gradients)
    before <- serialize(list(net, optimizer), NULL)
    last <- length(gradients)
    for (bad in list("a", 1:2, array(0, c(1, 3, 1, 2)))) {
      wrong <- gradients
      wrong[[last]] <- bad
      expect_error(optimizer$step(wrong), class = "nnconv_error")
    }
    expect_error(optimizer$step(gradients[-1]), class = "nnconv_error")
    expect_identical(serialize(list(net, optimizer), NULL), before)
    # A parameter that was exchanged by hand is found when others have been prepared.
    state <- environment(net[[4]])
    right <- state$weight
    state$weight <- right[1:2]
    expect_error(optimizer$step(gradients), class = "nnconv_error")
    state$weight <- right
    expect_identical(serialize(list(net, optimizer), NULL), before)
  })
}

test_that("running averages are written where they are, unless something else holds them", {
  m <- nn_conv2d(1, 8, 5)
  optimizer <- nn_optim_adam(m)
  gradients <- lapply(coef(m), function(p) p + 1)
  optimizer$step(gradients)
  state <- environment(optimizer)
  places <- function() { # without a value that R would keep
    text <- utils::capture.output({
      .Internal(inspect(state$mean))
      NULL
    })
    sub("^ *(@\\S+).*", "\\1", grep("REALSXP", text, value = TRUE))
  }
  first <- places()
  optimizer$step(gradients)
  expect_identical(places(), first)
  kept <- state$mean
  copy <- lapply(kept, function(x) x + 0)
  optimizer$step(gradients)
  expect_identical(kept, copy)
  expect_false(any(places() %in% first))
})

test_that("an optimizer of several modules takes a list of gradients for each", {
  set.seed(8)
  a <- nn_conv2d(1, 1, 2)
  b <- small_net()
  one <- makers$adam(list(a, b))
  copies <- list(a$clone(), b$clone())
  two <- lapply(copies, makers$adam)
  for (i in 1:3) {
    gradients <- list(drawn_gradients(a), drawn_gradients(b))
    one$step(gradients)
    Map(function(optimizer, g) optimizer$step(g), two, gradients)
  }
  expect_true(all.equal(a, copies[[1]], tolerance = 0))
  expect_true(all.equal(b, copies[[2]], tolerance = 0))
  expect_refusal(one$step(gradients[1]), "type", "gradients", "a list of 2 lists, one for each module")
  expect_refusal(one$step(rev(gradients)), "argument", "gradients[[1]]", "without \"weight\"")
})

test_that("backward()'s list is what a step takes, input and output apart", {
  set.seed(9)
  net <- small_net()
  x <- random_array(2, 2, 5, 5)
  optimizer <- nn_optim_sgd(net, lr = 0.1)
  before <- coef(net)
  gradients <- net$backward(x, function(y) y, c("output", "input", wanted))
  optimizer$step(gradients)
  expect_equal(coef(net), Map(function(p, g) p - 0.1 * g, before, gradients[names(before)]))
})

test_that("lr can be read and set, and other members are read only", {
  optimizer <- nn_optim_sgd(nn_conv2d(1, 1, 1), lr = 0.5)
  same <- optimizer
  optimizer$lr <- 0.25
  expect_identical(same$lr, 0.25)
  expect_named(optimizer, c("lr", "steps", "step"))
  before <- same(1, 1) |> tryCatch(error = identity)
  expect_s3_class(before, "nnconv_error")
  adam <- nn_optim_adam(lr = 0.5)
  adam$lr <- 0.25
  expect_identical(adam(1, 1), nn_optim_adam(lr = 0.25)(1, 1))
  expect_refusal(optimizer$lr <- -1, "argument", "lr", "of at least 0, not -1.")
  expect_refusal(optimizer$steps <- 1, "member", "name", "not \"steps\".")
  expect_refusal(optimizer$rate, "member", "name", "a member of an optimizer: lr, steps, step")
})

test_that("optimizers print their arguments, their steps and their modules", {
  sgd <- nn_optim_sgd(list(nn_conv2d(1, 2, 1), nn_prelu()), lr = 0.1, momentum = 0.9, nesterov = TRUE)
  expect_output(print(sgd), paste0(
    "nn_optim_sgd(lr = 0.1, momentum = 0.9, dampening = 0, weight_decay = 0, nesterov = TRUE)\nafter 0 ",
    "steps of nn_conv2d [1 -> 2], nn_prelu"
  ), fixed = TRUE)
  expect_output(print(nn_optim_adamw()), "weight_decay = 0.01, decoupled = TRUE)\nafter 0 steps", fixed = TRUE)
})

test_that("what an optimizer is of is checked when it is made", {
  m <- nn_conv2d(1, 1, 1)
  expect_refusal(nn_optim_adam(0.1), "type", "parameters", "not 0.1. `lr = 0.1` sets the learning rate.")
  expect_refusal(nn_optim_sgd(coef(m)), "type", "parameters", "not a list. Steps cannot change arrays")
  expect_refusal(nn_optim_adam("net"), "type", "parameters", "a module or a list of modules, or left out")
  expect_refusal(nn_optim_adam(list(m, m)), "argument", "parameters", "one that comes twice")
  expect_refusal(nn_optim_adam(nn_relu()), "argument", "parameters", "a module that has parameters")
})

test_that("steps and calls tell what they take", {
  m <- nn_conv2d(1, 1, 1)
  adam <- nn_optim_adam(m)
  expect_refusal(adam(1, 1), "argument", "parameters", "left to `$step(gradients)`")
  expect_refusal(nn_optim_adam()$step(list()), "member", "step", "not on one of vectors.")
  expect_refusal(adam$step(1), "type", "gradients", "the list that backward() returns, not 1.")
  g <- lapply(coef(m), function(p) p * 0)
  expect_refusal(adam$step(g["bias"]), "argument", "gradients", "not without \"weight\".")
  expect_refusal(adam$step(c(g, list(more = 1))), "argument", "gradients", "not with \"more\".")
  expect_refusal(adam$step(replace(g, "bias", list("a"))), "type", "gradients$bias", "not \"a\".")
  expect_refusal(adam$step(replace(g, "bias", list(1:2))), "shape", "gradients$bias",
                 "of the parameter's shape, [1], not ")
})
