#!/bin/bash
# Shows that R CMD check finds nothing as for CRAN, and when only the packages are there that the
# package cannot do without, or only those that it names; and that threads keep to the limits of
# the environment.
#
# NNCONV_R=/path/to/R checks with another R, one of the future for example.
set -u
cd "$(dirname "$0")/../.." || exit 1
. tools/check-settings.sh
export _R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2
export _R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2
export _R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2

r=${NNCONV_R:-R}
folder=$PWD/build/harden/check
rm -rf "$folder"/{library,cran,depends,suggests,nnconv_*.tar.gz}
mkdir -p "$folder/library"
failed=0

# Built and compiled once; the checks read the log.
(cd "$folder" && "$r" CMD build "${build_options[@]}" ../../.. > build.log 2>&1) ||
  { tail -n 20 "$folder/build.log"; exit 1; }
_R_SHLIB_BUILD_OBJECTS_SYMBOL_TABLES_=true \
  "$r" CMD INSTALL --html --library="$folder/library" "$folder"/nnconv_*.tar.gz \
  > "$folder/install.out" 2>&1 || { tail -n 20 "$folder/install.out"; exit 1; }

# A home and a place for temporary files of its own, where nobody else leaves files.
R_LIBS_USER=$("$r" -s -e 'cat(path.expand(Sys.getenv("R_LIBS_USER")))')
export R_LIBS_USER HOME=$folder/home TMPDIR=$folder/tmp
mkdir -p "$HOME" "$TMPDIR"
export _R_CHECK_THINGS_IN_OTHER_DIRS_=true
export _R_CHECK_THINGS_IN_OTHER_DIRS_EXCLUDE_="^(/tmp|/dev/shm)/"  # others are at work there

# check LABEL FOLDER [option ...]: the environment says what is different.
check() {
  local label=$1 name=$folder/$2
  shift 2
  mkdir -p "$name"
  (cd "$name" && "$r" CMD check "${check_options[@]}" "$@" --library="$folder/library" \
    --install="check:$folder/install.out" "$folder"/nnconv_*.tar.gz > check.log 2>&1)
  Rscript -e 'source("tools/check-log.R"); arguments <- commandArgs(TRUE)' \
    -e 'quit(status = !report_check(arguments[1], arguments[2]))' "$label" "$name"
}

version=$("$r" --version | sed -n '1s/^R \(version \)\?\(.*\) (.*) -- .*/\2/p')
(unset NOT_CRAN; check "R $version, settings of CRAN" cran) || failed=1
export NOT_CRAN=true
(export _R_CHECK_DEPENDS_ONLY_=true
 check "without suggested packages" depends --no-manual) || failed=1
(export _R_CHECK_SUGGESTS_ONLY_=true
 check "with no packages but the named ones" suggests --no-manual) || failed=1

# limit LABEL MOST: what a session in this environment counts and can be set to.
limit() {
  R_LIBS="$folder/library:${R_LIBS:-}" "$r" --vanilla -s --args "$1" "$2" <<'END'
library(nnconv)
arguments <- commandArgs(TRUE)
before <- nn_threads(64)
most <- max(before, nn_threads(), nn_info()$most_threads)
ok <- most <= as.integer(arguments[2])
cat(sprintf("row: threads with %s | at most %s | %d | %s\n", arguments[1], arguments[2], most,
            if (ok) "ok" else "missed"))
quit(status = !ok)
END
}
(unset _R_CHECK_LIMIT_CORES_; export OMP_THREAD_LIMIT=1; limit "OMP_THREAD_LIMIT=1" 1) || failed=1
(unset _R_CHECK_LIMIT_CORES_; export OMP_THREAD_LIMIT=3; limit "OMP_THREAD_LIMIT=3" 3) || failed=1
limit "_R_CHECK_LIMIT_CORES_=true" 2 || failed=1

exit "$failed"
