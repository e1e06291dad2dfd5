# What R CMD check is set to, for tools/test.sh and tools/harden/check.sh: as when a package comes
# in at CRAN, without what asks other machines. To be sourced.

export LANG=${LANG:-C.UTF-8}
export MAKEFLAGS=-j2

# Compiled as by CRAN, each file once.
rm -rf build/objects
mkdir -p build
printf 'CXX%sFLAGS = -g -O2 -Wall -pedantic\n' "" 14 17 20 > build/Makevars
case $(uname):$PWD in
  *_NT*:* | *" "*) ;; # Windows, whose make does not know these paths, and what make would split
  *) echo "CXX17 = '$PWD/tools/compile-once.sh' '$PWD/build/objects' $(R CMD config CXX17)" >> build/Makevars ;;
esac
export R_MAKEVARS_USER=$PWD/build/Makevars

export _R_CHECK_SYSTEM_CLOCK_=false  # asks a server
export _R_CHECK_CRAN_INCOMING_REMOTE_=false
export _R_CHECK_FORCE_SUGGESTS_=false

export _R_CHECK_LIMIT_CORES_=true
export _R_CHECK_EXAMPLE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_TEST_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_VIGNETTE_TIMING_CPU_TO_ELAPSED_THRESHOLD_=2.5
export _R_CHECK_TIMINGS_=10

export _R_CHECK_BASHISMS_=true
export _R_CHECK_CODETOOLS_PROFILE_="suppressPartialMatchArgs=false"
export _R_CHECK_CODE_ASSIGN_TO_GLOBALENV_=true
export _R_CHECK_CODE_ATTACH_=true
export _R_CHECK_CODE_DATA_INTO_GLOBALENV_=true
export _R_CHECK_CODE_USAGE_VIA_NAMESPACES_=true
export _R_CHECK_CODE_USAGE_WITH_ONLY_BASE_ATTACHED_=true
export _R_CHECK_CODOC_VARIABLES_IN_USAGES_=true
export _R_CHECK_COMPILATION_FLAGS_=true
export _R_CHECK_CONNECTIONS_LEFT_OPEN_=true
export _R_CHECK_DEPRECATED_DEFUNCT_=true
export _R_CHECK_EXCESSIVE_IMPORTS_=20
export _R_CHECK_EXECUTABLES_=true
export _R_CHECK_INTERNALS2_=true
export _R_CHECK_MATRIX_DATA_=true
export _R_CHECK_MBCS_CONVERSION_FAILURE_=true
export _R_CHECK_NATIVE_ROUTINE_REGISTRATION_=true
export _R_CHECK_NEWS_IN_PLAIN_TEXT_=true
export _R_CHECK_ORPHANED_=true
export _R_CHECK_PACKAGES_USED_CRAN_INCOMING_NOTES_=true
export _R_CHECK_PACKAGES_USED_IN_TESTS_USE_SUBDIRS_=true
export _R_CHECK_PRAGMAS_=true
export _R_CHECK_RD_LINE_WIDTHS_=true
export _R_CHECK_RD_MATH_RENDERING_=true
export _R_CHECK_RD_NOTE_LOST_BRACES_=true
export _R_CHECK_RD_VALIDATE_RD2HTML_=true
export _R_CHECK_REPLACING_IMPORTS_=true
export _R_CHECK_R_DEPENDS_=true
export _R_CHECK_S3_METHODS_SHOW_POSSIBLE_ISSUES_=true
export _R_CHECK_SHLIB_OPENMP_FLAGS_=true
export _R_CHECK_THINGS_IN_CHECK_DIR_=true
export _R_CHECK_THINGS_IN_TEMP_DIR_=true
export _R_CHECK_TOPLEVEL_FILES_=true
export _R_CHECK_VALIDATE_UTF8_=true
export _R_CHECK_VIGNETTE_TITLES_=true
export _R_CHECK_XREFS_MIND_SUSPECT_ANCHORS_=true
export _R_CHECK_XREFS_NOTE_MISSING_PACKAGE_ANCHORS_=true

# What the machine can do: vignettes with pandoc, the manual with LaTeX.
has() { command -v "$1" > /dev/null 2>&1; }
build_options=() check_options=(--as-cran)
if ! has pandoc && [ -z "${RSTUDIO_PANDOC:-}" ]; then
  echo "No pandoc: vignettes are skipped."
  build_options+=(--no-build-vignettes)
  check_options+=(--ignore-vignettes)
fi
if ! has pdflatex || [ -z "$(kpsewhich inconsolata.sty 2> /dev/null)" ]; then
  check_options+=(--no-manual)
fi
