#!/bin/bash
# Shows that the core builds without warnings and computes right with g++ and clang++, unoptimised and
# at -O3, as C++17 and C++20, on every instruction set of this processor and 1 to 8 threads, and that
# where numbers are whole the results are the same bit for bit.
# needs: g++ clang make
. tests/core/step.sh

extended && cases=(300 10) || cases=(30 1)
hashes=()
for each in "g++ -O0 c++17" "g++ -O3 c++17" "g++ -O2 c++20" "clang++ -O0 c++17" \
    "clang++ -O3 c++17" "clang++ -O2 c++20"; do
  read -r compiler opt std <<< "$each"
  test="core: $compiler $opt $std, -Wall -Wextra -pedantic"
  if ! has "$compiler"; then
    row "$test" "0 warnings, 0 wrong" "$compiler is not installed" "not run"
    continue
  fi
  if build "$compiler$opt-$std" CXX="$compiler" OPT="$opt" STD="$std" EXTRA=-pthread; then
    attempt "$test" "0 warnings, 0 wrong" "$out/$compiler$opt-$std/core" values "${cases[@]}"
    hashes+=("$(hash_of "$log_of_attempt")")
  else
    row "$test" "0 warnings, 0 wrong" "does not build without warnings" missed
  fi
done
different=$(printf '%s\n' "${hashes[@]}" | sort -u | wc -l)
row "core: whole numbers by all builds" "1 hash" "$different in ${#hashes[@]} builds" \
  "$([ "$different" = 1 ] && echo ok || echo missed)"
finish
