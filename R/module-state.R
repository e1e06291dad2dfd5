# State: a module's parameters and buffers as a list, with the names and the layout of other
# software.

state_in_layout <- function(self, prefix, layout) {
  prefix <- check_string(prefix, "prefix")
  layout <- check_layout(layout)
  values <- lapply(state_of(self), to_layout, layout)
  if (length(values) > 0L) {
    names(values) <- paste0(prefix, names_in_layout(names(values), layout))
  }
  values
}

load_state <- function(self, state_dict, prefix, layout, rename, strict) {
  prefix <- check_string(prefix, "prefix")
  layout <- check_layout(layout)
  strict <- check_flag(strict, "strict")
  renamed <- check_rename(rename)
  present <- state_of(self)
  entries <- check_state(state_dict, present, prefix, layout, renamed, strict)
  set_values(states_of(self), Map(function(value, entry) {
    if (is.null(entry)) value else from_layout(entry[[1L]], names(entry), value, layout)
  }, present, entries$chosen), own_state)
  if (strict) invisible(self) else entries[c("missing_keys", "unexpected_keys")]
}

# Accepts the expected entries after the prefix: with `strict`, exactly these. Returns them as
# `chosen`, in the module's order, each as a list of one under its own name, or NULL if it is
# missing; and the names of missing and unexpected ones.
check_state <- function(state_dict, present, prefix, layout, renamed, strict) {
  if (!is.list(state_dict) || is.data.frame(state_dict)) {
    names <- paste0(prefix, names_in_layout(names(present), layout), recycle0 = TRUE)
    refuse("state_dict", paste("a list with the entries", some_of(names)), describe(state_dict),
           kind = "type", because = if (is.character(state_dict)) {
             "`nn_load_torch()` and `nn_load_safetensors()` read files."
           })
  }
  state_dict <- without_class(state_dict)
  # Names may contain invalid bytes.
  names(state_dict) <- iconv(as_utf8(names_of(state_dict)), "UTF-8", "UTF-8", sub = "byte")
  entries <- entries_after(names_of(state_dict), prefix, layout, renamed)
  is_twice <- entries$ours %in% names(present) & duplicated(entries$ours)
  if (any(is_twice) || strict && !are_names_of(entries, present)) {
    refuse_state(state_dict, entries, present, prefix, layout, renamed)
  }
  places <- entries$at[match(names(present), entries$ours)]
  missing <- names_in_layout(names(present)[is.na(places)], layout)
  list(
    chosen = lapply(places, function(place) if (!is.na(place)) state_dict[place]),
    missing_keys = paste0(prefix, missing, recycle0 = TRUE),
    unexpected_keys = names_of(state_dict)[entries$at[!entries$ours %in% names(present)]]
  )
}

# Returns the positions of the entries that start with the prefix, and our names for them, without
# those that `renamed` leaves out.
entries_after <- function(names, prefix, layout, renamed = identity) {
  at <- which(startsWith(names, prefix))
  ours <- names_from_layout(renamed(without_prefix(names[at], prefix)), layout)
  list(at = at[!is.na(ours)], ours = ours[!is.na(ours)])
}

# Returns `rename` as a function of names.
check_rename <- function(rename) {
  if (is.null(rename)) {
    return(identity)
  }
  if (is.function(rename)) {
    check_function(rename, "rename")
    return(function(names) renamed_by(rename, names))
  }
  allowed <- "a function of names, or replacements named by regular expressions"
  replacements <- as_utf8(check_type(rename, "rename", allowed, is.character))
  patterns <- names_of(without_class(rename))
  if (anyNA(replacements) || anyNA(patterns) || any(patterns == "")) {
    refuse("rename", allowed, describe(rename))
  }
  function(names) {
    for (i in seq_along(patterns)) names <- replaced(patterns[i], replacements[i], names)
    names
  }
}

renamed_by <- function(rename, names) {
  renamed <- tryCatch(rename(names), error = function(condition) {
    refuse("rename", "a function of names", "one that fails", because = conditionMessage(condition))
  })
  if (!is.character(renamed) || length(renamed) != length(names)) {
    refuse("rename", sprintf("a function that returns %d names", length(names)),
           paste("one that returns", describe(renamed)))
  }
  as.vector(without_class(renamed))
}

replaced <- function(pattern, replacement, names) {
  refuse_pattern <- function(condition) {
    refuse("rename", "replacements named by regular expressions", describe(pattern))
  }
  tryCatch(gsub(pattern, replacement, names, perl = TRUE), error = refuse_pattern,
           warning = refuse_pattern)
}

are_names_of <- function(entries, present) {
  length(entries$ours) == length(present) && setequal(entries$ours, names(present))
}

refuse_state <- function(state_dict, entries, present, prefix, layout, renamed) {
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
      advice_on_rename(without_prefix(names[startsWith(names, prefix)], prefix), renamed),
      advice_on_prefix(state_dict, present, layout), advice_on_part(state_dict, present, layout)
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

advice_on_rename <- function(names, renamed) {
  if (!identical(renamed, identity) && length(names) && identical(renamed(names), names)) {
    "`rename` changes no name: its names are the old ones, and its values the new ones."
  }
}

# A checkpoint has the state dict among other entries.
advice_on_part <- function(state_dict, present, layout) {
  fitting <- utils::head(fitting_parts(state_dict, present, layout, depth = 3L), 1L)
  if (length(fitting)) {
    prefix <- if (nzchar(fitting)) sprintf(" with prefix = %s", dQuote(fitting, FALSE)) else ""
    sprintf("Its part `%s` fits%s.", names(fitting), prefix)
  }
}

# Returns the prefixes that fit in lists within the list, named by the ways there, such as
# "model$state".
fitting_parts <- function(entries, present, layout, depth) {
  has_names <- function(x) is.list(x) && !is.null(names(x)) && all(validUTF8(names(x)))
  parts <- Filter(has_names, entries[!names_of(entries) %in% c("", NA)])
  if (depth == 0L || length(parts) == 0L) {
    return(character())
  }
  unlist(unname(Map(function(part, name) {
    part <- without_class(part)
    here <- as.character(utils::head(fitting_prefixes(part, present, layout), 1L))
    inside <- fitting_parts(part, present, layout, depth - 1L)
    paths <- paste(name, names(inside), sep = "$", recycle0 = TRUE)
    stats::setNames(c(here, inside), c(rep(name, length(here)), paths))
  }, parts, names(parts))))
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
