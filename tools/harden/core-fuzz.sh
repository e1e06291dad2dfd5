#!/bin/bash
# Fuzzes the core's geometry with libFuzzer, under ASAN and UBSAN: size laws, index maps, links, spans
# and plans for numbers up to 2^31 - 1, and whole results of small cases, against plain loops. It
# begins with the inputs in tests/core/corpus/. What it finds is in build/harden/core-fuzz/.
# needs: clang make
. tests/core/step.sh

test="core: fuzzed geometry, ASAN and UBSAN"
aim="0 findings in 60 s or more"
if ! has clang++; then
  row "$test" "$aim" "clang++ is not installed" "not run"
  finish
fi
extended && seconds=600 || seconds=60
flags="-pthread -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all"
if ! build fuzz fuzz CXX=clang++ OPT="-O1 -g1" EXTRA="$flags"; then
  row "$test" "$aim" "does not build" missed
  finish
fi
mkdir -p "$out/new"
log=$out/fuzz.log
"$out/fuzz/fuzz" -max_total_time="$seconds" -max_len=64 -timeout=20 -rss_limit_mb=2000 \
  -print_final_stats=1 -artifact_prefix="$out/" "$out/new" tests/core/corpus > "$log" 2>&1
status=$?
executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
inputs=$(find tests/core/corpus -type f | wc -l)
measured="${executions:-0} executions in $seconds s, from $inputs kept inputs"
if [ "$status" = 0 ]; then
  row "$test" "$aim" "$measured, 0 findings" ok
else
  tail -n 20 "$log"
  row "$test" "$aim" "$measured, 1 finding" missed
fi
finish
