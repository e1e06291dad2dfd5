# Networks of the literature (tools/fixture_published.py), as whole modules of this package. Each is
# made by a function of the dropout's probability; `rename` turns PyTorch's names into its own.

published <- list(
  pix2pix = list(make = function(p) unet_256(1, p), rename = c("^model[.]|(?<=[.])model[.]" = "")),
  unet = list(make = function(p) ronneberger(2), rename = "unet"),
  odd = list(make = function(p) ronneberger(2), rename = "unet"),
  srresnet = list(make = function(p) srresnet(4), rename = c(
    "^(blocks|middle)" = "residual.\\1", "^tail[.]([01])[.]" = "enlarge\\1.", "^tail[.]2" = "tail"
  )),
  fsrcnn = list(make = function(p) fsrcnn(6, 3, 3), rename = NULL),
  sequence = list(make = function(p) sequence_autoencoder(), rename = NULL)
)

# The generator of pix2pix. Its levels nest: each is a part of the branch of the level above.
unet_256 <- function(f, p) {
  down <- function(a, b) nn_conv2d(a, b, 4, stride = 2, padding = 1, bias = FALSE)
  up <- function(a, b, ...) nn_conv_transpose2d(a, b, 4, stride = 2, padding = 1, ...)
  level <- function(a, b, inside = NULL, last = NULL) {
    inner <- if (is.null(inside)) list() else list(nn_batch_norm2d(b), inside)
    do.call(nn_skip, c(
      list(nn_leaky_relu(0.2), down(a, b)), inner, nn_relu(),
      up(if (is.null(inside)) b else 2 * b, a, bias = FALSE), nn_batch_norm2d(a), last
    ))
  }
  net <- level(8 * f, 8 * f)
  for (i in 1:3) net <- level(8 * f, 8 * f, net, nn_dropout(p))
  for (a in c(4, 2, 1) * f) net <- level(a, 2 * a, net)
  nn_sequential(down(3, f), net, nn_relu(), up(2 * f, 3), nn_tanh())
}

# The U-Net of Ronneberger et al.; "skip1" joins what "inc" returns, and so on.
ronneberger <- function(f) {
  twice <- function(a, b) {
    nn_sequential(
      nn_conv2d(a, b, 3, padding = 1, bias = FALSE), nn_batch_norm2d(b), nn_relu(),
      nn_conv2d(b, b, 3, padding = 1, bias = FALSE), nn_batch_norm2d(b), nn_relu()
    )
  }
  up <- function(a) nn_conv_transpose2d(2 * a, a, 2, stride = 2)
  nn_sequential(
    inc = twice(1, f),
    skip1 = nn_skip(
      nn_max_pool2d(2), down1 = twice(f, 2 * f),
      skip2 = nn_skip(
        nn_max_pool2d(2), down2 = twice(2 * f, 4 * f),
        skip3 = nn_skip(nn_max_pool2d(2), down3 = twice(4 * f, 8 * f), up1 = up(4 * f)),
        conv1 = twice(8 * f, 4 * f), up2 = up(2 * f)
      ),
      conv2 = twice(4 * f, 2 * f), up3 = up(f)
    ),
    conv3 = twice(2 * f, f), outc = nn_conv2d(f, 2, 1)
  )
}
published$unet$rename <- published$odd$rename <- c(
  "maxpool_conv[.]1[.]|double_conv[.]|(?<=^up[1-3])[.]up" = "",
  "^up([1-3])[.]conv" = "conv\\1",
  "^(down1|up3|conv2)" = "skip1.\\1", "^(down2|up2|conv1)" = "skip1.skip2.\\1",
  "^(down3|up1)" = "skip1.skip2.skip3.\\1"
)

srresnet <- function(f) {
  block <- function() {
    nn_skip(
      conv1 = nn_conv2d(f, f, 3, padding = 1), bn1 = nn_batch_norm2d(f), prelu = nn_prelu(),
      conv2 = nn_conv2d(f, f, 3, padding = 1), bn2 = nn_batch_norm2d(f), join = "add"
    )
  }
  enlarge <- function() {
    nn_sequential(nn_conv2d(f, 4 * f, 3, padding = 1), nn_pixel_shuffle(2), nn_prelu())
  }
  nn_sequential(
    head = nn_sequential(nn_conv2d(3, f, 9, padding = 4), nn_prelu()),
    residual = nn_skip(
      blocks = nn_sequential(block(), block(), block()),
      middle = nn_sequential(nn_conv2d(f, f, 3, padding = 1), nn_batch_norm2d(f)), join = "add"
    ),
    enlarge0 = enlarge(), enlarge1 = enlarge(), tail = nn_conv2d(f, 3, 9, padding = 4)
  )
}

fsrcnn <- function(d, s, scale) {
  hidden <- unlist(lapply(1:4, function(i) list(nn_conv2d(s, s, 3, padding = 1), nn_prelu(s))))
  nn_sequential(
    features = nn_sequential(nn_conv2d(1, d, 5, padding = 2), nn_prelu(d)),
    mapping = do.call(nn_sequential, c(
      nn_conv2d(d, s, 1), nn_prelu(s), hidden, nn_conv2d(s, d, 1), nn_prelu(d)
    )),
    deconv = nn_conv_transpose2d(d, 1, 9, scale, padding = 4, output_padding = scale - 1)
  )
}

sequence_autoencoder <- function() {
  nn_sequential(
    nn_conv1d(2, 4, 5, stride = 2, padding = 2), nn_leaky_relu(0.2),
    nn_conv1d(4, 6, 3, padding = 2, dilation = 2, groups = 2, padding_mode = "circular"), nn_relu(),
    nn_conv_transpose1d(6, 4, 3, padding = 2, groups = 2, bias = FALSE, dilation = 2), nn_tanh(),
    nn_conv_transpose1d(4, 2, 5, stride = 2, padding = 2, output_padding = 1)
  )
}

# The lines of a network in a mode: `name`, `shape`, stored `numbers`; and `arrays`, those of the state,
# the input and grad_output, which are drawn in the order of the lines.
published_lines <- function(name, mode) {
  file <- testthat::test_path("fixtures", sprintf("published-%s.tsv.gz", name))
  cells <- strsplit(paste0(readLines(file), "\t"), "\t", fixed = TRUE)
  cells <- cells[vapply(cells, `[`, "", 1L) == mode]
  read <- function(i) {
    text <- lapply(cells, `[`, i)
    lapply(text, function(x) if (is.na(x)) numeric() else as.numeric(strsplit(x, ",", fixed = TRUE)[[1L]]))
  }
  lines <- list(name = vapply(cells, `[`, "", 2L), shape = read(3L), numbers = read(4L))
  drawn <- lengths(lines$numbers) == 0
  lines$arrays <- drawn_entries(lines$name[drawn], lines$shape[drawn])
  lines
}

# The numbers of tools/fixture_published.py, by the generator of Park and Miller (1993).
drawn_entries <- function(names, shapes) {
  is_counter <- endsWith(names, "num_batches_tracked")
  counts <- ifelse(is_counter, 0, vapply(shapes, prod, 0))
  numbers <- numeric(sum(counts))
  last <- 12345
  for (i in seq_along(numbers)) {
    last <- (48271 * last) %% (2^31 - 1)
    numbers[i] <- last / 2^31 - 0.5
  }
  ends <- cumsum(counts)
  arrays <- lapply(seq_along(names), function(i) {
    if (is_counter[i]) return(3)
    own <- numbers[ends[i] - counts[i] + seq_len(counts[i])]
    shape <- shapes[[i]]
    own <- if (!startsWith(names[i], "state.")) {
      own
    } else if (length(shape) > 1L) {
      own * 4 / sqrt(prod(shape[-1L]))
    } else {
      own + !grepl("(bias|running_mean)$", names[i])
    }
    if (length(shape) > 1L) aperm(array(own, rev(shape))) else own
  })
  stats::setNames(arrays, names)
}

# What is stored of an array: its numbers in PyTorch's order or, of more than 96, sums of equally many.
stored_sums <- function(x, most = 96) {
  numbers <- if (length(dim(x)) > 1L) as.vector(aperm(x)) else as.vector(x)
  if (length(numbers) <= most) {
    return(numbers)
  }
  each <- ceiling(length(numbers) / most)
  factors <- 1 + (seq_len(each * most) - 1) %% 7 / 2
  colSums(matrix(c(numbers, numeric(each * most - length(numbers))) * factors, each))
}
