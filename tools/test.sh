#!/bin/bash
# Lints, builds the package, and checks it as CRAN does, with every test run inside the check.
# The last line is "N passed, N failed"; tools/test-report.R says what counts.
set -u
cd "$(dirname "$0")/.." || exit 1
mkdir -p build
rm -rf build/nnconv.Rcheck build/nnconv_*.tar.gz build/test-summary
begin=$SECONDS

. tools/check-settings.sh
export NOT_CRAN=true  # skip_on_cran() skips nothing

# Beside the package's building and what the check does first, most of which take one processor; it is
# over long before the tests that run alone (tests/testthat.R).
Rscript tools/lint.R > build/lint.log 2>&1 &
linter=$!

(cd build && R CMD build "${build_options[@]}" .. && R CMD check "${check_options[@]}" nnconv_*.tar.gz)

wait "$linter"
lint=$?
cat build/lint.log

Rscript tools/test-report.R "$lint" "$((SECONDS - begin))" | tee build/test-summary
exit "${PIPESTATUS[0]}"
