#!/bin/bash
# Lints, builds the package, and checks it as CRAN does, with every test run inside the check.
# The last line is "N passed, N failed"; tools/test-report.R says what counts.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
rm -rf build/nnconv.Rcheck build/nnconv_*.tar.gz build/test-summary
begin=$SECONDS

Rscript tools/lint.R
lint=$?

has() { command -v "$1" > /dev/null 2>&1; }
build=() check=(--as-cran)
if ! has pandoc && [ -z "${RSTUDIO_PANDOC:-}" ]; then
  echo "No pandoc: vignettes are skipped."
  build+=(--no-build-vignettes)
  check+=(--ignore-vignettes)
fi
if ! has pdflatex || [ -z "$(kpsewhich inconsolata.sty 2> /dev/null)" ]; then
  check+=(--no-manual)
fi

export NOT_CRAN=true             # skip_on_cran() skips nothing
export LANG=${LANG:-C.UTF-8}
export MAKEFLAGS=-j2

# Compiled as by CRAN, but without debug symbols, which would only count in the size of the package.
printf 'CXX%sFLAGS = -O2 -Wall -pedantic\n' "" 14 17 20 > build/Makevars
export R_MAKEVARS_USER=$PWD/build/Makevars

export _R_CHECK_SYSTEM_CLOCK_=false  # asks a server
export _R_CHECK_CRAN_INCOMING_REMOTE_=false
export _R_CHECK_FORCE_SUGGESTS_=false
export _R_CHECK_LIMIT_CORES_=true
export _R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_CODETOOLS_PROFILE_="suppressPartialMatchArgs=false"
export _R_CHECK_CONNECTIONS_LEFT_OPEN_=true
export _R_CHECK_THINGS_IN_TEMP_DIR_=true
export _R_CHECK_SHLIB_OPENMP_FLAGS_=true
export _R_CHECK_PRAGMAS_=true
export _R_CHECK_COMPILATION_FLAGS_=true
export _R_CHECK_RD_VALIDATE_RD2HTML_=true

(cd build && R CMD build "${build[@]}" .. && R CMD check "${check[@]}" nnconv_*.tar.gz)

Rscript tools/test-report.R "$lint" "$((SECONDS - begin))" | tee build/test-summary
exit "${PIPESTATUS[0]}"
