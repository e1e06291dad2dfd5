#!/bin/bash
# Shows that R CMD check finds nothing as for CRAN, and when only the packages are there that the
# package cannot do without, or only those that it names; and that threads keep to the limits of
# the environment.
#
# NNCONV_R=/path/to/R checks with another R, one of the future for example.
. tools/harden/helper.sh
. tools/check-settings.sh
export _R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2
export _R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2
export _R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2

r=${NNCONV_R:-R}
rm -rf "$out"/{library,cran,depends,suggests,nnconv_*.tar.gz}
mkdir -p "$out/library"

# Built and compiled once; the checks read the log.
(cd "$out" && "$r" CMD build "${build_options[@]}" ../../.. > build.log 2>&1) ||
  { tail -n 20 "$out/build.log"; exit 1; }
_R_SHLIB_BUILD_OBJECTS_SYMBOL_TABLES_=true \
  "$r" CMD INSTALL --html --library="$out/library" "$out"/nnconv_*.tar.gz \
  > "$out/install.out" 2>&1 || { tail -n 20 "$out/install.out"; exit 1; }

# A home and a place for temporary files of its own, where nobody else leaves files.
R_LIBS_USER=$("$r" -s -e 'cat(path.expand(Sys.getenv("R_LIBS_USER")))')
export R_LIBS_USER HOME=$out/home TMPDIR=$out/tmp
mkdir -p "$HOME" "$TMPDIR"
export _R_CHECK_THINGS_IN_OTHER_DIRS_=true
export _R_CHECK_THINGS_IN_OTHER_DIRS_EXCLUDE_="^(/tmp|/dev/shm)/"  # others are at work there

# check LABEL FOLDER [option ...]: the environment says what is different.
check() {
  local label=$1 name=$out/$2
  shift 2
  mkdir -p "$name"
  (cd "$name" && "$r" CMD check "${check_options[@]}" "$@" --library="$out/library" \
    --install="check:$out/install.out" "$out"/nnconv_*.tar.gz > check.log 2>&1)
  Rscript -e 'source("tools/check-log.R"); arguments <- commandArgs(TRUE)' \
    -e 'quit(status = !report_check(arguments[1], arguments[2]))' "$label" "$name"
}

version=$("$r" --version | sed -n '1s/^R \(version \)\?\(.*\) (.*) -- .*/\2/p')
(unset NOT_CRAN; check "R $version, settings of CRAN" cran) || failures=1
export NOT_CRAN=true
(export _R_CHECK_DEPENDS_ONLY_=true
 check "without suggested packages" depends --no-manual) || failures=1
(export _R_CHECK_SUGGESTS_ONLY_=true
 check "with no packages but the named ones" suggests --no-manual) || failures=1

# limit MOST SETTING: what a session with this setting of the environment counts and can be set to.
limit() {
  local most
  most=$(env "$2" R_LIBS="$out/library:${R_LIBS:-}" "$r" --vanilla -s -e 'library(nnconv)' \
    -e 'cat(max(nn_threads(64), nn_threads(), nn_info()$most_threads))')
  [ "${most:-9}" -le "$1" ] || fail "threads with $2: $most"
}
limit 2 _R_CHECK_LIMIT_CORES_=true
unset _R_CHECK_LIMIT_CORES_
limit 1 OMP_THREAD_LIMIT=1
limit 3 OMP_THREAD_LIMIT=3
finish
