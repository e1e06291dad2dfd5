# The demonstration: a picture is made smaller by 2, and larger again bicubically and by the
# trained network that comes with the package. Prints shapes, times and how close the results come
# to the original; writes a picture of a detail. Run by `make demo`.

source("tools/photo.R")

cat(picture$what, ": ", paste(dim(photo), collapse = " x "), " (channels, height, width)\n", sep = "")
seconds <- function(expr) system.time(expr)[["elapsed"]]

layers <- resamplers(2, 3)
small <- clip(layers$down(photo))
cat("made smaller by 2:", paste(dim(small), collapse = " x "), "\n\n")

net <- nn_pretrained("upscale2x")
print(net)

time_bicubic <- seconds(bicubic <- clip(layers$up(small)))
time_network <- seconds(network <- nn_enlarge(small, "CHW", net))
net$to(dtype = "float32")
time_single <- seconds(nn_enlarge(small, "CHW", net))

report <- function(name, time, result) {
  decibels <- psnr(luminance(result), luminance(photo), 2)
  cat(sprintf("%-18s %5.2f s   PSNR of the luminance %.2f dB\n", name, time, decibels))
}
cat("\nenlarged to", paste(dim(network), collapse = " x "), "\n")
report("bicubic", time_bicubic, bicubic)
report("network, float64", time_network, network)
report("network, float32", time_single, nn_enlarge(small, "CHW", net))

dir.create("build", showWarnings = FALSE)
out <- file.path("build", "demo.png")
if (capabilities("png")) {
  draw_pictures(
    list("made smaller by 2" = detail(small, 2), "bicubic" = detail(bicubic),
         "by the network" = detail(network), "the original" = detail(photo)),
    out, width = 1640, height = 440
  )
  cat("\npicture:", out, "\n")
} else {
  cat("\nNo picture of a detail: this R draws no PNG files.\n")
}
