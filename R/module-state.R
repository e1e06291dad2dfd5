# State: a module's parameters and buffers as a list, with the names and the layout of other software.

state_in_layout <- function(self, prefix, layout) {
  prefix <- check_string(prefix, "prefix")
  layout <- check_layout(layout)
  values <- lapply(state_of(self), to_layout, layout)
  if (length(values) > 0L) {
    names(values) <- paste0(prefix, names_in_layout(names(values), layout))
  }
  values
}

load_state <- function(self, state_dict, prefix, layout) {
  prefix <- check_string(prefix, "prefix")
  layout <- check_layout(layout)
  present <- state_of(self)
  entries <- check_state(state_dict, present, prefix, layout)
  set_values(states_of(self), Map(function(value, entry) {
    from_layout(entry[[1L]], names(entry), value, layout)
  }, present, entries), own_state)
  invisible(self)
}

# Accepts exactly the expected entries after the prefix. Returns them in the module's order, each as
# a list of one under its own name.
check_state <- function(state_dict, present, prefix, layout) {
  if (!is.list(state_dict) || is.data.frame(state_dict)) {
    names <- paste0(prefix, names_in_layout(names(present), layout), recycle0 = TRUE)
    refuse("state_dict", paste("a list with the entries", some_of(names)), describe(state_dict),
           kind = "type")
  }
  state_dict <- without_class(state_dict)
  # Names may contain invalid bytes.
  names(state_dict) <- iconv(as_utf8(names_of(state_dict)), "UTF-8", "UTF-8", sub = "byte")
  entries <- entries_after(names_of(state_dict), prefix, layout)
  if (!are_names_of(entries, present)) {
    refuse_state(state_dict, entries, present, prefix, layout)
  }
  lapply(entries$at[match(names(present), entries$ours)], function(place) state_dict[place])
}

# Returns the positions of the entries that start with the prefix, and our names for them.
entries_after <- function(names, prefix, layout) {
  at <- which(startsWith(names, prefix))
  list(at = at, ours = names_from_layout(without_prefix(names[at], prefix), layout))
}

are_names_of <- function(entries, present) {
  length(entries$ours) == length(present) && setequal(entries$ours, names(present))
}

refuse_state <- function(state_dict, entries, present, prefix, layout) {
  names <- names_of(state_dict)
  ours <- entries$ours
  shown <- ifelse(names[entries$at] == "", "one without a name", names[entries$at])
  missing <- setdiff(names(present), ours)
  unexpected <- shown[!ours %in% names(present)]
  twice <- unique(shown[ours %in% names(present) & duplicated(ours)])
  given <- if (all(names %in% c("", NA))) {
    "one without names"
  } else if (length(shown) == 0L) {
    paste("one with the names", some_of(names))
  } else {
    counts <- lengths(list(missing = missing, unexpected = unexpected, twice = twice))
    counts <- counts[counts > 0L]
    paste("one with", paste(counts, names(counts), collapse = " and "))
  }
  listed <- function(label, names) if (length(names)) sprintf("%s: %s.", label, a_few(names))
  refuse(
    "state_dict", "a list with exactly the parameters of the module", given, kind = "state",
    because = paste(c(
      listed("Missing", paste0(prefix, names_in_layout(missing, layout), recycle0 = TRUE)),
      listed("Unexpected", unexpected), listed("Twice", twice),
      advice_on_prefix(state_dict, present, layout)
    ), collapse = " ")
  )
}

advice_on_prefix <- function(state_dict, present, layout) {
  fitting <- fitting_prefixes(state_dict, present, layout)
  if (length(fitting)) {
    shown <- dQuote(utils::head(fitting, 3L), FALSE)
    sprintf("It fits with prefix = %s.", paste(shown, collapse = " or "))
  }
}

# Returns the prefixes whose entries match all parameters, in name and shape.
fitting_prefixes <- function(state_dict, present, layout) {
  if (length(present) == 0L) {
    return(character())
  }
  names <- names_of(state_dict)
  names <- names[!is.na(names) & validUTF8(names)]
  first <- names(present)[1L]
  prefixes <- lapply(unique(c(first, names_in_layout(first, layout))), function(end) {
    with_end <- names[endsWith(names, end)]
    substr(with_end, 1L, nchar(with_end) - nchar(end))
  })
  Filter(function(prefix) {
    entries <- entries_after(names_of(state_dict), prefix, layout)
    are_names_of(entries, present) &&
      all(mapply(has_shape_in, state_dict[entries$at], present[entries$ours], layout))
  }, utils::head(unique(unlist(prefixes)), 200L))
}
