# help.search() finds the pages that fit the words of somebody who does not know the package's names.

# The database is made when the package is installed with its help.
skip_if(system.file("Meta", "hsearch.rds", package = "nnconv") == "", "installed without help")

pages_found <- function(words) {
  library <- dirname(system.file(package = "nnconv"))
  found <- utils::help.search(words, package = "nnconv", lib.loc = library, agrep = FALSE)$matches
  unique(found$Name[found$Type == "help"])
}

# Words, and a page that has to be among those that they find.
searches <- list(
  c("U-Net", "nn_conv_transpose2d", "nn_sequential", "nn_skip", "nn_max_pool2d"),
  c("super-resolution", "nn_conv_transpose2d", "predict.nnconv_module", "nn_enlarge", "nn_skip",
    "nn_pixel_shuffle", "nn_prelu"),
  c("DCGAN", "nn_conv_transpose2d", "nn_sequential", "nn_batch_norm2d"),
  c("pix2pix", "nn_conv_transpose2d", "nn_skip", "nn_dropout"),
  c("FSRCNN", "nn_conv_transpose2d", "nn_sequential", "nn_prelu"),
  c("SRResNet", "nn_skip", "nn_batch_norm2d", "nn_prelu", "nn_pixel_shuffle"),
  c("SRGAN", "nn_skip"),
  c("ESPCN", "nn_pixel_shuffle"),
  c("ResNet", "nn_skip", "nn_sequential"),
  c("VAE", "nn_sequential"),
  c("variational autoencoder", "nn_sequential"),
  c("segmentation", "nn_skip", "nn_conv_transpose2d"),
  c("image-to-image", "nn_skip", "nn_conv_transpose2d"),
  c("upsampling", "nn_conv_transpose2d", "nn_init_bilinear"),
  c("skip", "nn_conv_transpose2d", "nn_sequential", "nnf_pad"),
  c("skip connection", "nn_sequential", "nn_skip"),
  c("residual", "nn_skip"),
  c("residual block", "nn_skip"),
  c("concatenate", "nn_skip"),
  c("shortcut", "nn_skip"),
  c("sequence", "nn_conv1d", "nn_conv_transpose1d"),
  c("time series", "nn_conv1d", "nn_conv_transpose1d"),
  c("custom layer", "nn_function"),
  c("deconvolution", "nn_conv_transpose2d", "nnf_conv_transpose2d"),
  c("fractionally strided", "nn_conv_transpose2d"),
  c("decoder", "nn_conv_transpose2d", "nn_sequential"),
  c("GAN", "nn_conv_transpose2d", "nn_optim_adam"),
  c("generative adversarial", "nn_conv_transpose2d"),
  c("autoencoder", "nn_conv_transpose2d", "nn_sequential", "nn_fit"),
  c("upscaling", "nn_conv_transpose2d", "nn_init_bilinear"),
  c("enlarge", "nn_enlarge", "nn_conv_transpose2d", "predict.nnconv_module"),
  c("resize", "nn_init_bilinear", "nn_enlarge"),
  c("bicubic", "nn_init_bicubic", "nn_enlarge"),
  c("diagram", "plot.nnconv_module"),
  c("interpolation", "nn_init_bilinear"),
  c("checkerboard", "nn_arithmetic", "nn_init_bilinear"),
  c("receptive field", "nn_arithmetic", "predict.nnconv_module"),
  c("batch", "predict.nnconv_module", "as_nchw"),
  c("picture", "as_nchw", "predict.nnconv_module"),
  c("image", "as_nchw"),
  c("photograph", "as_nchw", "nn_enlarge"),
  c("PNG", "as_nchw"),
  c("channels last", "as_nchw"),
  c("PyTorch", "nn_load_safetensors", "nn_load_torch", "nn_conv_transpose2d", "nn_conv2d"),
  c("Keras", "nn_load_safetensors", "nn_conv_transpose2d", "nnconv_module"),
  c("TensorFlow", "nn_load_safetensors"),
  c("ONNX", "nn_load_safetensors", "nn_conv_transpose2d"),
  c("safetensors", "nn_load_safetensors"),
  c("pretrained", "nn_pretrained", "nn_load_safetensors", "nn_load_torch"),
  c("checkpoint", "nn_load_torch"),
  c("pickle", "nn_load_torch"),
  c("state dict", "nn_load_torch", "nnconv_module"),
  c("state_dict", "nn_load_torch", "nnconv_module"),
  c("load weights", "nn_load_torch", "nn_load_safetensors", "nnconv_module"),
  c("prefix", "nn_load_torch", "nnconv_module"),
  c("pth", "nn_load_torch"),
  c("neural network", "nn_sequential", "nn_conv2d", "nn_conv_transpose2d"),
  c("deep learning", "nn_sequential", "nn_conv2d", "nn_conv_transpose2d"),
  c("CNN", "nn_conv2d"),
  c("downsampling", "nn_conv2d"),
  c("activation", "nn_relu"),
  c("batch normalization", "nn_batch_norm2d"),
  c("batchnorm", "nn_batch_norm2d"),
  c("normalization", "nn_batch_norm2d"),
  c("running mean", "nn_batch_norm2d"),
  c("evaluation mode", "nnconv_module", "nn_batch_norm2d"),
  c("buffers", "nnconv_module", "nn_batch_norm2d"),
  c("rename", "nnconv_module"),
  c("BatchNorm2d", "nn_batch_norm2d"),
  c("dropout", "nn_dropout"),
  c("overfitting", "nn_dropout"),
  c("MaxPool2d", "nn_max_pool2d"),
  c("max pooling", "nn_max_pool2d"),
  c("max-pooling", "nn_max_pool2d"),
  c("PReLU", "nn_prelu"),
  c("PixelShuffle", "nn_pixel_shuffle"),
  c("sub-pixel", "nn_pixel_shuffle"),
  c("depth to space", "nn_pixel_shuffle"),
  c("nearest neighbour", "nn_upsample"),
  c("resize", "nn_upsample"),
  c("bilinear", "nn_upsample", "nn_init_bilinear"),
  c("training", "nn_fit", "nn_optim_adam", "nn_parameters_vector"),
  c("training loop", "nn_fit"),
  c("early stopping", "nn_fit"),
  c("patience", "nn_fit"),
  c("progress", "nn_fit"),
  c("learning rate decay", "nn_fit"),
  c("fine-tuning", "nn_fit"),
  c("momentum", "nn_optim_sgd"),
  c("AdamW", "nn_optim_adam"),
  c("softmax", "nn_mse_loss"),
  c("cross entropy", "nn_mse_loss"),
  c("segmentation", "nn_mse_loss"),
  c("mean squared error", "nn_mse_loss"),
  c("learning curve", "nnconv_history"),
  c("gradient", "nnf_conv_transpose2d_backward", "nn_optim_adam"),
  c("backpropagation", "nnf_conv_transpose2d_backward", "nn_sequential", "nnconv_module"),
  c("learning rate", "nn_optim_adam"),
  c("crop", "nnf_pad"),
  c("mirror", "nnf_pad"),
  c("save", "nnconv_module"),
  c("parallel", "nn_info", "predict.nnconv_module"),
  c("purrr", "predict.nnconv_module"),
  c("mirai", "predict.nnconv_module"),
  c("unet", "nn_skip"),
  c("output size", "nn_conv_transpose2d", "nn_arithmetic"),
  c("array order", "as_nchw"),
  c("visualize", "plot.nnconv_module", "nn_arithmetic"),
  c("wrong shape", "nnconv_error"),
  c("worker", "nn_info", "predict.nnconv_module"),
  c("out of memory", "nnconv_memory"),
  c("tryCatch", "nnconv_error"),
  c("sparse", "as.matrix.nnconv_module"),
  c("adjoint", "nnf_conv_transpose2d"),
  c("animation", "nn_animate"),
  c("shiny", "conv_explorer"),
  c("visualization", "plot.nnconv_module")
)

for (search in searches) {
  test_that(sprintf("a search for \"%s\" finds what it should", search[1L]), {
    expect_identical(setdiff(search[-1L], pages_found(search[1L])), character())
  })
}

test_that("a search for something else finds nothing", {
  expect_identical(pages_found("logistic regression"), character())
})

test_that("every page but the package's own has words that it is found by", {
  pages <- tools::Rd_db("nnconv")
  tags <- lapply(pages, function(page) vapply(page, function(part) attr(part, "Rd_tag"), ""))
  without <- Filter(function(tags) !"\\concept" %in% tags, tags)
  expect_identical(names(without), "nnconv-package.Rd")
})

test_that("each entry of the index is one term", {
  entries <- unlist(lapply(tools::Rd_db("nnconv"), function(page) {
    of <- vapply(page, function(part) attr(part, "Rd_tag") == "\\concept", NA)
    vapply(page[of], function(part) paste(unlist(part), collapse = ""), "")
  }))
  expect_gt(length(entries), 100L)
  expect_identical(unname(grep(",", entries, value = TRUE)), character())
})
