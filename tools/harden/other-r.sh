#!/bin/bash
# Shows that the package installs without warnings and passes its tests with other versions of R than
# the one here: those of NNCONV_OTHER_R, paths to R divided by spaces, whose libraries have Rcpp,
# RcppEigen and testthat. R's own development version is made from its sources.
#
#     NNCONV_OTHER_R="$HOME/r-devel/bin/R" Rscript tools/harden.R other-r
set -u
scratch=$PWD/build/harden/other-r
missed=0

row() {
  echo "row: $1 | $2 | $3 | $([ "$4" = yes ] && echo ok || echo missed)"
  [ "$4" = yes ] || missed=1
}

if [ -z "${NNCONV_OTHER_R:-}" ]; then
  echo "row: other versions of R | 0 warnings, 0 failures | NNCONV_OTHER_R names none | not run"
fi
unset R_LIBS  # packages of one R are not another's
for r in ${NNCONV_OTHER_R:-}; do
  version=$("$r" --vanilla -s -e 'cat(R.version$version.string)')
  number=$("$r" --vanilla -s -e 'cat(R.version$`svn rev`)')
  folder=$scratch/r$number
  rm -rf "$folder"
  mkdir -p "$folder/library" "$folder/source"
  cp -r DESCRIPTION NAMESPACE LICENSE R src inst man tests "$folder/source/"
  find "$folder/source/src" \( -name '*.o' -o -name '*.so' \) -delete
  MAKEFLAGS=-j2 "$r" CMD INSTALL \
    --library="$folder/library" "$folder/source" > "$folder/install.log" 2>&1
  warnings=$(grep -ciE 'warning|error' "$folder/install.log")
  row "$version: warnings of the installation" 0 "$warnings" \
    "$([ "$warnings" = 0 ] && [ -d "$folder/library/nnconv/libs" ] && echo yes)"
  NOT_CRAN=true NNCONV_EXTENDED_TESTS='' "$r" -s -e "
    .libPaths(c('$folder/library', .libPaths()))
    suppressMessages(library(nnconv))
    results <- as.data.frame(testthat::test_dir(
      '$folder/source/tests/testthat', package = 'nnconv', load_package = 'installed',
      reporter = 'silent', stop_on_failure = FALSE
    ))
    bad <- results[results\$failed > 0 | results\$error, c('file', 'test')]
    if (nrow(bad)) print(bad)
    cat('tests:', nrow(bad), 'of', sum(results\$nb), sprintf('(%d tests skipped)', sum(results\$skipped)))
  " > "$folder/tests.log" 2>&1
  found=$(sed -n 's/^tests: //p' "$folder/tests.log")
  grep -v '^tests:' "$folder/tests.log" | tail -n 20
  row "$version: tests that fail" "0" "${found:-the run ended early}" \
    "$([ "${found%% *}" = 0 ] && echo yes)"
done
exit "$missed"
