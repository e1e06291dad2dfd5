#!/bin/sh
# Installs what a goal of the Makefile needs and does not find. Prints nothing when nothing is
# missing.
#
#   tools/setup.sh [demo | test | site | bench]
#
# tools/packages.R says what a goal needs, and what it can do without. Debian's packages come first,
# where apt-get may be used, as they are quick; then whatever repository R is set to. What cannot be
# had is named with the reason.
set -eu
cd "$(dirname "$0")/.."
goal=${1:-demo}
mkdir -p build
log=build/setup.log
: > "$log"

say() { echo "setup: $*" >&2; }
has() { command -v "$1" > /dev/null 2>&1; }
can_apt() { [ "$(id -u)" = 0 ] && has apt-get; }

# Debian's lists are fetched once, and only if they are needed.
updated=
update() {
  if [ -z "$updated" ]; then
    updated=yes
    apt-get update -q >> "$log" 2>&1 < /dev/null || true
  fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
    >> "$log" 2>&1 < /dev/null
}

# Those of Debian's packages that apt knows and that are not installed yet.
apt_absent() {
  for name in "$@"; do
    if apt-cache show "$name" > /dev/null 2>&1 && ! dpkg -s "$name" > /dev/null 2>&1; then
      echo "$name"
    fi
  done
}

# Installs Debian's packages in one go, or, if that fails, each for itself.
apt_install() {
  can_apt && [ $# -gt 0 ] || return 0
  update
  say "apt-get install $*"
  apt_get "$@" && return
  for name in "$@"; do
    apt_get "$name" || say "apt-get cannot install $name: $(grep '^E: ' "$log" | tail -n 1)"
  done
}

# R and compilers.
compiler() { has make && has "$(R CMD config CXX 2> /dev/null | cut -d ' ' -f 1)"; }
if ! has Rscript || ! compiler; then
  apt_install r-base-dev
fi
has Rscript || { say "R is not installed, and apt-get cannot be used to install it"; exit 1; }
compiler || { say "R finds no make or no C++ compiler"; exit 1; }

packages() { Rscript --no-echo tools/packages.R "$@"; }

# Programs that are not vital.
programs=
for program in $(packages programs "$goal"); do
  has "$program" || programs="$programs $program"
done
apt_install $programs
for program in $programs; do
  has "$program" || say "goes on without $program (it is not installed)"
done

debian_name() { echo "r-cran-$1" | tr '[:upper:]' '[:lower:]'; }

# Of lines "package version", Debian's packages that are new enough. None if R does not look where
# Debian puts them.
ready_made() {
  can_apt && Rscript -e 'q(status = !"/usr/lib/R/site-library" %in% .libPaths())' || return 0
  update
  while read -r package version; do
    name=$(debian_name "$package")
    candidate=$(apt-cache policy "$name" 2> /dev/null | sed -n 's/^ *Candidate: *//p')
    if dpkg --compare-versions "${candidate:-0}" ge "$version"; then
      apt_absent "$name"
    fi
  done
}

source_of() { apt-cache show "$1" 2> /dev/null | sed -n 's/^Source: *\([^ ]*\).*/\1/p' | head -n 1; }

# The libraries that compiling R's packages takes: what their sources name, and the development
# files of what Debian's builds of them, older ones too, depend on.
libraries() {
  packages sources "$@" 2>> "$log" | while read -r kind name; do
    if [ "$kind" = library ]; then
      echo "$name"
      continue
    fi
    apt-cache depends "$(debian_name "$name")" 2> /dev/null | sed -n 's/^ *Depends: *\(lib.*\)/\1/p' |
      while read -r library; do
        for files in $(apt-cache rdepends "$library" | grep -- '-dev$'); do
          [ "$(source_of "$files")" != "$(source_of "$library")" ] || echo "$files"
        done
      done
  done | sort -u
}

# R packages.
rm -f build/setup-reasons.rds
missing=$(packages missing "$goal")
[ -n "$missing" ] || exit 0
apt_install $(echo "$missing" | ready_made)
missing=$(packages missing "$goal" | cut -d ' ' -f 1)
[ -n "$missing" ] || exit 0
if can_apt; then
  update
  apt_install $(apt_absent $(libraries $missing))
fi
say "installing from R's repository:" $missing
packages install $missing >> "$log" 2>&1 < /dev/null || true
packages report "$goal" || { say "details are in $log"; exit 1; }
