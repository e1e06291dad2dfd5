#!/bin/bash
# Shows that no call of the package reads what was not written, or reads, writes or keeps memory that
# is not its own, as valgrind sees it: over one call of everything (tests/testthat/helper-every-call.R)
# on two threads, with AVX2 and with portable kernels. Run from the top. NNCONV_EXTENDED_TESTS=true
# adds tests of the core and the examples of the help pages. Errors without a frame of the package
# are R's own, and only counted.
# needs: valgrind
set -u
scratch=$PWD/build/harden/r-valgrind
rm -rf "$scratch" && mkdir -p "$scratch"
if ! command -v valgrind > /dev/null; then
  echo "row: valgrind, calls of everything | 0 errors | valgrind is not installed | not run"
  exit 0
fi
missed=0

# check NAME INSTRUCTION_SET CODE: runs R under valgrind; its errors go to NAME.log.
check() {
  echo "$3" > "$scratch/$1.R"
  NNCONV_SIMD=$2 NOT_CRAN=true NNCONV_SANITIZED=1 R -d "valgrind --log-file=$scratch/$1.log \
    --leak-check=full --show-leak-kinds=definite,indirect --num-callers=30 --fair-sched=try" \
    --vanilla --no-echo -f "$scratch/$1.R" > "$scratch/$1.out" 2>&1
}

# The errors of a log: paragraphs with a place, with a word of the package (or without, for -v).
errors() {
  sed 's/^==[0-9]*== \?//' "$1" |
    awk -v RS= '/\n +(at|by) 0x/ && !/^(Process|Warning)/ { gsub("\n", ";"); print }' |
    grep $2 -c nnconv
}

row() {
  echo "row: $1 | $2 | $3 | $([ "$4" = yes ] && echo ok || echo missed)"
  [ "$4" = yes ] || missed=1
}

report() {
  local found others complete
  found=$(errors "$scratch/$2.log" "")
  others=$(errors "$scratch/$2.log" -v)
  complete=$(grep -c '^complete$' "$scratch/$2.out")
  [ "$complete" = 1 ] || tail -5 "$scratch/$2.out"
  [ "$found" = 0 ] || grep -B3 -A12 nnconv "$scratch/$2.log" | head -60
  row "valgrind, $1" "0 errors" "$found$([ "$complete" = 1 ] || echo ', ended early') (R's own: $others)" \
    "$([ "$complete" = 1 ] && [ "$found" = 0 ] && echo yes)"
}

cat > "$scratch/planted.c" << 'C'
#include <stdlib.h>
void nnconv_planted(int* at) {
  int* block = malloc(4 * sizeof(int));
  *at = block[*at] > 0 ? 1 : 2;
}
C
(cd "$scratch" && R CMD SHLIB planted.c > /dev/null)
check planted portable "dyn.load('$scratch/planted.so'); .C('nnconv_planted', 4L)"
planted=$(errors "$scratch/planted.log" "")
row "valgrind, finds a planted overrun and a leak" "2 or more" "$planted" \
  "$([ "$planted" -ge 2 ] && echo yes)"

everything="library(nnconv); source('$PWD/tests/testthat/helper-every-call.R')
nn_threads(2)
for (call in every_call()) run_call(call)
x <- array(1, c(1, 8, 64, 64)) # more than one thread, transforms, joined phases
m <- nn_conv2d(8, 8, 3, padding = 1)
m2 <- nn_conv_transpose2d(8, 3, 4, stride = 2, padding = 1, dtype = 'float32')
for (layer in list(m, m2)) {
  for (way in c('direct', 'transforms', 'automatic')) {
    options(nnconv.algorithm = way)
    layer\$backward(x, function(y) y)
  }
}
tryCatch({
  setTimeLimit(elapsed = 1, transient = TRUE)
  nn_conv2d(64, 64, 9)(array(1, c(4, 64, 64, 64)))
}, error = function(e) setTimeLimit())
cat('complete\n')"
for set in avx2 portable; do
  if [ $set = avx2 ] && ! grep -qw avx2 /proc/cpuinfo; then
    echo "row: valgrind, calls of everything, avx2 | 0 errors | the processor has no AVX2 | not run"
    continue
  fi
  check $set $set "$everything"
  report "calls of everything, $set" $set
done

if [ "${NNCONV_EXTENDED_TESTS:-}" = true ]; then
  for part in values edge padding transforms nnf-backward examples; do
    NNCONV_EXTENDED_TESTS='' check "tests-$part" avx2 "library(testthat); library(nnconv)
      test_dir('tests/testthat', package = 'nnconv', load_package = 'installed', filter = '$part',
               reporter = 'silent', stop_on_failure = FALSE)
      cat('complete\n')"
    report "tests of $part, avx2" "tests-$part"
  done
fi
exit $missed
