#!/bin/sh
# Installs what the project needs and does not find: R with compilers, the packages that
# DESCRIPTION names, pandoc. Prints nothing when nothing is missing.
#
#   tools/setup.sh [package ...] [--optional package ...]
#
# Named packages are needed as well; optional ones only if Debian has them ready-made.
# Debian's packages come first, as they are quick; then whatever repository R is set to.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build
log=build/setup.log
: > "$log"

needed= optional= list=needed
for argument in "$@"; do
  case $argument in
    --optional) list=optional ;;
    *) eval "$list=\"\$$list \$argument\"" ;;
  esac
done

say() { echo "setup: $*" >&2; }
has() { command -v "$1" > /dev/null 2>&1; }
can_apt() { [ "$(id -u)" = 0 ] && has apt-get; }

# Runs a command with its output in the log, whose end is shown if it fails.
logged() {
  "$@" >> "$log" 2>&1 < /dev/null && return
  say "failed: $*"
  tail -n 30 "$log" >&2
  return 1
}

updated=
apt_install() {
  can_apt || return 1
  say "apt-get install $*"
  if [ -z "$updated" ]; then
    logged apt-get update -q || true
    updated=yes
  fi
  logged env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "$@"
}

# Of the given R packages, Debian's that could be installed and are not yet. None if R does not
# look where Debian puts them.
debian_packages() {
  can_apt && Rscript -e 'q(status = !"/usr/lib/R/site-library" %in% .libPaths())' || return 0
  if [ -z "$updated" ]; then
    logged apt-get update -q || true
    updated=yes
  fi
  for package in "$@"; do
    name=r-cran-$(echo "$package" | tr '[:upper:]' '[:lower:]')
    if apt-cache show "$name" > /dev/null 2>&1 && ! dpkg -s "$name" > /dev/null 2>&1; then
      echo "$name"
    fi
  done
}

missing() { Rscript tools/packages.R missing "$@"; }

# R and compilers.
compiler() { has make && has "$(R CMD config CXX 2> /dev/null | cut -d ' ' -f 1)"; }
if ! has Rscript || ! compiler; then
  apt_install r-base-dev || true
fi
has Rscript || { say "R is not installed, and apt-get cannot be used to install it"; exit 1; }
compiler || { say "R finds no make or no C++ compiler"; exit 1; }

# Programs that are not vital: pandoc makes the vignettes, tidy and qpdf are used by the check.
programs=
for program in pandoc tidy qpdf; do
  has "$program" || programs="$programs $program"
done
if [ -n "$programs" ]; then
  apt_install $programs || say "not found:$programs (without pandoc, vignettes are skipped)"
fi

# R packages.
absent=$(missing $needed)
wanted=$absent
[ -z "$optional" ] || wanted="$absent $(Rscript tools/packages.R absent $optional)"
if [ -n "$(echo $wanted)" ]; then
  from_debian=$(debian_packages $wanted)
  [ -z "$from_debian" ] || apt_install $from_debian || true
fi
[ -z "$absent" ] || absent=$(missing $needed)
if [ -n "$absent" ]; then
  # What compiling png, jpeg and fs (for rmarkdown and testthat) takes.
  apt_install libpng-dev libjpeg-dev libuv1-dev || export USE_BUNDLED_LIBUV=1
  say "installing from R's repository:" $absent
  logged Rscript tools/packages.R install $absent || true
  absent=$(missing $needed)
fi
if [ -n "$absent" ]; then
  say "could not install:" $absent "(details in $log)"
  exit 1
fi
