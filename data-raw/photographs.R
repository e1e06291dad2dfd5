# The photographs of photographs.csv: unpacks them from Debian's and CRAN's packages into
# build/photographs, without installing these, and reads them. Used by data-raw/upscale.R.

source("tools/mirror.R")

photographs <- utils::read.csv("data-raw/photographs.csv", comment.char = "#")
photo_folder <- "build/photographs"

# Paths of the unpacked photographs; fetches what is missing. Asks apt-get for Debian's packages,
# install.packages()'s repositories for CRAN's.
fetch_photographs <- function() {
  paths <- file.path(photo_folder, photographs$package, photographs$file)
  absent <- unique(photographs[!file.exists(paths), c("from", "package")])
  for (i in seq_len(nrow(absent))) {
    folder <- file.path(photo_folder, absent$package[i])
    dir.create(folder, recursive = TRUE, showWarnings = FALSE)
    if (absent$from[i] == "debian") fetch_debian(absent$package[i], folder)
    if (absent$from[i] == "cran") fetch_cran(absent$package[i], folder)
  }
  stopifnot(file.exists(paths))
  paths
}

fetch_debian <- function(package, folder) {
  old <- setwd(folder)
  on.exit(setwd(old))
  status <- system2("apt-get", c("download", "-q", package), stdout = FALSE)
  archive <- list.files(pattern = "\\.deb$")
  stopifnot(status == 0L, length(archive) == 1L)
  stopifnot(system2("dpkg-deb", c("-x", archive, ".")) == 0L)
  writeLines(system2("dpkg-deb", c("-f", archive, "Version"), stdout = TRUE), "version")
}

fetch_cran <- function(package, folder) {
  choose_mirror()
  got <- utils::download.packages(package, folder, type = "source", quiet = TRUE)
  utils::untar(got[1L, 2L], exdir = folder)
  writeLines(read.dcf(file.path(folder, package, "DESCRIPTION"), "Version")[1L],
             file.path(folder, "version"))
}

version_of <- function(package) readLines(file.path(photo_folder, package, "version"))

# Channel, height, width, values from 0 to 1; grey pictures have one channel.
read_photograph <- function(path) {
  png <- grepl("\\.png$", path)
  x <- suppressWarnings(if (png) png::readPNG(path) else jpeg::readJPEG(path))
  if (length(dim(x)) == 2L) x <- array(x, c(dim(x), 1L))
  aperm(x[, , seq_len(min(3L, dim(x)[3L])), drop = FALSE], c(3L, 1L, 2L))
}

# Half the height and width: means of 2 x 2 pixels.
halve <- function(x) {
  means <- array(0.25, c(dim(x)[1L], 1L, 2L, 2L))
  nnconv::nnf_conv2d(x, means, stride = 2, groups = dim(x)[1L])
}

load_luminance <- function(path, times) {
  x <- luminance(read_photograph(path))
  for (time in seq_len(times)) x <- halve(x)
  x
}
