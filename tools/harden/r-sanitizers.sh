#!/bin/bash
# Shows that the package, built with the address and undefined-behaviour sanitizers, runs its tests,
# the examples of the help pages and the code of the vignettes without a finding. Run from the top.
# The short version is g++ over the tests of the core and the examples; NNCONV_EXTENDED_TESTS=true
# runs everything, and clang++ as well.
# needs: clang libclang-rt-dev
set -u
scratch=$PWD/build/harden/r-sanitizers
rm -rf "$scratch" && mkdir -p "$scratch/src"
cp -r DESCRIPTION NAMESPACE LICENSE R src inst man tests vignettes "$scratch/src/"
find "$scratch/src/src" -name '*.o' -delete -o -name '*.so' -delete
missed=0

if [ "${NNCONV_EXTENDED_TESTS:-}" = true ]; then
  filter=NULL compilers="g++ clang++" what="tests, examples, vignettes"
  vignettes=("$scratch"/src/vignettes/*.Rmd)
else
  filter='"values|laws|edge|padding|transforms|nnf-backward|examples"' compilers=g++
  what="tests of the core, examples" vignettes=()
fi

# A library with one overrun and one overflow, which the sanitizers must report.
cat > "$scratch/wrong.cpp" << 'CPP'
#include <cstdlib>
extern "C" void nnconv_address(int* at) {
  volatile char* block = static_cast<char*>(std::malloc(16));
  *at = block[*at];
  std::free(const_cast<char*>(block));
}
extern "C" void nnconv_undefined(int* at) {
  *at = *at + 2147483647;
}
CPP

# Runs R code with the runtimes loaded first; what they find goes to files of one prefix, or is
# printed: g++'s undefined-behaviour runtime prints when the other one is there.
run_r() {
  local findings=$1 code=$2
  LD_PRELOAD="$runtime" ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1:log_path=$findings" \
    UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=0:log_path=$findings" NNCONV_EXTENDED_TESTS='' \
    R_LIBS="$library:${R_LIBS:-}" NNCONV_SANITIZED=1 NOT_CRAN=true Rscript -e "$code" \
    > "$findings.out" 2>&1
}

found_in() { cat "$1".* 2> /dev/null | grep -E 'runtime error:|ERROR: AddressSanitizer'; }

row() {
  local status=ok
  [ "$4" = ok ] || status=missed
  [ "$4" = ok ] || missed=1
  echo "row: $1 | $2 | $3 | $status"
}

for compiler in $compilers; do
  name=${compiler%++}
  test="sanitizers, $compiler: $what"
  library=$scratch/$name
  mkdir -p "$library"
  sanitize=-fsanitize=address,undefined
  if ! command -v "$compiler" > /dev/null; then
    echo "row: $test | 0 findings | $compiler is not installed | not run"
    continue
  fi
  if [ "$compiler" = g++ ]; then
    runtime="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
  else
    sanitize="$sanitize -shared-libasan -fno-sanitize=vptr,function"
    runtime=$(clang++ -print-file-name="libclang_rt.asan-$(uname -m).so")
  fi
  if ! [ -e "${runtime%% *}" ]; then
    echo "row: $test | 0 findings | the runtime of $compiler's sanitizers is not installed | not run"
    continue
  fi
  flags="-O1 -g -fPIC -fno-omit-frame-pointer $sanitize"
  echo "Builds with $compiler $sanitize."
  cat > "$scratch/Makevars" << MAKE
CXX17 = $compiler -std=gnu++17
CXX17FLAGS = $flags
SHLIB_CXX17LDFLAGS = -shared $sanitize
PKG_LIBS = -lpthread
MAKE
  if ! R_MAKEVARS_USER=$scratch/Makevars MAKEFLAGS=-j2 R CMD INSTALL --no-test-load --preclean \
    --library="$library" "$scratch/src" > "$scratch/install-$name.log" 2>&1; then
    tail -5 "$scratch/install-$name.log"
    row "$test" "0 findings" "does not install" no
    continue
  fi

  # Does such a build find something at all, and is the package such a build?
  $compiler $flags -shared "$scratch/wrong.cpp" -o "$scratch/$name-wrong.so"
  for fault in nnconv_address nnconv_undefined; do
    run_r "$scratch/$name-$fault" "dyn.load('$scratch/$name-wrong.so'); .C('$fault', 16L)"
    found=$(found_in "$scratch/$name-$fault" | wc -l)
    row "sanitizers, $compiler: finds a planted fault (${fault#nnconv_})" "1 finding" "$found" \
      "$([ "$found" -gt 0 ] && echo ok)"
  done
  calls=$(nm -D "$library/nnconv/libs/nnconv.so" | grep -cE '__asan_report|__ubsan_handle')
  row "sanitizers, $compiler: the package asks the runtime" "> 10 entries" "$calls" \
    "$([ "$calls" -gt 10 ] && echo ok)"

  cat > "$scratch/run.R" << R
library(testthat)
library(nnconv)
results <- as.data.frame(test_dir(
  "$scratch/src/tests/testthat", package = "nnconv", load_package = "installed", filter = $filter,
  reporter = "silent", stop_on_failure = FALSE
))
bad <- results[results\$failed > 0 | results\$error, c("file", "test")]
if (nrow(bad)) print(bad)
cat("tests:", sum(results\$nb), "bad:", nrow(bad), "\n")
setwd("$scratch/src/vignettes")
for (vignette in strsplit("${vignettes[*]}", " ")[[1]]) {
  knitr::opts_chunk\$set(error = FALSE) # but where a chunk shows one
  knitr::knit(vignette, tempfile(), envir = new.env(parent = globalenv()), quiet = TRUE)
  knitr::opts_chunk\$restore()
  cat("vignette:", basename(vignette), "\n")
}
cat("complete\n")
R
  run_r "$scratch/$name" "source('$scratch/run.R')"
  grep -E '^(tests|vignette):' "$scratch/$name.out"
  found=$(found_in "$scratch/$name" | wc -l)
  found_in "$scratch/$name" | sort | uniq -c | head -20
  row "$test" "0 findings" "$found" "$([ "$found" -eq 0 ] && echo ok)"
  bad=$(sed -n 's/^tests: \([0-9]*\) bad: \([0-9]*\).*/\2 of \1/p' "$scratch/$name.out")
  complete=$(grep -c '^complete$' "$scratch/$name.out")
  [ "$complete" = 1 ] || tail -15 "$scratch/$name.out"
  row "sanitizers, $compiler: expectations that fail" "0" "${bad:-the run ended early}" \
    "$([ "$complete" = 1 ] && [ "${bad%% *}" = 0 ] && echo ok)"
done
exit $missed
