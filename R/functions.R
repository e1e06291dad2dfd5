# Functions: how activations store and print the user's functions.
#
# A function carries the variables of its enclosing environments along, into saved files too. The
# code here drops these variables if the function uses none of them. Invariant: the function returns
# the same values afterwards.

# Drops a function's source text, and its enclosing frames if it uses none of their variables.
light_function <- function(f) {
  home <- if (!is.primitive(f)) environment(f)
  if (is.null(home) || isNamespace(home)) {
    return(f)
  }
  bare <- f
  attr(bare, "srcref") <- NULL
  if (!is.null(attributes(bare))) {
    return(f)
  }
  light <- utils::removeSource(f)
  inner <- inner_environments(home)
  if (length(inner) && is_independent(light, inner)) environment(light) <- topenv(home)
  light
}

# Returns the enclosing environments below the session's or the package's own.
inner_environments <- function(home) {
  inner <- list()
  while (!identical(home, topenv(home))) {
    inner <- c(inner, home)
    home <- parent.env(home)
  }
  inner
}

# Functions that can assign to, or look up, a name that does not appear in the code.
binders <- c(
  "as.environment", "assign", "delayedAssign", "environment", "eval", "eval.parent", "evalq",
  "list2env", "load", "makeActiveBinding", "parent.env", "parent.frame", "source", "sys.frame",
  "sys.frames", "sys.function", "sys.source"
)
finders <- c(
  "~", "as.formula", "as.function", "bquote", "do.call", "exists", "formula", "get", "get0",
  "local", "match.arg", "match.call", "match.fun", "mget", "new.env", "NextMethod", "parse",
  "Recall", "standardGeneric", "str2expression", "str2lang", "sys.call", "UseMethod", "with",
  "within"
)

# TRUE if the function finds every name that it uses outside `inner`, now and later.
is_independent <- function(f, inner) {
  running <- lapply(inner, running_code)
  if (any(vapply(running, is.null, NA))) {
    return(FALSE)
  }
  code <- list(formals(f), body(f))
  used <- setdiff(words_in(code), names(formals(f)))
  there <- c(unlist(lapply(inner, ls, all.names = TRUE)), targets_in(running))
  at_work <- c(heads_in(running), setdiff(words_in(running), there))
  # A replacement function `a<-` counts as `a`; a method `a.b` counts as `a` or as `a`'s group.
  there <- sub("<-$", "", there)
  stems <- paste0(c(used, "Math", "Ops", "Summary", "Complex"), ".")
  if (any(used %in% c(there, binders, finders)) || any(at_work %in% binders) ||
        any(outer(there, stems, startsWith))) {
    return(FALSE)
  }
  outside <- topenv(inner[[1L]])
  own <- c(names(formals(f)), targets_in(code, inside = TRUE))
  free <- setdiff(words_in(code, symbols_only = TRUE), own)
  called <- free %in% heads_in(code)
  all(vapply(free[called], exists, NA, envir = outside, mode = "function")) &&
    all(vapply(free[!called], function(name) {
      value <- get0(name, outside)
      !is.null(value) && !is.function(value)
    }, NA))
}

# Returns the code of the functions that run in an environment: none for the frame of a finished
# call, and NULL for an environment of eval() or local(), where any code may follow.
running_code <- function(inner) {
  code <- list()
  for (i in seq_len(sys.nframe())) {
    if (identical(sys.frame(i), inner)) {
      f <- sys.function(i)
      if (is.primitive(f) || !identical(environment(f), parent.env(inner))) {
        return(NULL)
      }
      code <- c(code, list(formals(f), body(f)))
    }
  }
  code
}

# Returns the non-empty parts of a call, an argument list or a list of code. Omits the names in
# `a::b` and the `b` of `a$b`, which R does not look up as variables.
parts_of <- function(code) {
  if (!is.call(code) && !is.pairlist(code) && !is.list(code)) {
    return(list())
  }
  parts <- switch(head_of(code),
    `::` = , `:::` = list(code[[1L]]),
    `$` = , `@` = as.list(code)[1:2],
    as.list(code)
  )
  parts[!vapply(parts, identical, NA, quote(expr = ))]
}

# Returns the name of the function that `code` calls, or "".
head_of <- function(code) {
  if (is.call(code) && is.symbol(code[[1L]])) as.character(code[[1L]]) else ""
}

# Returns all names in the code, and all strings, which may name functions.
words_in <- function(code, symbols_only = FALSE) {
  if (is.symbol(code) || is.character(code) && !symbols_only) {
    return(as.character(code))
  }
  unique(unlist(lapply(parts_of(code), words_in, symbols_only)))
}

# Returns the names of the functions that the code calls.
heads_in <- function(code) {
  unique(c(head_of(code), unlist(lapply(parts_of(code), heads_in))))
}

# Returns the names that the code assigns to. With `inside`, includes assignments in the functions
# that it defines, and their arguments.
targets_in <- function(code, inside = FALSE) {
  head <- head_of(code)
  if (head == "function" && !inside) {
    return(NULL)
  }
  own <- switch(head,
    `<-` = , `=` = , `<<-` = , `for` = target_of(code[[2L]]),
    `function` = names(code[[2L]])
  )
  unique(c(own, unlist(lapply(parts_of(code), targets_in, inside))))
}

# Finds the variable that an assignment changes: `a` in `names(a)[2] <- b`.
target_of <- function(code) {
  while (is.call(code) && length(code) > 1L) code <- code[[2L]]
  as.character(code)
}

# Writes a function as code: its name if a package exports it, otherwise its full text.
function_text <- function(f) {
  if (is_module(f)) {
    return(format(f))
  }
  name <- exported_name(f)
  if (is.null(name)) {
    # deparse() breaks the line between the arguments and the body.
    sub("\\) \n(?! )", ") ", paste(deparse(f), collapse = "\n"), perl = TRUE)
  } else {
    name
  }
}

exported_name <- function(f) {
  quoted <- function(name) deparse(as.name(name), backtick = TRUE)
  if (is.primitive(f)) {
    return(quoted(sub("^\\.Primitive\\(\"(.*)\"\\)$", "\\1", deparse(f))))
  }
  home <- environment(f)
  if (!isNamespace(home)) {
    return(NULL)
  }
  is_base <- isBaseNamespace(home)
  for (name in sort(if (is_base) ls(home) else getNamespaceExports(home))) {
    if (identical(get0(name, home, inherits = FALSE), f)) {
      return(if (is_base) quoted(name) else paste0(getNamespaceName(home), "::", quoted(name)))
    }
  }
}
