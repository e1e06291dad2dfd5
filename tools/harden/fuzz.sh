#!/bin/bash
# Fuzzes, by libFuzzer under the address and undefined-behaviour sanitizers, the core's geometry (size
# laws, index maps, links, plans and whole results of small cases, against plain loops) and the reader
# of safetensors files. An input that is found goes to tests/core/corpus/. NNCONV_FUZZ_SECONDS sets
# how long each takes.
# needs: clang make
. tools/harden/helper.sh
has clang++ || { skip "clang++ is not installed"; finish; }
seconds=${NNCONV_FUZZ_SECONDS:-$(extended && echo 1200 || echo 60)}
mkdir -p "$out"/{new,seeds,corpus}
fuzz() {  # NAME PROGRAM ARGUMENTS...
  local name=$1
  shift
  expect "$name, $seconds s" "$@" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$out/"
}

flags="-pthread -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all"
if build geometry fuzz CXX=clang++ OPT="-O1 -g1" EXTRA="$flags"; then
  fuzz geometry "$out/geometry/fuzz" "$out/new" tests/core/corpus -max_len=64
fi

clang++ -std=c++17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc \
  tests/core/fuzz_safetensors.cpp src/safetensors/*.cpp src/files/{file_kind,number_types,tensor_data,text}.cpp \
  -o "$out/safetensors" || { fail "the reader's target does not build"; finish; }
# PyTorch's file, and some that a person can read: length of the header, header, data.
cp tests/testthat/fixtures/pytorch.safetensors "$out/seeds/"
seed() { { printf "$2"'\000\000\000\000\000\000\000'; printf '%s' "$3" "$4"; } > "$out/seeds/$1"; }
seed empty '\002' '{}' ''
seed metadata '\042' '{"__metadata__":{"a":"b","c":"d"}}' ''
seed scalar '\065' '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}' '1234'
seed one '\066' '{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}' '12345678'
{ printf 'PK\003\004\024'; head -c 21 /dev/zero; printf '\020\000\000\000archive/data.pkl'; } > "$out/seeds/zip"
echo '<!DOCTYPE html><html><head><title>Not found</title></head></html>' > "$out/seeds/page"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' > "$out/seeds/pointer"
printf '"%s"\n' '\"dtype\":' '\"shape\":[' '\"data_offsets\":[' '\"__metadata__\":{' F64 F32 F16 BF16 I8 I64 \
  U64 BOOL F8_E4M3 F8_E5M2 F8_E4M3FNUZ F8_E8M0 F4 F6_E2M3 '\\ud83d\\ude00' '\\u0000' \
  18446744073709551615 > "$out/words"
fuzz safetensors "$out/safetensors" "$out/corpus" "$out/seeds" -max_len=32768 -dict="$out/words"
finish
