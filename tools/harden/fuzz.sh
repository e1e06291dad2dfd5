#!/bin/bash
# Fuzzes, by libFuzzer under the address and undefined-behaviour sanitizers, the core's geometry (size
# laws, index maps, links, plans and whole results of small cases, against plain loops) and the readers
# of safetensors files and of PyTorch's. An input that is found goes to tests/core/corpus/. NNCONV_FUZZ_SECONDS sets
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

reader() {  # FORMAT FOLDER: its target, with the parts of all formats
  clang++ -std=c++17 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined -Isrc \
    "tests/core/fuzz_$1.cpp" "src/$2"/*.cpp src/files/{file_kind,number_types,tensor_data,text}.cpp -o "$out/$1" ||
    { fail "the target of $1 does not build"; finish; }
}
reader safetensors safetensors
reader torch torch_files
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

# PyTorch's files as they are, and their pickles and packed bytes alone.
mkdir -p "$out"/{torch-corpus,torch-seeds}
for file in tests/testthat/fixtures/torch/*.pt; do
  { printf 'f'; cat "$file"; } > "$out/torch-seeds/$(basename "$file")"
  { printf 'p'; tail -c +65 "$file"; } > "$out/torch-seeds/$(basename "$file").pickle"
done
printf 'd\003\000\113\114\112\006\000' > "$out/torch-seeds/packed"
for type in Double Float Half BFloat16 Long Int Short Char Byte Bool; do
  echo "\"ctorch\\x0a${type}Storage\\x0a\""
done > "$out/names"
printf '"%s"\n' 'cnumpy\x0adtype\x0a' 'cnumpy.core.multiarray\x0ascalar\x0a' 'ccollections\x0adefaultdict\x0a' \
  'ctorch._utils\x0a_rebuild_tensor_v2\x0a' 'ccollections\x0aOrderedDict\x0a' storage data.pkl \
  'PK\x01\x02' 'PK\x03\x04' 'PK\x05\x06' 'PK\x06\x06' 'PK\x06\x07' byteorder >> "$out/names"
fuzz torch "$out/torch" "$out/torch-corpus" "$out/torch-seeds" -max_len=16384 -dict="$out/names"
finish
