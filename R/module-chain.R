# Chain: checks that modules fit one after the other.

check_module <- function(x, argument) {
  if (!is_module(x)) {
    refuse(
      argument, "a layer, an activation or a chain of them", describe(x), kind = "type",
      because = if (is.function(x)) {
        "`nn_activation()` makes an activation of a function."
      } else if (is.list(x) && length(x) && all(vapply(x, is_module, NA))) {
        "`do.call(nn_sequential, modules)` makes a chain of a list."
      }
    )
  }
  x
}

# Refuses modules that do not fit one after the other. `names` is lazy: only a refusal needs them.
# Returns the channels of all values, of the input and of what each step makes, or NA.
check_chain <- function(steps, argument, names = names(steps$states)) {
  check_once(steps$states, argument)
  check_same_axes(steps$states, argument, names)
  # For each value, from 0, the number of its channels or NA; values that a step passes on share a
  # place in `known`, so that what a later step reads is known of the earlier ones too.
  place <- 1L
  known <- NA_real_
  maker <- 0L # the step that set the number
  for (i in seq_along(steps$states)) {
    state <- steps$states[[i]]
    kind <- kind_of(state)
    at <- place[i]
    if (!is.na(steps$joined[i])) {
      after <- joined_channels(known[place[steps$joined[i] + 1L]], known[at], state$config$join)
      if (is.null(after)) {
        refuse_branch(argument, names[i], known[place[steps$joined[i] + 1L]], known[at])
      }
    } else {
      reads <- kind$in_channels(state$config)
      fits <- if (is.null(reads)) kind$fits(state$config, known[at]) else known[at] == reads
      if (isFALSE(fits)) refuse_fit(argument, names[maker[at]], known[at], names[i], state)
      if (!is.null(reads)) known[at] <- reads
      after <- kind$out_channels(state$config, known[at])
      if (is.null(reads) && passes_channels(state)) {
        place[i + 1L] <- at
        next
      }
    }
    known <- c(known, after)
    maker <- c(maker, i)
    place[i + 1L] <- length(known)
  }
  known[place]
}

# Refuses layers of images next to layers of sequences. A user's function may stand between them.
check_same_axes <- function(states, argument, names) {
  before <- NULL
  for (i in seq_along(states)) {
    axes <- kind_of(states[[i]])$axes
    if (is.null(axes)) {
      if (!is_skip(states[[i]]) && !passes_channels(states[[i]])) before <- NULL
      next
    }
    if (!is.null(before) && axes != kind_of(states[[before]])$axes) {
      inputs <- c("sequences (N, C, L)", "images (N, C, H, W)")
      refuse(
        argument, sprintf("such that modules fit: with `%s`, others that read %s", names[before],
                          inputs[3L - axes]),
        sprintf("`%s`: %s", names[i], leaf_text(states[[i]]))
      )
    }
    before <- i
  }
}

# Returns the channels of what a skip joins, NA if they are unknown, or NULL if they do not fit.
joined_channels <- function(input, branch, join) {
  if (join == "concat") {
    return(input + branch)
  }
  if (!is.na(input) && !is.na(branch) && input != branch) {
    return(NULL)
  }
  if (is.na(input)) branch else input
}

refuse_fit <- function(argument, before, channels, path, state) {
  refuse(
    argument, sprintf("such that modules fit: after `%s`, one that reads %s channels", before,
                      in_full(channels)),
    sprintf("`%s`: %s", path, leaf_text(state))
  )
}

refuse_branch <- function(argument, path, input, branch) {
  of_path <- if (nzchar(path)) sprintf(" of `%s`", path)
  refuse(
    argument, sprintf("such that modules fit: %s channels in the branch%s, to add to its input",
                      in_full(input), paste(of_path, collapse = "")), in_full(branch)
  )
}

# Refuses a module that occurs twice: its parameters would have two paths.
check_once <- function(states, argument) {
  holds <- vapply(states, function(state) {
    length(kind_of(state)$parameters) + length(kind_of(state)$buffers) > 0L
  }, NA)
  if (anyDuplicated(states[holds])) {
    refuse(argument, "layers that each come once", "one that comes twice",
           because = "`clone()` makes a copy with weights of its own.")
  }
}
