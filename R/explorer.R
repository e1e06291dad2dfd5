# Explorer: a shiny app that shows a layer's arithmetic while its arguments change.
#
# inst/explorer holds the app's style sheet and the script for its native sliders. The layer itself
# checks the arguments; the app shows the message of a refusal.

#' Explore a layer's arithmetic in a browser
#'
#' Opens an app in the browser with a slider for each argument of a layer. It shows the live
#' picture of [plot.nnconv_arithmetic()], the size formula with the numbers filled in, and
#' the call that makes the layer, ready to copy. If the layer refuses a combination of
#' arguments, the app shows the error's message.
#'
#' The app works by keyboard and on a phone, and follows the system's light or dark mode.
#'
#' @param layer A layer to start with, or `NULL` for a transposed convolution with kernel
#'   size 3 and stride 2.
#' @param input Height and width of the input to start with, in cells: one whole number for
#'   both, or two.
#'
#' @inheritSection nn_arithmetic Formula
#'
#' @return An app of the package shiny. Printing it, as the console does, starts it.
#'
#' @section Errors:
#' Signals a classed [nnconv_error] if the package shiny is missing, `layer` is not a layer,
#' or `input` is not one or two whole numbers.
#'
#' @references Dumoulin and Visin (2016), *A guide to convolution arithmetic for deep
#'   learning*, <https://arxiv.org/abs/1603.07285>; W3C (2018), *Web content
#'   accessibility guidelines 2.1*, <https://www.w3.org/TR/WCAG21/>.
#'
#' @examples
#' if (interactive()) {
#'   conv_explorer()
#'   conv_explorer(nn_conv2d(1, 1, 3, padding = 1, padding_mode = "circular"), input = 6)
#' }
#' # The size of the result that the app shows at the start
#' nn_arithmetic(nn_conv_transpose2d(1, 1, 3, stride = 2), 5)$result_size
#' #> [1] 11 11
#' @export
conv_explorer <- function(layer = NULL, input = c(5, 5)) {
  need_package("shiny", "for the explorer")
  if (is.null(layer)) layer <- nn_conv_transpose2d(1, 1, 3, stride = 2)
  config <- config_of(check_layer(layer, "layer"))
  shiny::shinyApp(explorer_page(config, check_pair(input, "input", 1)), explorer_server)
}

explorer_limits <- list(
  input = c(1, 12), kernel_size = c(1, 7), stride = c(1, 5), padding = c(0, 6),
  output_padding = c(0, 4), dilation = c(1, 4), in_channels = c(1, 12), out_channels = c(1, 12),
  groups = c(1, 6)
)
explorer_pairs <- names(explorer_limits)[1:6]

explorer_page <- function(config, input) {
  tags <- shiny::tags
  page <- shiny::tagList(
    tags$head(
      tags$title("nnconv: what a layer does"),
      tags$meta(name = "viewport", content = "width=device-width, initial-scale=1"),
      tags$style(shiny::HTML(explorer_file("explorer.css"))),
      tags$script(shiny::HTML(explorer_file("explorer.js")))
    ),
    tags$main(tags$h1("What a layer does"), arguments_form(config, input), picture_section())
  )
  structure(page, lang = "en")
}

# Makes the sliders and choices for the arguments, starting from `config` and `input`.
arguments_form <- function(config, input) {
  tags <- shiny::tags
  is_same <- identical(config$padding, "same")
  start <- c(list(input = input, output_padding = c(0, 0)), hyper_parameters(config))
  start$padding <- if (is.character(config$padding)) c(0, 0) else config$pads[c(1L, 3L)]
  apart <- any(vapply(start[explorer_pairs], function(pair) pair[1L] != pair[2L], NA))
  pair <- function(name) pair_of_sliders(name, start[[name]])
  single <- function(name) limited_slider(name, name, start[[name]], name)
  tags$form(
    `aria-label` = "Arguments of the layer", onsubmit = "return false;",
    native_choice("layer", "layer", c(
      "transposed convolution" = "nn_conv_transpose2d", "convolution" = "nn_conv2d"
    ), paste0("nn_", config$layer)),
    pair("input"), pair("kernel_size"), pair("stride"), pair("padding"),
    shiny::checkboxInput("same", "padding = \"same\"", is_same),
    shiny::conditionalPanel("input.layer == 'nn_conv_transpose2d'", pair("output_padding")),
    pair("dilation"),
    native_choice("padding_mode", "padding_mode", padding_modes, config$padding_mode),
    shiny::checkboxInput("apart", "height and width apart", apart),
    tags$details(
      tags$summary("channels"), single("in_channels"), single("out_channels"), single("groups")
    )
  )
}

# Makes the part with the picture, its choices, the messages, the call and the size formula.
picture_section <- function() {
  tags <- shiny::tags
  tags$section(
    `aria-label` = "Picture", class = "picture",
    tags$div(
      class = "view",
      native_choice("view", "picture", c(
        "the whole" = "whole", "step by step" = "step", "along the height" = "height",
        "along the width" = "width"
      ), "whole"),
      shiny::conditionalPanel(
        "input.view == 'step'", range_input("step", "step", 1, 1, 1),
        tags$button(id = "play", type = "button", `aria-pressed` = "false", "play")
      )
    ),
    tags$div(role = "alert", class = "refusal", shiny::textOutput("refusal")),
    tags$div(role = "status", class = "note", shiny::textOutput("note")),
    shiny::plotOutput("picture", height = "auto"),
    tags$div(
      class = "code", shiny::verbatimTextOutput("call", placeholder = TRUE),
      tags$button(id = "copy", type = "button", "copy")
    ),
    shiny::verbatimTextOutput("law", placeholder = TRUE)
  )
}

native_choice <- function(id, label, choices, selected) {
  shiny::selectInput(id, label, choices, selected, selectize = FALSE)
}

# Makes a slider for the height or both axes, and one for the width that appears on demand.
pair_of_sliders <- function(name, value) {
  shiny::tags$div(
    class = "pair", `data-for` = name, limited_slider(name, name, value[1L], name),
    shiny::conditionalPanel("input.apart", limited_slider(
      paste0(name, "_width"), paste(name, "(width)"), value[2L], name
    ))
  )
}

# Makes a slider for an argument's limits, extended to `value` if that is larger.
limited_slider <- function(id, label, value, argument) {
  limit <- explorer_limits[[argument]]
  range_input(id, label, value, limit[1L], max(limit[2L], value))
}

explorer_file <- function(name) {
  path <- system.file("explorer", name, package = "nnconv")
  paste(readLines(path, encoding = "UTF-8"), collapse = "\n")
}

# Makes a native slider, which keyboards, phones and screen readers support; explorer.js binds it.
range_input <- function(id, label, value, min, max) {
  tags <- shiny::tags
  tags$div(
    class = "slider", tags$label(`for` = id, label),
    tags$input(id = id, type = "range", class = "nnconv-range", min = min, max = max, step = 1,
               value = value),
    tags$output(`for` = id, value)
  )
}

# Returns the call that the sliders spell, with its layer's arithmetic or the refusal's message.
explorer_state <- function(input) {
  pair <- function(name) {
    as.double(c(input[[name]], if (isTRUE(input$apart)) input[[paste0(name, "_width")]]))
  }
  is_transposed <- input$layer == "nn_conv_transpose2d"
  arguments <- list(
    as.double(input$in_channels), as.double(input$out_channels), kernel_size = pair("kernel_size"),
    stride = pair("stride"), padding = pair("padding"), dilation = pair("dilation"),
    groups = as.double(input$groups), padding_mode = input$padding_mode
  )
  if (isTRUE(input$same)) arguments$padding <- "same"
  if (is_transposed) arguments$output_padding <- pair("output_padding")
  make <- if (is_transposed) nn_conv_transpose2d else nn_conv2d
  is_default <- vapply(names(arguments), function(name) {
    nzchar(name) && identical(arguments[[name]], formals(make)[[name]])
  }, NA)
  text <- deparse1(as.call(c(as.name(input$layer), arguments[!is_default])))
  tryCatch({
    layer <- do.call(make, arguments)
    text <- format(layer)
    list(call = text, arithmetic = nn_arithmetic(layer, pair("input")))
  }, nnconv_error = function(refusal) list(call = text, refusal = conditionMessage(refusal)))
}

explorer_server <- function(input, output, session) {
  state <- shiny::reactive(explorer_state(input))
  arithmetic <- shiny::reactive({
    shiny::req(is.null(state()$refusal))
    state()$arithmetic
  })
  steps <- shiny::reactive(prod(sizes_of(arithmetic())$small))
  shiny::observe(session$sendInputMessage("step", list(max = steps())))
  step <- shiny::reactive(if (identical(input$view, "step")) max(1, min(input$step, steps())))
  output$refusal <- shiny::renderText(state()$refusal)
  output$note <- shiny::renderText({
    note <- uneven_note(arithmetic())
    if (!is.null(note)) named_note(note)
  })
  output$call <- shiny::renderText(state()$call)
  output$law <- shiny::renderText({
    paste(utils::capture.output(print(arithmetic()))[-1L], collapse = "\n")
  })
  output$picture <- shiny::renderPlot(
    {
      ink <- if (isTRUE(input$dark)) "#EDEDED" else "#1A1A1A"
      old <- graphics::par(fg = ink)
      on.exit(graphics::par(old))
      along <- if (input$view %in% c("height", "width")) input$view
      plot(arithmetic(), step = step(), along = along, main = NULL)
    },
    height = function() {
      picture_height(state()$arithmetic, input$view, session$clientData$output_picture_width)
    },
    res = 96, bg = "transparent",
    alt = shiny::reactive(describe_arithmetic(arithmetic(), step()))
  )
  # Shiny suspends hidden outputs, and the style sheet hides these while they are empty.
  for (name in c("call", "law")) shiny::outputOptions(output, name, suspendWhenHidden = FALSE)
}

# Returns the height that the cells and the legend need, in pixels like `width`.
picture_height <- function(a, view, width) {
  if (is.null(a) || view %in% c("height", "width")) {
    return(max(260, 0.5 * width))
  }
  layout <- layout_of(a, stacked = FALSE)
  max(240, min(1.2 * width, 0.75 * width + 120, width * layout$height / layout$width + 120))
}

# Describes the picture in words, as its alternative text.
describe_arithmetic <- function(a, step) {
  what <- sprintf(
    "Grids of cells: input %s, result %s, in which a cell sums %s products.",
    shape_label(a$input_size), shape_label(a$result_size), in_range_of(a$products)
  )
  note <- uneven_note(a)
  paste(c(what, if (!is.null(step)) sprintf("Step %s.", in_full(step)),
          if (!is.null(note)) paste0(named_note(note), ".")), collapse = " ")
}
