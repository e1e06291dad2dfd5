# What the shell scripts of tools/harden/ share. They source it from the top of the repository, and end
# with `finish`.
# shellcheck shell=bash
set -u
step=$(basename "$0" .sh)
out=$PWD/build/harden/$step
mkdir -p "$out"
failures=0
unset OMP_NUM_THREADS OMP_THREAD_LIMIT _R_CHECK_LIMIT_CORES_  # which would limit the threads

has() { command -v "$1" > /dev/null 2>&1; }
extended() { [ "${NNCONV_EXTENDED_TESTS:-}" = true ]; }
fail() { echo "failed: $*"; failures=$((failures + 1)); }
skip() { echo "skipped: $*"; }
finish() { [ "$failures" = 0 ] || echo "$step: $failures failed"; exit $((failures > 0)); }

# expect TEST COMMAND...: the command has to succeed. What it prints is in $log; its summary is shown.
expect() {
  local test=$1 began=$SECONDS
  shift
  [ "$(type -t "$1")" != file ] || set -- timeout 3600 "$@"
  log=$out/$(echo "$test" | tr -cs 'a-zA-Z0-9\n' '-').log
  if "$@" > "$log" 2>&1; then
    echo "$test: $(summary_of "$log" | tr '\n' ';') $((SECONDS - began)) s"
  else
    tail -n 20 "$log"
    fail "$test"
    return 1
  fi
}

# What the driver of tests/core sums up, and fuzzers and tests.
summary_of() {
  grep -aE '^(values|allocations|refused|exceptions|corpus|stat::number_of_executed_units): ' "$1" |
    tr -d '\r'
}

# build FOLDER MAKE-ARGUMENTS...: the driver of tests/core in $out/FOLDER; its warnings are errors.
build() {
  local folder=$out/$1
  shift
  mkdir -p "$folder"
  export EIGEN=${EIGEN:-$(Rscript -e 'cat(system.file("include", package = "RcppEigen"))')}
  echo "$step: building $folder ($*)"
  make -j2 -f tests/core/Makefile OUT="$folder" "$@" > "$folder/build.log" 2>&1 && return
  grep -E "error|Error" "$folder/build.log" | head -n 5
  fail "it does not build without warnings: $*"
  return 1
}

# The driver's hash of results that are whole numbers, which are the same everywhere.
hash_of() { grep -a '^hash' "$1" | tr -d '\r' | sed 's/.*whole numbers: \([0-9a-f]*\).*/\1/'; }
# That of the results by fused multiply-adds: the same in all sets that have them.
fused_of() { grep -a '^hash' "$1" | tr -d '\r' | sed 's/.*fused: \([0-9a-f]*\).*/\1/'; }
