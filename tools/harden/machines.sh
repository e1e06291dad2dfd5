#!/bin/bash
# Shows that the README's two commands work on machines that are not ours: Debian without R and with
# R alone, users who are not root, packages that do not compile, no pandoc, no repository, odd paths.
# needs: debootstrap git
#
# Debian's folders are made by debootstrap, as root; other machines are this one with commands or
# packages hidden. The long version runs `make test` everywhere, the short one `make demo` and what
# tools/setup.sh does for the tests.
. tools/harden/helper.sh
folder=${TMPDIR:-/tmp}/nnconv-machines  # not in build/, which R CMD build copies
mkdir -p "$folder"
# ---- Debian in folders

# base NAME [PACKAGE...]: Debian with make, git, certificates and these, made once.
base() {
  local root=$folder/base-$1 suite mirror
  shift
  [ ! -f "$root/.ready" ] || return 0
  rm -rf "$root"
  suite=$(. /etc/os-release; echo "$VERSION_CODENAME")
  mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d |
    head -n 1)
  debootstrap --variant=minbase --include=make,git,ca-certificates "$suite" "$root" $mirror &&
    cp /etc/resolv.conf /etc/hosts "$root/etc/" &&
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" || return 1
  if [ $# -gt 0 ]; then
    in_root "$root" root apt-get install -y -q --no-install-recommends "$@" || return 1
  fi
  touch "$root/.ready"
}

# in_root ROOT USER COMMAND...: runs a command in /project there.
in_root() {
  local root=$1 user=$2 status
  shift 2
  mkdir -p "$root/project"
  mount -t proc proc "$root/proc"
  chroot --userspec="$user" "$root" /usr/bin/env -i HOME="/home/$user" LANG=C.UTF-8 \
    NNCONV_EXTENDED_TESTS="${NNCONV_EXTENDED_TESTS:-}" \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c 'cd /project && exec "$@"' sh "$@" < /dev/null
  status=$?
  umount "$root/proc"
  return $status
}

# machine NAME USER COMMAND...: the same in a copy of a base with a clone of the project.
machine() {
  local root user=$2 status
  root=$(mktemp -d "$folder/root-XXXXXX")
  cp -a --reflink=auto "$folder/base-$1/." "$root" && chmod 755 "$root" &&
    git clone -q "file://$PWD" "$root/project" || return 1
  shift 2
  if [ "$user" != root ]; then
    chroot "$root" useradd -m "$user" && chown -R --reference="$root/home/$user" "$root/project"
  fi
  in_root "$root" "$user" "$@"
  status=$?
  rm -rf --one-file-system "$root"
  return $status
}

in_folders() {
  local long="make demo and make test"
  extended || long="make demo and make setup"
  expect "Debian without R: $long" machine bare root sh -c "make demo && make $1"
  expect "Debian with R and no R package: $long" machine r root sh -c "make demo && make $1"
  expect "a user who is not root: make demo; it needs no rights" machine r somebody make demo
  if extended; then
    expect "a user who is not root: make test" machine r somebody make test
  fi
}

if [ "$(id -u)" != 0 ] || ! command -v debootstrap > /dev/null; then
  skip "Debian in folders, which needs root and debootstrap"
elif ! { base bare && base r r-base-dev; } > "$folder/debootstrap.log" 2>&1; then
  skip "Debian in folders, as debootstrap failed"
else
  in_folders "$(extended && echo test || echo setup)"
fi

# ---- This machine with something hidden

# A folder with all commands but those named.
without_commands() {
  local bin=$folder/bin-$1 place
  rm -rf "$bin"
  mkdir -p "$bin"
  IFS=: read -ra places <<< "$PATH"
  for place in "${places[@]}"; do
    find "$place" -maxdepth 1 -exec ln -s -t "$bin" {} + 2> /dev/null
  done
  for command in "$@"; do rm -f "$bin/$command"; done
  echo "$bin"
}

# A library with all packages that R finds but those named.
without_packages() {
  local site=$folder/site
  rm -rf "$site"
  mkdir -p "$site"
  Rscript -e 'f <- list.dirs(setdiff(.libPaths(), .Library), recursive = FALSE)' \
    -e 'a <- commandArgs(TRUE); f <- f[!basename(f) %in% c(a[-1], "nnconv")]' \
    -e 'invisible(file.symlink(f[!duplicated(basename(f))], a[1]))' "$site" "$@"
  echo "$site"
}

# hidden SITE REPOSITORY COMMAND...: without apt-get, with these packages and this repository only.
no_apt=$(without_commands apt-get)
hidden() {
  local site=$1 repository=$2
  shift 2
  mkdir -p "$folder/user"
  cat > "$folder/profile.R" << END
options(repos = c(CRAN = "$repository"))
.libPaths(c(strsplit(Sys.getenv("R_LIBS"), ":")[[1]], "$folder/user", "$site"), include.site = FALSE)
END
  env PATH="${bin:-$no_apt}" R_LIBS= R_LIBS_SITE="$site" R_LIBS_USER="$folder/user" \
    R_PROFILE="$folder/profile.R" "$@"
}

# A repository on disk whose packages do not compile.
broken_repository() {
  local repository=$folder/repository/src/contrib package
  rm -rf "$folder/repository"
  mkdir -p "$repository" "$folder/broken"
  for package in "$@"; do
    mkdir -p "$folder/broken/$package/src"
    printf 'Package: %s\nVersion: 99.0\nTitle: Broken\nDescription: Broken.\nLicense: GPL-3\n' \
      "$package" > "$folder/broken/$package/DESCRIPTION"
    echo '#error broken' > "$folder/broken/$package/src/broken.c"
    : > "$folder/broken/$package/NAMESPACE"
    tar czf "$repository/${package}_99.0.tar.gz" -C "$folder/broken" "$package"
  done
  Rscript -e 'invisible(tools::write_PACKAGES(commandArgs(TRUE), type = "source"))' "$repository"
}

# A project with the package compiled once, for all that follow.
clone=$folder/project
rm -rf "$clone"
git clone -q "file://$PWD" "$clone"
nowhere=http://127.0.0.1:9
here=$PWD
cd "$clone" || exit 1

few=$(mkdir -p "$folder/few" && echo "$folder/few")
for package in Rcpp RcppEigen; do
  ln -sfn "$(Rscript -e "cat(system.file(package = '$package'))")" "$few/$package"
done
expect "no repository, Rcpp and RcppEigen alone: make demo" hidden "$few" "$nowhere" make demo

optional=$(Rscript tools/packages.R optional test)
broken_repository $optional testthat
goes_on() {
  local site
  site=$(without_packages "$1")
  hidden "$site" "file://$folder/repository" tools/setup.sh test || return 1
  hidden "$site" "$nowhere" tools/setup.sh test
}
own=$(Rscript -e 'cat(rownames(installed.packages(.Library)), sep = "\n")')
for package in $optional; do
  if grep -qx "$package" <<< "$own"; then
    skip "$package does not compile: it comes with R"
    continue
  fi
  expect "$package does not compile: set-up names it in a line and goes on" goes_on "$package"
  reason="\((compilation failed.*|no repository.*)\)"
  lines=$(grep -cE "^setup: goes on without (.*, )?$package(, .*)? $reason$" "$log")
  [ "$lines" = 2 ] || fail "$package does not compile: $lines lines and not two, one a reason"
done
needs_it() {
  hidden "$(without_packages testthat)" "file://$folder/repository" tools/setup.sh test && return 1
  hidden "$(without_packages testthat)" "file://$folder/repository" make demo
}
expect "testthat does not compile: make test says so, make demo works" needs_it

bin=$(without_commands apt-get pandoc)
is_said() {
  hidden "$(without_packages)" "$nowhere" tools/setup.sh test 2>&1 | tee /dev/stderr |
    grep -q "goes on without pandoc"
}
expect "no pandoc: set-up says so and goes on" is_said
if extended; then
  expect "no pandoc: make test" hidden "$(without_packages)" "$nowhere" make test
fi
unset bin

odd="$folder/a path, größer als ŝ"
rm -rf "$odd"
mv "$clone" "$odd" && cd "$odd" || exit 1
rm -rf build
expect "a path with spaces and letters beyond ASCII: make demo" hidden "$few" "$nowhere" make demo
if extended; then
  expect "a path with spaces and letters beyond ASCII: make test" make test
fi
[ -f build/library/nnconv/DESCRIPTION ] && [ "$(find "$folder" -name "a*" -maxdepth 1 | wc -l)" = 1 ] ||
  fail "a path with spaces: the package does not lie in its library, or something beside it"
cd "$here" || exit 1
rm -rf "$odd" "$folder/user"
finish
