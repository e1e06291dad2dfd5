# Regenerates what is generated: src/RcppExports.cpp, R/RcppExports.R, NAMESPACE and man/.
# Run from the top of the repository: Rscript tools/document.R

Rcpp::compileAttributes(".")

# The generated file includes all of RcppEigen.h, which it does not need and which prints pages of
# warnings of Eigen's own when users install the package.
exports <- "src/RcppExports.cpp"
lines <- readLines(exports)
writeLines(lines[lines != "#include <RcppEigen.h>"], exports)

roxygen2::roxygenise(".", load_code = "source")
