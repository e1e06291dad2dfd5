#!/bin/bash
# The core without R (tests/core): builds without warnings by g++ and clang++, unoptimised and at -O3, as
# C++17 and C++20, and computes right on every instruction set of this processor and 1 to 8 threads;
# sanitizers and valgrind find nothing; and faults end in an exception or a right answer: every
# allocation fails in turn, the system refuses threads, workers and checkpoints throw.
# needs: g++ clang make valgrind
. tools/harden/helper.sh
export LSAN_OPTIONS=print_suppressions=0 TSAN_OPTIONS=halt_on_error=1
corpus=(tests/core/corpus/*)
rm -f "$out/hashes"
compilers=(g++)
if has clang++; then compilers+=(clang++); else skip "clang++ is not installed"; fi

extended && cases=(300 10) || cases=(30 1)
for compiler in "${compilers[@]}"; do
  for each in "-O0 c++17" "-O3 c++17" "-O2 c++20"; do
    read -r opt std <<< "$each"
    name=$compiler$opt-$std
    build "$name" CXX="$compiler" OPT="$opt" STD="$std" EXTRA=-pthread || continue
    expect "$name, values" "$out/$name/core" values "${cases[@]}"
    hash_of "$log" >> "$out/hashes"
  done
done
[ "$(sort -u "$out/hashes" | wc -l)" = 1 ] || fail "whole numbers differ between builds"

extended && cases=(300 20) || cases=(20 1)
for compiler in "${compilers[@]}"; do
  flags="-pthread -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
  name=address-$compiler
  if build "$name" CXX="$compiler" OPT="-O1 -g1" WARNINGS=-w EXTRA="$flags"; then
    expect "$name, values" "$out/$name/core" values "${cases[@]}"
    expect "$name, corpus" "$out/$name/core" corpus "${corpus[@]}"
    expect "$name, failing allocations" "$out/$name/core" allocations 0
    expect "$name, loops" "$out/$name/core" loops
  fi
  name=thread-$compiler  # clang++ brings its own new
  build "$name" CXX="$compiler" OPT="-O1 -g1" WARNINGS=-w EXTRA="-pthread -fsanitize=thread" \
    LDEXTRA=-Wl,-z,muldefs || continue
  expect "$name, values" "$out/$name/core" values 0 "${cases[1]}"
  expect "$name, loops" "$out/$name/core" loops 2000
  # With clang++ a throw can take so long here that the check sees others go on.
  [ "$compiler" = clang++ ] || expect "$name, throwing workers" "$out/$name/core" exceptions 1
done

if ! has valgrind; then
  skip "valgrind is not installed"
elif build valgrind CXX=g++ OPT="-O1 -g1" EXTRA=-pthread; then
  extended && cases=(100 2) || cases=(15 0)  # valgrind knows no AVX-512: the best set is AVX2
  watched=(valgrind -q --error-exitcode=9 --leak-check=full "$out/valgrind/core")
  expect "valgrind, values" "${watched[@]}" values "${cases[@]}"
  expect "valgrind, corpus" "${watched[@]}" corpus "${corpus[@]}"
fi

extended && larger=4 || larger=1
if build faults CXX=g++ EXTRA="-pthread -DNNCONV_INTERPOSE"; then
  expect "the k-th allocation fails, for all k" "$out/faults/core" allocations "$larger"
  expect "threads are refused" "$out/faults/core" refused
  expect "loops, within others, of several callers and after forks" "$out/faults/core" loops
  expect "workers and checkpoints throw" "$out/faults/core" exceptions "$larger"
fi
finish
