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

. tools/check-settings.sh
export NOT_CRAN=true  # skip_on_cran() skips nothing

(cd build && R CMD build "${build_options[@]}" .. && R CMD check "${check_options[@]}" nnconv_*.tar.gz)

Rscript tools/test-report.R "$lint" "$((SECONDS - begin))" | tee build/test-summary
exit "${PIPESTATUS[0]}"
