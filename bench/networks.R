# Networks: whole networks and their training steps, beside ONNX Runtime and PyTorch where they are
# installed, in one run.
#
#   Rscript bench/networks.R [FILE]
#
# It writes FILE.md and FILE.tsv (build/networks). The settings are those of bench/sweep.R, besides
#
#   NNCONV_BENCH_NETWORKS  a pattern that the names of those to measure match

library(nnconv)
source("bench/peers.R")
source("bench/measure.R")
source("bench/facts.R")

given <- commandArgs(TRUE)
file <- if (length(given)) given[1] else "build/networks"
settings <- bench_settings(rounds = "3", seconds = "0.5")

# In words: c:in:out:kernel:stride:padding is a convolution, t the transposed one, b:channels batch
# norm, m:size max pool, leaky:slope an activation, and ( ... ) a branch whose result is joined with
# its input. se:channels:hidden weighs channels by their means (Hu et al., 2018), and [:n ... ] is a
# branch whose result is added to its input without the n cells at each border. These two are R
# functions here, of which only the forward pass is measured.
stage <- function(words) strsplit(words, " ")[[1]]
up <- function(c) {
  stage(sprintf("t:%1$d:%2$d:2:2:0 c:%2$d:%2$d:3:1:1 relu c:%2$d:%2$d:3:1:1 relu", c, c / 2))
}
dcgan <- stage(paste(
  "t:100:512:4:1:0 relu t:512:256:4:2:1 relu t:256:128:4:2:1 relu t:128:64:4:2:1 relu",
  "t:64:3:4:2:1 tanh"
))

# A level of the generator of Isola et al. (2017), from its skip inwards; `inner` is in its branch.
unet_level <- function(outer, channels, inner) {
  last <- length(inner) == 0
  c("(", "leaky:0.2", sprintf("c:%d:%d:4:2:1", outer, channels),
    if (!last) sprintf("b:%d", channels), inner, "relu",
    sprintf("t:%d:%d:4:2:1", if (last) channels else 2 * channels, outer),
    sprintf("b:%d", outer), ")")
}
unet_256 <- function(n) {
  inner <- character()
  for (level in rev(list(c(1, 2), c(2, 4), c(4, 8), c(8, 8), c(8, 8), c(8, 8), c(8, 8)))) {
    inner <- unet_level(level[1] * n, level[2] * n, inner)
  }
  c(sprintf("c:3:%d:4:2:1", n), inner, "relu", sprintf("t:%d:3:4:2:1", 2 * n), "tanh")
}

# The two U-nets of waifu2x, "cunet", which double the size of pictures: it pads a picture by 18 cells
# at each border, and no layer pads. After Ronneberger, Fischer and Brox (2015).
cunet <- stage(paste(
  "c:3:32:3:1:0 leaky:0.1 c:32:64:3:1:0 leaky:0.1",
  "[:4 c:64:64:2:2:0 leaky:0.1 c:64:128:3:1:0 leaky:0.1 c:128:64:3:1:0 leaky:0.1 se:64:8",
  "t:64:64:2:2:0 leaky:0.1 ] c:64:64:3:1:0 leaky:0.1 t:64:3:4:2:3",
  "[:20 c:3:32:3:1:0 leaky:0.1 c:32:64:3:1:0 leaky:0.1",
  "[:16 c:64:64:2:2:0 leaky:0.1 c:64:64:3:1:0 leaky:0.1 c:64:128:3:1:0 leaky:0.1 se:128:16",
  "[:4 c:128:128:2:2:0 leaky:0.1 c:128:256:3:1:0 leaky:0.1 c:256:128:3:1:0 leaky:0.1 se:128:16",
  "t:128:128:2:2:0 leaky:0.1 ] c:128:64:3:1:0 leaky:0.1 c:64:64:3:1:0 leaky:0.1 se:64:8",
  "t:64:64:2:2:0 leaky:0.1 ] c:64:64:3:1:0 leaky:0.1 c:64:3:3:1:0 ]"
))

networks <- list(
  fsrcnn = c("1x1x500x500", "c:1:20:5:1:3", "leaky:0.1",
             rep(c("c:20:20:3:1:1", "leaky:0.1"), 5), "t:20:1:6:2:4"),
  dcgan_b64 = c("64x100x1x1", dcgan),
  dcgan_b1 = c("1x100x1x1", dcgan),
  dcgan_critic = c("64x3x64x64", stage(paste(
    "c:3:64:4:2:1 leaky:0.2 c:64:128:4:2:1 b:128 leaky:0.2 c:128:256:4:2:1 b:256 leaky:0.2",
    "c:256:512:4:2:1 b:512 leaky:0.2 c:512:1:4:1:0"
  ))),
  unet_small = c("8x3x48x48", stage(paste( # that of vignette("unet")
    "c:3:8:3:1:1 relu ( c:8:16:4:2:1 relu ( c:16:16:4:2:1 relu ( c:16:16:4:2:1 relu",
    "t:16:16:4:2:1 relu ) t:32:16:4:2:1 relu ) t:32:8:4:2:1 relu ) c:16:1:3:1:1"
  ))),
  unet_up = c("1x256x32x32", up(256), up(128), up(64), "c:32:3:1:1:0"),
  autoencoder = c("8x3x128x128", stage(paste(
    "c:3:32:4:2:1 relu c:32:64:4:2:1 relu c:64:128:4:2:1 relu",
    "t:128:64:4:2:1 relu t:64:32:4:2:1 relu t:32:3:4:2:1"
  ))),
  unet_256 = c("1x3x256x256", unet_256(16)),
  cunet = c("1x3x292x292", cunet)
)
networks <- networks[grepl(Sys.getenv("NNCONV_BENCH_NETWORKS"), names(networks))]

# The modules of some words; `at` is the next one's place.
read_modules <- function(words, dtype) {
  at <- 0
  read <- function() {
    modules <- list()
    while (at < length(words)) {
      at <<- at + 1
      word <- words[at]
      if (word %in% c(")", "]")) break
      module <- if (word == "(") {
        do.call(nn_skip, read())
      } else if (startsWith(word, "[")) {
        cropped_sum(do.call(nn_sequential, read()), as.numeric(substring(word, 3)))
      } else {
        one_module(word, dtype)
      }
      modules <- c(modules, list(module))
    }
    modules
  }
  do.call(nn_sequential, read())
}

cropped_sum <- function(branch, border) {
  force(branch)
  force(border)
  nn_function(function(x) nnf_pad(x, rep(-border, 4)) + branch(x))
}

# In a batch of one image, R repeats the weights of its channels for each cell.
weighed <- function(channels, hidden, dtype) {
  weights <- nn_sequential(
    nn_conv2d(channels, hidden, 1, dtype = dtype), nn_relu(),
    nn_conv2d(hidden, channels, 1, dtype = dtype), nn_sigmoid()
  )
  nn_function(function(x) {
    means <- array(rowMeans(x, dims = 2), c(dim(x)[1:2], 1, 1))
    x * as.vector(weights(means))
  })
}

one_module <- function(word, dtype) {
  words <- strsplit(word, ":")[[1]]
  n <- as.numeric(words[-1])
  switch(
    words[1],
    c = nn_conv2d(n[1], n[2], n[3], n[4], n[5], dtype = dtype),
    t = nn_conv_transpose2d(n[1], n[2], n[3], n[4], n[5], dtype = dtype),
    b = nn_batch_norm2d(n), m = nn_max_pool2d(n), leaky = nn_leaky_relu(n),
    relu = nn_relu(), tanh = nn_tanh(), sigmoid = nn_sigmoid(), se = weighed(n[1], n[2], dtype)
  )
}

our_call <- function(pass, words, dtype) {
  net <- read_modules(words[-1], dtype)
  x <- random_array(as.numeric(strsplit(words[1], "x")[[1]]))
  net$train(pass == "step")
  if (pass == "forward") return(function() net(x))
  adam <- nn_optim_adam(net)
  function() adam$step(net$backward(x, function(y) y, wanted = c("weight", "bias")))
}

# The median times of all candidates for a network, which take turns.
measure_network <- function(pass, words, peers) {
  who <- expand.grid(threads = unique(c(1, settings$cores)), dtype = c("float64", "float32"),
                     stringsAsFactors = FALSE)
  ours <- sapply(c("float64", "float32"), function(dtype) our_call(pass, words, dtype))
  times <- list()
  note <- function(name, time) times[[name]] <<- c(times[[name]], time)
  for (round in seq_len(settings$rounds)) for (i in seq_len(nrow(who))) {
    threads <- who$threads[i]
    dtype <- who$dtype[i]
    note(paste("nnconv", dtype, threads, sep = "."),
         time_ours(ours[[dtype]], threads, "automatic", settings$seconds)[1])
    of_round <- list()
    for (peer in peers) {
      if (!dtype %in% peer$dtypes || !threads %in% peer$threads) next
      if (pass == "step" && peer$name != "PyTorch") next
      time <- ask(peer, c("network", pass, dtype, threads, settings$seconds, words), threads)
      of_round[[peer$name]] <- min(of_round[[peer$name]], time)
    }
    for (name in names(of_round)) note(paste(name, dtype, threads, sep = "."), of_round[[name]])
  }
  vapply(times, stats::median, 0)
}

ratio_table <- function(table, columns) {
  shown <- ifelse(is.na(columns), "", format(round(columns, 2), nsmall = 2, trim = TRUE))
  rows <- apply(cbind(table, shown), 1, paste, collapse = " | ")
  heads <- c("network", "pass", colnames(columns))
  c(paste("|", paste(heads, collapse = " | "), "|"),
    paste("|", paste(rep("---", length(heads)), collapse = " | "), "|"),
    paste("|", rows, "|"))
}

others <- company()
peers <- c(start_pytorch(settings$cores), start_onnxruntime(settings$cores))
rows <- list()
for (pass in c("forward", "step")) for (name in names(networks)) {
  if (pass == "step" && any(startsWith(networks[[name]], "["))) next
  times <- measure_network(pass, networks[[name]], peers)
  message(name, " ", pass, ": ", paste(names(times), signif(times, 3), collapse = ", "))
  rows <- c(rows, list(data.frame(
    network = name, pass = pass, as.list(signif(times, 4)), check.names = FALSE
  )))
}
others <- c(others, company())
data <- bind_tables(rows)
facts <- bench_facts(settings, peers, others, list())
write_data(facts, data, paste0(file, ".tsv"))

times <- as.matrix(data[-(1:2)])
is_ours <- startsWith(colnames(times), "nnconv")
by_ours <- times[, !is_ours] / times[, sub("^[^.]*", "nnconv", colnames(times)[!is_ours])]
writeLines(c(
  "# Networks", "",
  sprintf(paste("%s. %s, %d cores. %s. nnconv %s with %s, %s. %d rounds;",
                "others took %d %% of the processors."),
          facts$date, facts$processor, facts$cores, facts$compiler, facts$nnconv, facts$simd,
          facts$peers, facts$rounds, facts$company), "",
  paste("Time of the peer divided by ours, by type and number of threads; above 1, ours is faster.",
        "Forward is in eval; a step of training is forward, gradients and Adam, in training mode."),
  "", ratio_table(as.matrix(data[1:2]), by_ours), "",
  "Our times in milliseconds:", "", ratio_table(as.matrix(data[1:2]), times[, is_ours])
), paste0(file, ".md"))
