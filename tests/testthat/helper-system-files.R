# System files: copies of what Linux says of itself, with our own figures.

# The root of a copy, from paths and lines.
system_files <- function(..., env = parent.frame()) {
  root <- withr::local_tempdir(.local_envir = env)
  files <- list(...)
  for (path in names(files)) {
    dir.create(file.path(root, dirname(path)), showWarnings = FALSE, recursive = TRUE)
    writeLines(files[[path]], file.path(root, path))
  }
  root
}
