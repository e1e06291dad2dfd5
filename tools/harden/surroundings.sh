#!/bin/bash
# Shows that the package installs without warnings and passes its tests in other surroundings: flags
# that users put into their Makevars, locales, and other versions of R.
# needs: clang libc++-dev libc++abi-dev locales
#
# NNCONV_OTHER_R names other versions, as paths to R divided by spaces, whose libraries have Rcpp,
# RcppEigen and testthat; R's own development version is made from its sources:
#
#     NNCONV_OTHER_R="$HOME/r-devel/bin/R" Rscript tools/harden.R surroundings
#
# The short version tries the first of the flags and of the locales.
. tools/harden/helper.sh
source=$out/source

# The first of the lines of standard input, or all of them in the long version.
chosen() { if extended; then cat; else head -n 1; fi; }

rm -rf "$source"
mkdir -p "$source"
cp -r DESCRIPTION NAMESPACE LICENSE README.md NEWS.md R src inst man tests vignettes "$source/"
find "$source/src" \( -name '*.o' -o -name '*.so' \) -delete

# install LABEL FOLDER R MAKEVARS: installs with the lines MAKEVARS as the user's.
install() {
  local label=$1 folder=$out/$2 r=$3 warnings
  rm -rf "$folder"
  mkdir -p "$folder/library"
  printf '%s\n' "$4" > "$folder/Makevars"
  R_MAKEVARS_USER=$folder/Makevars MAKEFLAGS=-j2 "$r" CMD INSTALL --preclean --clean \
    --library="$folder/library" "$source" > "$folder/install.log" 2>&1
  warnings=$(grep -ciE '(warning|error):' "$folder/install.log")
  [ "$warnings" = 0 ] && [ -d "$folder/library/nnconv/libs" ] ||
    fail "$label: $warnings warnings of the installation"
}

# run_tests LABEL FOLDER R: the tests with the package of FOLDER.
run_tests() {
  local label=$1 folder=$out/$2 r=$3 log found
  log=$folder/$(echo "$label" | tr -cs 'a-zA-Z0-9\n' '-').log
  (cd "$source/tests/testthat" && NOT_CRAN=true NNCONV_EXTENDED_TESTS='' "$r" -s -e "
    .libPaths(c('$folder/library', .libPaths()))
    suppressMessages(library(nnconv))
    results <- as.data.frame(testthat::test_dir(
      '.', package = 'nnconv', load_package = 'installed', reporter = 'silent',
      stop_on_failure = FALSE
    ))
    bad <- results[results\$failed > 0 | results\$error, c('file', 'test')]
    if (nrow(bad)) print(bad)
    cat('tests:', nrow(bad), 'of', sum(results\$nb), sprintf('(%d tests skipped)', sum(results\$skipped)))
  " > "$log" 2>&1)
  found=$(sed -n 's/^tests: //p' "$log")
  grep -v '^tests:' "$log" | tail -n 20
  echo "$label: tests that fail: ${found:-the run ended early}"
  [ "${found%% *}" = 0 ] || fail "$label"
}

# Flags of users: compiler and flags.
while read -r compiler flags; do
  install "$compiler $flags" flags R "CXX17 = $compiler
CXX17FLAGS = $flags"
  run_tests "$compiler $flags" flags R
done < <(chosen << 'END'
g++ -O3 -march=native
g++ -O2 -flto
g++ -O2 -funsigned-char
g++ -O1 -D_GLIBCXX_DEBUG -D_GLIBCXX_ASSERTIONS
g++ -O3 -ffp-contract=fast -mfma
clang++ -O3 -march=native -stdlib=libc++
END
)

# Flags that would take NaN and Inf away are refused, in a sentence.
while read -r compiler flags; do
  printf 'CXX17 = %s\nCXX17FLAGS = %s\n' "$compiler" "$flags" > "$out/Makevars"
  R_MAKEVARS_USER=$out/Makevars R CMD INSTALL --preclean --clean --library="$out" "$source" \
    > "$out/refused.log" 2>&1 && fail "$compiler $flags installs"
  grep -q 'error.*nnconv needs NaN and Inf' "$out/refused.log" || fail "$compiler $flags is not refused"
done < <(chosen << 'END'
g++ -Ofast
g++ -O2 -ffast-math
clang++ -O2 -ffinite-math-only
END
)

# Locales; those that the system lacks are made here.
export LOCPATH=$out/locales
mkdir -p "$LOCPATH"
install "locales" locales R ""
while read -r locale language charset; do
  if [ -n "$language" ] && ! localedef -i "$language" -f "$charset" "$LOCPATH/$locale" 2> /dev/null; then
    skip "locale $locale, which localedef cannot make"
    continue
  fi
  LC_ALL=$locale run_tests "locale $locale" locales R
done < <(chosen << 'END'
C
C.UTF-8 C UTF-8
tr_TR.UTF-8 tr_TR UTF-8
ja_JP.WINDOWS-31J ja_JP WINDOWS-31J
de_DE de_DE ISO-8859-1
END
)
unset LOCPATH

# Other versions of R.
[ -n "${NNCONV_OTHER_R:-}" ] || skip "other versions of R: NNCONV_OTHER_R names none"
unset R_LIBS  # packages of one R are not another's
for r in ${NNCONV_OTHER_R:-}; do
  version=$("$r" --vanilla -s -e 'cat(R.version$version.string)')
  install "$version" "r$("$r" --vanilla -s -e 'cat(R.version$`svn rev`)')" "$r" ""
  run_tests "$version" "r$("$r" --vanilla -s -e 'cat(R.version$`svn rev`)')" "$r"
done
finish
