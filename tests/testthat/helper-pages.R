# What is looked for in pages that people read: code that was not evaluated, sentences without an
# end, links that lead nowhere, figures without words. Shared by test-pages.R,
# test-spelling.R and tools/site.R.
#
# All functions that look return the faults as text, character() where there are none.

read_text <- function(file) {
  text <- paste(readLines(file, warn = FALSE, encoding = "UTF-8"), collapse = "\n")
  enc2utf8(text)
}

all_matches <- function(text, pattern) {
  regmatches(text, gregexpr(pattern, text, perl = TRUE))[[1L]]
}

# HTML without parts that are not prose, in whatever order they stand.
without <- function(html, elements) {
  html <- gsub("(?s)<!--.*?-->", " ", html, perl = TRUE)
  for (element in elements) {
    html <- gsub(sprintf("(?s)<%s\\b[^>]*>.*?</%s>", element, element), " ", html, perl = TRUE)
  }
  html
}

not_prose <- c("head", "script", "style", "nav", "header", "aside", "footer")

plain_text <- function(html) {
  text <- gsub("<[^>]*>", "", html)
  for (entity in list(c("&lt;", "<"), c("&gt;", ">"), c("&quot;", "\""), c("&nbsp;", " "),
                      c("&#39;", "'"), c("&amp;", "&"))) {
    text <- gsub(entity[1L], entity[2L], text, fixed = TRUE)
  }
  trimws(gsub("\\s+", " ", text))
}

# Code, Markdown, Rd or TeX that stands in a page as it was written.
unevaluated_code <- function(html) {
  html <- without(html, c(not_prose, "pre", "math"))
  spans <- plain_text(all_matches(html, "(?s)<code\\b[^>]*>.*?</code>"))
  text <- plain_text(without(html, "code"))
  signs <- c(
    "inline code" = "`r\\s", "a fence" = "```", "a macro of Rd" = "\\\\[A-Za-z]+\\{",
    "a link in Markdown" = "\\]\\([^) ]+\\)", "emphasis in Markdown" = "\\*\\*\\w|\\w\\*\\*",
    "a formula in TeX" = "\\$\\$|\\\\[(\\[]|\\$\\\\", "a backtick" = "`"
  )
  found <- lapply(names(signs), function(what) {
    hits <- all_matches(text, sprintf(".{0,30}(?:%s).{0,30}", signs[[what]]))
    sprintf("%s: ...%s...", what, hits)
  })
  is_inline <- grepl("^r\\s+[^ ]", spans)
  unique(c(unlist(found), sprintf("inline code: %s", spans[is_inline])))
}

block_tags <- c("p", "li", "pre", "table", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "div",
                "img", "dt", "dd", "td", "th", "tr", "figure", "figcaption", "blockquote", "hr", "br",
                "math", "section", "body")

# The pieces of text of a page and the elements that they stand in, in order.
blocks_of <- function(html) {
  html <- without(html, not_prose)
  # A formula of help pages on a line of its own is one element.
  html <- gsub("(?s)<p style=\"text-align: *center;?\">\\s*<code class=\"reqn\">.*?</code>\\s*</p>",
               "<math></math>", html, perl = TRUE)
  pattern <- sprintf("<(/?)(%s)\\b[^>]*>", paste(block_tags, collapse = "|"))
  tags <- regmatches(html, gregexpr(pattern, html, perl = TRUE))[[1L]]
  texts <- regmatches(html, gregexpr(pattern, html, perl = TRUE), invert = TRUE)[[1L]]
  data.frame(
    tag = c("", sub("^<(/?[a-z0-9]+).*", "\\1", tags)), class = c("", tags),
    text = plain_text(texts)
  )
}

ends_sentence <- function(text) grepl("[.?!:\u2026][])'\"\u2019\u201d]*$", text)

# Paragraphs and items of lists that end without a sign that ends sentences, or that announce by a
# colon what does not follow; headings that end like sentences.
unfinished_sentences <- function(html) {
  blocks <- blocks_of(html)
  shows <- c("pre", "table", "ul", "ol", "dl", "img", "figure", "math", "blockquote")
  says <- which(nzchar(blocks$text) | blocks$tag %in% shows)
  follows <- function(i) c(blocks$tag[says[says > i]], "")[1L]
  faults <- vapply(seq_len(nrow(blocks)), function(i) {
    text <- blocks$text[i]
    tag <- blocks$tag[i]
    if (!nzchar(text)) {
      return("")
    }
    if (grepl("^h[1-6]$", tag)) {
      return(if (grepl("[.,:;]$", text)) paste("heading with a full stop:", text) else "")
    }
    is_prose <- tag %in% c("p", "li") && grepl(" ", text)
    if (!is_prose || grepl("class=\"(author|date|caption)", blocks$class[i])) {
      return("")
    }
    if (startsWith(text, "Maintainer: ")) { # of roxygen2
      return("")
    }
    after <- follows(i)
    # A formula on its own line goes on with the sentence.
    if (after == "math" || after == "img") {
      return("")
    }
    if (!ends_sentence(text)) {
      return(paste("no end:", text))
    }
    if (grepl(":$", text) && !after %in% shows) paste("nothing follows:", text) else ""
  }, "")
  faults[nzchar(faults)]
}

# Links of HTML files to places that are not there: files beside them, and anchors in those.
dead_links <- function(files) {
  pages <- lapply(files, read_text)
  attribute <- function(html, name) {
    found <- all_matches(html, sprintf("(?<=[\\s\"'])%s=\"[^\"]*\"|(?<=\\s)%s='[^']*'", name, name))
    sub("^[^\"']*.(.*).$", "\\1", found)
  }
  anchors <- lapply(pages, function(html) c(attribute(html, "id"), attribute(html, "name")))
  names(anchors) <- normalizePath(files)
  faults <- lapply(seq_along(files), function(i) {
    html <- without(pages[[i]], c("script", "style"))
    links <- unique(c(attribute(html, "href"), attribute(html, "src")))
    links <- gsub("&amp;", "&", links, fixed = TRUE)
    links <- links[!grepl("^([a-z][a-z+.-]*:|//)", links)]
    is_dead <- vapply(links, function(link) {
      path <- utils::URLdecode(sub("[?#].*", "", link))
      anchor <- if (grepl("#.", link)) utils::URLdecode(sub("^[^#]*#", "", link)) else ""
      target <- if (nzchar(path)) file.path(dirname(files[i]), path) else files[i]
      if (dir.exists(target)) target <- file.path(target, "index.html")
      if (!file.exists(target)) {
        return(TRUE)
      }
      known <- anchors[[normalizePath(target)]]
      nzchar(anchor) && !is.null(known) && !anchor %in% known
    }, NA)
    if (any(is_dead)) sprintf("%s: %s", basename(files[i]), links[is_dead])
  })
  as.character(unlist(faults))
}

# Markdown without code, mathematics, links' targets, HTML and header.
text_of_markdown <- function(file) {
  lines <- without_fences(readLines(file, warn = FALSE, encoding = "UTF-8"))
  text <- paste(lines, collapse = "\n")
  for (code in c("(?s)\\$\\$.*?\\$\\$", "`[^`]*`", "\\$[^$]+\\$", "\\]\\([^)]*\\)", "<[^>]*>")) {
    text <- gsub(code, " ", text, perl = TRUE)
  }
  strsplit(text, "\n")[[1L]]
}

# Lines of Markdown, empty where they are code or the header.
without_fences <- function(lines) {
  header <- if (grepl("^---", lines[1L])) seq_len(grep("^---", lines)[2L]) else integer()
  fence <- grepl("^ *```", lines)
  lines[fence | cumsum(fence) %% 2L == 1L | seq_along(lines) %in% header] <- ""
  lines
}

# Links of README and NEWS that do not also hold on CRAN's pages, where no file of the sources stands
# beside them but pictures.
dead_markdown_links <- function(file, root = dirname(file)) {
  text <- paste(without_fences(readLines(file, warn = FALSE, encoding = "UTF-8")), collapse = "\n")
  text <- gsub("`[^`]*`", "", text)
  targets <- c(all_matches(text, "(?<=\\]\\()[^) ]+"), all_matches(text, "(?<=src=\")[^\"]+"),
               all_matches(text, "(?<=href=\")[^\"]+"), all_matches(text, "(?m)(?<=^\\[)[^]]+\\]: .*$"))
  targets <- sub("^[^]]*\\]: *", "", targets)
  is_picture <- startsWith(targets, "man/figures/") & file.exists(file.path(root, targets))
  targets[!is_picture & !grepl("^(https?://|mailto:)", targets)]
}

# Vignettes and topics that a text names, and that there are not.
unknown_names <- function(text, vignettes, topics) {
  named <- all_matches(text, "vignette\\([\"'][^\"')]+[\"']\\)")
  pages <- gsub("^[^\"']*.|[\"']\\)$", "", named)
  asked <- sub("^[?]", "", all_matches(text, "(?<=[`\\s])[?][A-Za-z.][A-Za-z0-9._]*(?=[`\\s])"))
  calls <- sub("\\($", "", all_matches(text, "(?<![\\w.:$])nnf?_[a-z0-9_]+\\((?=\\))"))
  c(sprintf("vignette \"%s\"", setdiff(pages, vignettes)),
    sprintf("help page %s", setdiff(c(asked, calls), topics)))
}

# The texts for those who do not see the figures.
images_of_html <- function(html) {
  images <- all_matches(html, "<img\\b[^>]*>")
  images <- images[!grepl("class=\"logo\"", images)]
  ifelse(grepl("\\balt=\"", images), sub(".*\\balt=\"([^\"]*)\".*", "\\1", images), "")
}

images_of_markdown <- function(text) sub("^!\\[(.*)\\]\\($", "\\1", all_matches(text, "!\\[[^]]*\\]\\("))

images_of_help <- function(text) {
  images <- all_matches(gsub("\n", " ", text), "\\\\figure\\{[^}]*\\}(\\{[^}]*\\})?")
  ifelse(grepl("alt=", images), sub(".*alt=[\"']([^\"']*).*", "\\1", images), "")
}

is_described <- function(text) nchar(text) >= 20L & !grepl("^plot of chunk", text)

# The tags of a help page that are of one kind.
tags_of <- function(rd, kind) {
  own <- attr(rd, "Rd_tag")
  inner <- if (is.list(rd)) lapply(rd, tags_of, kind)
  c(if (identical(own, kind)) list(rd), unlist(inner, recursive = FALSE))
}

flat <- function(rd) paste(unlist(rd), collapse = "")

# Links of a help page to topics that no page has: own ones, or those of installed packages.
dead_topics <- function(rd, topics) {
  links <- c(tags_of(rd, "\\link"), tags_of(rd, "\\linkS4class"))
  is_dead <- vapply(links, function(link) {
    option <- flat(attr(link, "Rd_option"))
    text <- flat(link)
    topic <- if (grepl("[=:]", option)) sub("^[^=:]*.", "", option) else text
    package <- sub("[=:].*", "", option)
    if (!nzchar(package)) return(!topic %in% topics && !has_help(topic))
    nzchar(system.file(package = package)) && !has_help(topic, package)
  }, NA)
  vapply(links[is_dead], function(link) paste("\\link to", flat(attr(link, "Rd_option")), flat(link)), "")
}

base_packages <- c("base", "datasets", "graphics", "grDevices", "methods", "stats", "tools", "utils")

# By its alias or, as links across packages may have it, by the name of its page.
has_help <- function(topic, packages = base_packages) {
  any(vapply(packages, function(package) {
    folder <- system.file("help", package = package)
    aliases <- file.path(folder, "aliases.rds")
    file.exists(aliases) && topic %in% unlist(list(names(readRDS(aliases)), readRDS(aliases)))
  }, NA))
}

# The sources that a check or a checkout has at hand: the path of a file or folder, or "".
source_path <- function(path) {
  candidates <- file.path(testthat::test_path("..", ".."), c(path, file.path("00_pkg_src/nnconv", path)))
  c(candidates[file.exists(candidates)], "")[1L]
}
