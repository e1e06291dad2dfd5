# Published networks with PyTorch's state dicts, in training and evaluation: results, all gradients and
# buffers are PyTorch's.

for (name in names(published)) for (mode in c("train", "eval")) {
  test_that(sprintf("%s in %s returns what PyTorch does", name, mode), {
    lines <- published_lines(name, mode)
    input <- lines$arrays$input
    net <- published[[name]]$make(p = if (mode == "train") 0 else 0.5)
    net$train(mode == "train")
    state <- entries_of(lines$arrays, "state")
    rename <- published[[name]]$rename
    net$load_state_dict(state, rename = rename)
    ours <- stats::setNames(names(state), check_rename(rename)(names(state)))
    loaded <- net$state_dict()
    for (entry in names(ours)) expect_identical(loaded[[entry]], state[[ours[entry]]])

    copy <- net$clone()
    output <- copy(input)
    got <- net$backward(input, lines$arrays$grad_output, c("output", "input", "weight", "bias"))
    expect_equal(got$output, output, tolerance = 1e-12) # evaluation folds normalizations
    expect_identical(copy$buffers, net$buffers)
    results <- list(output = output, grad.input = got$input)
    gradients <- got[names(net$parameters)]
    results[paste0("grad.", ours[names(gradients)])] <- gradients
    results[paste0("after.", ours[names(net$buffers)], recycle0 = TRUE)] <- net$buffers
    stored <- which(!lines$name %in% names(lines$arrays))
    expect_setequal(lines$name[stored], names(results))
    for (i in stored) {
      result <- results[[lines$name[i]]]
      shape <- lines$shape[[i]]
      expect_identical(as.double(extents_of(result)), if (length(shape)) shape else 1)
      error <- max(abs(stored_sums(result) - lines$numbers[[i]])) / max(1, abs(lines$numbers[[i]]))
      expect_lte(error, 1e-12, label = lines$name[i])
    }
  })
}

test_that("a U-Net takes images of any size, and in tiles", {
  net <- published$unet$make(0)$eval()
  x <- random_array(1, 1, 37, 51)
  y <- net(x)
  expect_identical(dim(y), c(1L, 2L, 37L, 51L))
  expect_equal(predict(net, x, tile = 24), y, tolerance = 1e-12)
})
