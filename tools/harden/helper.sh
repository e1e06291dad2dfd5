# What the steps of tools/harden/ that build and run tests/core share. They source it from the top
# of the repository, and end with `finish`.
# shellcheck shell=bash
set -u
step=$(basename "$0" .sh)
out=build/harden/$step
mkdir -p "$out"
missed=0
if [ -z "${EIGEN:-}" ]; then
  EIGEN=$(Rscript -e 'cat(system.file("include", package = "RcppEigen"))')
  export EIGEN
fi
unset OMP_NUM_THREADS OMP_THREAD_LIMIT _R_CHECK_LIMIT_CORES_  # which would limit the threads
export LSAN_OPTIONS=print_suppressions=0

has() { command -v "$1" > /dev/null 2>&1; }
extended() { [ "${NNCONV_EXTENDED_TESTS:-}" = true ]; }

# row TEST AIM MEASURED ok|missed|"not run"
row() {
  echo "row: $1 | $2 | $3 | $4"
  if [ "$4" = missed ]; then missed=1; fi
}

# build FOLDER MAKE-ARGUMENTS...: the driver in $out/FOLDER; its warnings are errors.
build() {
  local folder=$out/$1
  shift
  mkdir -p "$folder"
  echo "$step: building $folder ($*)"
  make -j2 -f tests/core/Makefile OUT="$folder" "$@" > "$folder/build.log" 2>&1 && return
  grep -E "error|Error" "$folder/build.log" | head -n 5
  return 1
}

# attempt TEST AIM COMMAND...: a row with the driver's summary; what it printed is in $log_of_attempt.
attempt() {
  local test=$1 aim=$2 log
  shift 2
  log=$out/$(echo "$test" | tr -cs 'a-zA-Z0-9\n' '-').log
  log_of_attempt=$log
  echo "$step: $test"
  if timeout 1200 "$@" > "$log" 2>&1; then
    row "$test" "$aim" "$(measured "$log")" ok
  else
    tail -n 20 "$log"
    row "$test" "$aim" "$(measured "$log")" missed
  fi
}

# The driver's summary, or how it ended without one.
measured() {
  grep -aE '^(values|allocations|refused|exceptions|corpus): ' "$1" | tr -d '\r' | sed 's/^[a-z]*: //' |
    paste -sd ';' | sed 's/;/; /g' | grep . || tail -n 1 "$1" | tr '|' ' ' | cut -c1-200
}

hash_of() { grep -a '^hash' "$1" | tr -d '\r' | sed 's/.*whole numbers: \([0-9a-f]*\).*/\1/'; }

finish() { exit "$missed"; }
