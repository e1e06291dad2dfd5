#!/bin/sh
# Fuzzes the reader of safetensors files (tests/core/fuzz_safetensors.cpp) with libFuzzer, under the
# address and undefined behaviour sanitizers, for NNCONV_FUZZ_SECONDS seconds (60).
# needs: clang
set -eu

name="safetensors reader, libFuzzer with address and undefined sanitizers"
seconds=${NNCONV_FUZZ_SECONDS:-60}
if [ "${NNCONV_EXTENDED_TESTS:-}" = true ]; then seconds=${NNCONV_FUZZ_SECONDS:-1800}; fi
aim="0 findings in $seconds s"
out=build/harden/safetensors-fuzz
mkdir -p "$out/seeds" "$out/corpus"

if ! command -v clang++ > /dev/null; then
  echo "row: $name | $aim | not run: clang++ is not installed | not run"
  exit 0
fi

echo "building"
clang++ -std=c++17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
  -Isrc tests/core/fuzz_safetensors.cpp src/safetensors/header.cpp src/safetensors/json_text.cpp \
  src/safetensors/file_kind.cpp src/safetensors/number_types.cpp src/safetensors/tensor_data.cpp -o "$out/fuzz"

# A small corpus: PyTorch's file, and some that a person can read.
cp tests/testthat/fixtures/pytorch.safetensors "$out/seeds/"
seed() { # name, length of the header as an octal escape, header, data
  { printf "$2"'\000\000\000\000\000\000\000'; printf '%s' "$3"; printf '%s' "$4"; } > "$out/seeds/$1"
}
seed empty '\002' '{}' ''
seed metadata '\042' '{"__metadata__":{"a":"b","c":"d"}}' ''
seed scalar '\065' '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}' '1234'
seed one '\066' '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' '12345678'
printf 'PK\003\004\024\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\000\020\000\000\000archive/data.pkl' \
  > "$out/seeds/zip"
printf '<!DOCTYPE html>\n<html><head><title>Not found</title></head></html>' > "$out/seeds/page"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' > "$out/seeds/pointer"
cat > "$out/words" <<'WORDS'
"\"dtype\":"
"\"shape\":["
"\"data_offsets\":["
"\"__metadata__\":{"
"F64"
"F32"
"F16"
"BF16"
"I8"
"I64"
"U64"
"BOOL"
"F8_E4M3"
"F8_E5M2"
"F8_E4M3FNUZ"
"F8_E8M0"
"F4"
"F6_E2M3"
"\\ud83d\\ude00"
"\\u0000"
"18446744073709551615"
WORDS

echo "fuzzing for $seconds seconds"
status=0
"$out/fuzz" -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=2048 \
  -dict="$out/words" -artifact_prefix="$out/" -print_final_stats=1 \
  "$out/corpus" "$out/seeds" > "$out/log" 2>&1 || status=$?
executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/log")
if [ "$status" -eq 0 ]; then
  echo "row: $name | $aim | 0 findings in ${executions:-?} executions | ok"
else
  tail -40 "$out/log"
  echo "row: $name | $aim | stopped after ${executions:-?} executions, see $out/log | missed"
fi
exit "$status"
