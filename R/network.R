# Network: steps of a chain that the core runs one after the other, on buffers of its own.
#
# src/r_network.cpp reads the states of the modules itself. It leaves to R functions of R's, and
# what changes buffers or draws random numbers; and every step that it would refuse, so that R
# refuses it by name.

# Runs the steps after value i in the core, as many as it can run one after the other. Returns the
# number of the value that is then made, and the value, or NULL if R has to run the next step: one
# that the core does not run in this mode, or refuses, or on values that are not plain arrays, or
# one of steps that together need more memory than there is.
run_in_core <- function(steps, i, input, kept = NULL) {
  if (!is_plain_array(input)) {
    return(NULL)
  }
  earlier <- Filter(is_plain_array, kept$values)
  run <- function(most_bytes) {
    r_network(steps$states, steps$joined, steps$sized, steps$axes, i, input, earlier, most_bytes)
  }
  made <- run(least_looked_at)
  if (is.double(made)) made <- if (made <= free_memory(made)) run(Inf)
  made
}
