#!/bin/bash
# Shows that the package, built with the address and undefined-behaviour sanitizers, runs its tests,
# the examples of the help pages and the code of the vignettes without a finding. Run from the top.
# The short version is g++ over the tests of the core and the examples; NNCONV_EXTENDED_TESTS=true
# runs everything, and clang++ as well.
# needs: clang libclang-rt-dev
. tools/harden/helper.sh
mkdir -p "$out/src"
cp -r DESCRIPTION NAMESPACE LICENSE R src inst man tests vignettes "$out/src/"
find "$out/src/src" -name '*.o' -delete -o -name '*.so' -delete

if extended; then
  filter=NULL compilers="g++ clang++"
  vignettes=("$out"/src/vignettes/*.Rmd)
else
  filter='"values|laws|edge|padding|transforms|nnf-backward|examples"' compilers=g++
  vignettes=()
fi

# A library with one overrun and one overflow, which the sanitizers must report.
cat > "$out/wrong.cpp" << 'CPP'
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

for compiler in $compilers; do
  name=${compiler%++}
  library=$out/$name
  mkdir -p "$library"
  sanitize=-fsanitize=address,undefined
  has "$compiler" || { skip "$compiler is not installed"; continue; }
  if [ "$compiler" = g++ ]; then
    runtime="$(g++ -print-file-name=libasan.so) $(g++ -print-file-name=libubsan.so)"
  else
    sanitize="$sanitize -shared-libasan -fno-sanitize=vptr,function"
    runtime=$(clang++ -print-file-name="libclang_rt.asan-$(uname -m).so")
  fi
  [ -e "${runtime%% *}" ] || { skip "the runtime of $compiler's sanitizers is not installed"; continue; }
  flags="-O1 -g -fPIC -fno-omit-frame-pointer $sanitize"
  echo "Builds with $compiler $sanitize."
  cat > "$out/Makevars" << MAKE
CXX17 = $compiler -std=gnu++17
CXX17FLAGS = $flags
SHLIB_CXX17LDFLAGS = -shared $sanitize
PKG_LIBS = -lpthread
MAKE
  if ! R_MAKEVARS_USER=$out/Makevars MAKEFLAGS=-j2 R CMD INSTALL --no-test-load --preclean \
    --library="$library" "$out/src" > "$out/install-$name.log" 2>&1; then
    tail -5 "$out/install-$name.log"
    fail "$compiler: it does not install"
    continue
  fi

  # Does such a build find something at all, and is the package such a build?
  $compiler $flags -shared "$out/wrong.cpp" -o "$out/$name-wrong.so"
  for fault in nnconv_address nnconv_undefined; do
    run_r "$out/$name-$fault" "dyn.load('$out/$name-wrong.so'); .C('$fault', 16L)"
    [ -n "$(found_in "$out/$name-$fault")" ] || fail "$compiler: a planted fault is not found, $fault"
  done
  calls=$(nm -D "$library/nnconv/libs/nnconv.so" | grep -cE '__asan_report|__ubsan_handle')
  [ "$calls" -gt 10 ] || fail "$compiler: the package asks no runtime"

  cat > "$out/run.R" << R
library(testthat)
library(nnconv)
results <- as.data.frame(test_dir(
  "$out/src/tests/testthat", package = "nnconv", load_package = "installed", filter = $filter,
  reporter = "silent", stop_on_failure = FALSE
))
bad <- results[results\$failed > 0 | results\$error, c("file", "test")]
if (nrow(bad)) print(bad)
cat("tests:", sum(results\$nb), "bad:", nrow(bad), "\n")
setwd("$out/src/vignettes")
for (vignette in strsplit("${vignettes[*]}", " ")[[1]]) {
  knitr::opts_chunk\$set(error = FALSE) # but where a chunk shows one
  knitr::knit(vignette, tempfile(), envir = new.env(parent = globalenv()), quiet = TRUE)
  knitr::opts_chunk\$restore()
  cat("vignette:", basename(vignette), "\n")
}
cat("complete\n")
R
  run_r "$out/$name" "source('$out/run.R')"
  grep -E '^(tests|vignette):' "$out/$name.out"
  found=$(found_in "$out/$name" | sort | uniq -c)
  [ -z "$found" ] || { echo "$found" | head -20; fail "$compiler: findings"; }
  grep -q '^complete$' "$out/$name.out" || { tail -15 "$out/$name.out"; fail "$compiler: it ended early"; }
  grep -q '^tests: .* bad: 0 ' "$out/$name.out" || fail "$compiler: tests"
done
finish
