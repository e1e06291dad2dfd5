#!/bin/bash
# Shows that no call of the package reads what was not written, or reads, writes or keeps memory that
# is not its own, as valgrind sees it: over one call of everything (every_call() of the tests' helpers)
# on two threads, with AVX2 and with portable kernels. Run from the top. NNCONV_EXTENDED_TESTS=true
# adds tests of the core and the examples of the help pages. Errors without a frame of the package
# are R's own, and only counted.
# needs: valgrind
. tools/harden/helper.sh
has valgrind || { skip "valgrind is not installed"; finish; }

# check NAME INSTRUCTION_SET CODE: runs R under valgrind; its errors go to NAME.log.
check() {
  echo "$3" > "$out/$1.R"
  NNCONV_SIMD=$2 NOT_CRAN=true NNCONV_SANITIZED=1 R -d "valgrind --log-file=$out/$1.log \
    --leak-check=full --show-leak-kinds=definite,indirect --num-callers=30 --fair-sched=try" \
    --vanilla --no-echo -f "$out/$1.R" > "$out/$1.out" 2>&1
}

# The errors of a log: paragraphs with a place, with a word of the package (or without, for -v).
errors() {
  sed 's/^==[0-9]*== \?//' "$1" |
    awk -v RS= '/\n +(at|by) 0x/ && !/^(Process|Warning)/ { gsub("\n", ";"); print }' |
    grep $2 -c nnconv
}

report() {
  local found
  found=$(errors "$out/$2.log" "")
  echo "valgrind, $1: $found errors, and of R's own $(errors "$out/$2.log" -v)"
  grep -q '^complete$' "$out/$2.out" || { tail -5 "$out/$2.out"; fail "$1: it ended early"; }
  [ "$found" = 0 ] || { grep -B3 -A12 nnconv "$out/$2.log" | head -60; fail "$1"; }
}

cat > "$out/planted.c" << 'C'
#include <stdlib.h>
void nnconv_planted(int* at) {
  int* block = malloc(4 * sizeof(int));
  *at = block[*at] > 0 ? 1 : 2;
}
C
(cd "$out" && R CMD SHLIB planted.c > /dev/null)
check planted portable "dyn.load('$out/planted.so'); .C('nnconv_planted', 4L)"
[ "$(errors "$out/planted.log" "")" -ge 2 ] || fail "a planted overrun and a leak are not found"

everything="library(nnconv); for (helper in Sys.glob('$PWD/tests/testthat/helper-*call*.R')) source(helper)
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
    skip "avx2, which the processor does not have"
    continue
  fi
  check $set $set "$everything"
  report "calls of everything, $set" $set
done

if extended; then
  for part in values edge padding transforms nnf-backward examples; do
    NNCONV_EXTENDED_TESTS='' check "tests-$part" avx2 "library(testthat); library(nnconv)
      test_dir('tests/testthat', package = 'nnconv', load_package = 'installed', filter = '$part',
               reporter = 'silent', stop_on_failure = FALSE)
      cat('complete\n')"
    report "tests of $part, avx2" "tests-$part"
  done
fi
finish
