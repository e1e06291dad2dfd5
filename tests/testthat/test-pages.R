# Every page that people read: help pages, vignettes, README and NEWS, rendered and read again for code
# that was not evaluated, sentences without an end, links that lead nowhere and figures without words.

pages <- tools::Rd_db("nnconv")

aliases_of <- function(page) vapply(tags_of(page, "\\alias"), flat, "")

topics <- unique(unlist(lapply(pages, aliases_of)))

vignette_sources <- function() {
  folder <- source_path("vignettes")
  if (!nzchar(folder)) folder <- system.file("doc", package = "nnconv")
  list.files(folder, "\\.Rmd$", full.names = TRUE)
}

# The vignettes as the installed package has them, or made from the sources.
rendered_vignettes <- local({
  made <- NULL
  function() {
    installed <- list.files(system.file("doc", package = "nnconv"), "\\.html$", full.names = TRUE)
    installed <- installed[basename(installed) != "index.html"] # R's own list of them
    if (length(installed)) {
      return(installed)
    }
    if (is.null(made)) {
      skip_if_not_installed("knitr")
      skip_if_not_installed("rmarkdown")
      skip_if_not(rmarkdown::pandoc_available("1.14"), "pandoc is not installed")
      sources <- vignette_sources()
      skip_if(length(sources) == 0L, "the vignettes are not at hand")
      folder <- tempfile("vignettes")
      file.copy(dirname(sources[1L]), dirname(folder), recursive = TRUE)
      file.rename(file.path(dirname(folder), "vignettes"), folder)
      sources <- list.files(folder, "\\.Rmd$", full.names = TRUE)
      said <- lapply(sources, function(source) {
        in_fresh_process(sprintf("rmarkdown::render('%s', quiet = TRUE)", source), env = paste0(
          "R_LIBS=", shQuote(paste(.libPaths(), collapse = .Platform$path.sep))
        ))
      })
      made <<- sub("Rmd$", "html", sources)
      failed <- !file.exists(made)
      if (any(failed)) stop(paste(c(basename(made)[failed], unlist(said[failed])), collapse = "\n"))
    }
    made
  }
})

html_of_help <- function(page) {
  file <- withr::local_tempfile()
  tools::Rd2HTML(page, file, package = "nnconv", stages = c("build", "install", "render"))
  read_text(file)
}

html_of_markdown <- function(file) {
  skip_if_not_installed("rmarkdown")
  skip_if_not(rmarkdown::pandoc_available("2.0"), "pandoc is not installed")
  made <- withr::local_tempfile(fileext = ".html")
  rmarkdown::pandoc_convert(normalizePath(file), to = "html", from = "gfm", output = made)
  read_text(made)
}

at_hand <- function(file) {
  path <- source_path(file)
  skip_if(!nzchar(path), paste(file, "is not at hand"))
  path
}

none <- character()

test_that("faults in pages are found", {
  expect_found <- function(html, look, is_fault = TRUE) {
    found <- look(paste0("<body>", html, "</body>"))
    expect_identical(length(found) > 0, is_fault, label = html)
  }
  for (fault in c(
    "<p>mean over <code>r length(x)</code> shapes.</p>", "<p>Over `r length(x)` shapes.</p>",
    "<p>Over <code>r\nlength(x)</code> shapes.</p>", "<p>Uses \\code{x}.</p>", "<p>Says **more**.</p>",
    "<p>See [here](there.html).</p>", "<p>A sum $$x^2$$.</p>", "<p>With \\(x\\).</p>",
    "<li>A `word`.</li>", "<p>Costs $\\frac{1}{2}$.</p>"
  )) expect_found(fault, unevaluated_code)
  for (good in c(
    "<pre><code>`r x` **a** \\code{x}</code></pre>", "<p>The letter <code>r</code> in <code>right</code>.</p>",
    "<p>Takes <code>x[[1]](y)</code> and <code>\\dontrun{}</code>.</p>", "<p>It costs $5 and 2 * 3.</p>",
    "<script>a(`r b`)</script><p>Fine.</p>", "<math>\\frac{a}</math>"
  )) expect_found(good, unevaluated_code, FALSE)

  for (fault in c(
    "<p>Both in R's order of arrays, so that</p><p>This holds.</p>", "<p>Ends in the middle</p>",
    "<ul><li>one thing.</li><li>and another</li></ul>", "<h2>A heading.</h2><p>Text is here.</p>",
    "<p>It is as follows:</p><h2>Next</h2>", "<p>It is as follows:</p>", "<p>First, second,</p>",
    "<dl><dt>x</dt><dd><p>A number of</p></dd></dl>"
  )) expect_found(fault, unfinished_sentences)
  for (good in c(
    "<p>A sentence.</p>", "<p>(Another one.)</p>", "<p>As follows:</p><pre>1</pre>",
    "<p>As follows:</p><ul><li>A thing.</li></ul>", "<p><code>word</code></p>", "<h2>What? Why?</h2>",
    "<p>The layer adds</p>\n<p style=\"text-align: center;\"><code class=\"reqn\">x</code>\n</p>\n<p>over i.</p>",
    "<p>See <a href=\"x\">there</a>.</p>", "<nav><ul><li>a b</li></ul></nav>"
  )) expect_found(good, unfinished_sentences, FALSE)

  expect_identical(images_of_html("<img src='a'><img alt=\"A cat that sits on a mat.\" src='b'>"),
                   c("", "A cat that sits on a mat."))
  expect_identical(is_described(c("", "A cat that sits on a mat.", "plot of chunk cat-on-a-mat")),
                   c(FALSE, TRUE, FALSE))
})

test_that("dead links are found", {
  folder <- withr::local_tempdir()
  write_page <- function(name, text) writeLines(text, file.path(folder, name))
  write_page("a.html", c("<h2 id=\"top\">A</h2><a href=\"#top\">1</a><a href='b.html#low'>2</a>",
                         "<a href=\"https://example.org/x\">3</a><a href=\"b.html\">4</a><img src=\"a.html\">"))
  write_page("b.html", c("<h2 id='low'>B</h2><a href=\"#no\">1</a><a href=\"a.html#nor\">2</a>",
                         "<a href=\"c.html\">3</a><img src=\"c%20d.png\"><a href=\"a.html?x#top\">4</a>"))
  files <- file.path(folder, c("a.html", "b.html"))
  expect_identical(dead_links(files[1]), none)
  expect_identical(dead_links(files),
                   paste0("b.html: ", c("#no", "a.html#nor", "c.html", "c%20d.png")))

  dir.create(file.path(folder, "man/figures"), recursive = TRUE)
  write_page("man/figures/b.png", "")
  write_page("README.md", c("[a](https://example.org) ![b](man/figures/b.png) ![c](man/figures/c.png)",
                            "[d](b.html) `[e](e.html)`", "```", "[f](f.html)", "```", "[g]: NEWS.md",
                            "<img src=\"man/figures/b.png\"> <a href=\"a.html\">h</a>"))
  expect_identical(dead_markdown_links(file.path(folder, "README.md")),
                   c("man/figures/c.png", "b.html", "a.html", "NEWS.md"))

  text <- "See `vignette(\"one\")`, vignette('two'), `?three`, `?four`, `nn_five()`, `torch::nn_six()`."
  expect_identical(unknown_names(text, "one", c("four", "nnf_pad")),
                   c("vignette \"two\"", "help page three", "help page nn_five"))
  expect_identical(unknown_names(text, c("one", "two"), c("three", "four", "nn_five")), none)

  page <- withr::local_tempfile(fileext = ".Rd", lines = c(
    "\\name{a}\\title{A}\\description{\\link{a}, \\link{nowhere}, \\code{\\link[=no]{a}},",
    "\\link[stats]{lm}, \\link[stats:lm]{x}, \\link[stats]{lmm}, \\link{mean}, \\link[no.pkg]{x}.}"
  ))
  expect_identical(dead_topics(tools::parse_Rd(page), "a"),
                   c("\\link to  nowhere", "\\link to =no a", "\\link to stats lmm"))
})

for (name in names(pages)) {
  test_that(paste(name, "is evaluated and finished, and its links lead to pages"), {
    html <- html_of_help(pages[[name]])
    expect_identical(unevaluated_code(html), none)
    expect_identical(unfinished_sentences(html), none)
    expect_identical(dead_topics(pages[[name]], topics), none)
    expect_identical(unknown_names(plain_text(html), sub("\\.Rmd$", "", basename(vignette_sources())), topics),
                     none)
    text <- withr::local_tempfile()
    tools::Rd2txt(pages[[name]], text, package = "nnconv", stages = c("build", "install", "render"),
                  options = list(underline_titles = FALSE))
    expect_identical(all_matches(read_text(text), "\\\\[A-Za-z]+\\{[^\n]*"), none)
    title <- trimws(flat(tags_of(pages[[name]], "\\title")[[1L]]))
    expect_match(title, "[^.,:;]$")
    expect_true(all(is_described(images_of_help(paste(as.character(pages[[name]]), collapse = "")))))
  })
}

test_that("the package's own description is finished", {
  description <- utils::packageDescription("nnconv")
  expect_match(description$Title, "[^.,:;]$")
  expect_match(gsub("\\s+", " ", description$Description), "\\.$")
})

test_that("README and NEWS are evaluated and finished, and their links hold on CRAN too", {
  topics <- union(topics, getNamespaceExports("nnconv"))
  vignettes <- sub("\\.Rmd$", "", basename(vignette_sources()))
  for (file in c("README.md", "NEWS.md")) {
    path <- at_hand(file)
    expect_identical(dead_markdown_links(path), none)
    expect_identical(unknown_names(read_text(path), vignettes, topics), none)
    expect_true(all(is_described(images_of_markdown(read_text(path)))))
    html <- html_of_markdown(path)
    expect_identical(unevaluated_code(html), none)
    expect_identical(unfinished_sentences(html), none)
  }
})

test_that("vignettes have an entry in the index, and name what there is", {
  sources <- vignette_sources()
  skip_if(length(sources) == 0L, "the vignettes are not at hand")
  vignettes <- sub("\\.Rmd$", "", basename(sources))
  for (source in sources) {
    text <- read_text(source)
    expect_match(text, "%\\VignetteIndexEntry{", fixed = TRUE)
    # Names of torch's, which are those of ours, stand in one of them.
    known <- if (grepl("coming-from-torch", source)) all_matches(text, "nnf?_[a-z0-9_]+") else topics
    expect_identical(unknown_names(text, vignettes, union(known, topics)), none, label = basename(source))
  }
})

test_that("vignettes are evaluated and finished, and their links and figures are there", {
  skip_on_cran()
  files <- rendered_vignettes()
  expect_identical(dead_links(files), none)
  for (file in files) {
    html <- read_text(file)
    expect_identical(unevaluated_code(html), none, label = basename(file))
    expect_identical(unfinished_sentences(html), none, label = basename(file))
    expect_true(all(is_described(images_of_html(html))), label = basename(file))
  }
})
