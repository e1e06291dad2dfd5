#!/bin/sh
# Runs a compiler, unless it did the same before: then it copies what came of that. R CMD build and
# R CMD check both compile the package, from the same sources by the same commands.
#
#   tools/compile-once.sh FOLDER COMPILER [argument ...]
#
# FOLDER keeps the objects and what the compiler said. All sources in the working directory count,
# which is the package's src.
folder=$1
shift
object=
before=
for argument in "$@"; do
  if [ "$before" = -o ]; then object=$argument; fi
  before=$argument
done
case $object in
  *.o) ;;
  *) exec "$@" ;; # links
esac

sources() { find . -name '*.cpp' -o -name '*.h' | LC_ALL=C sort | xargs cat; }
key=$({ echo "$@"; sources; } | cksum | tr ' ' -)
kept=$folder/$(echo "$object" | tr / -)-$key
if [ ! -f "$kept" ]; then
  mkdir -p "$folder"
  "$@" 2> "$kept.said"
  status=$?
  cat "$kept.said" >&2
  [ "$status" = 0 ] || exit "$status"
  cp "$object" "$kept.new" && mv "$kept.new" "$kept"
else
  cat "$kept.said" >&2
  cp "$kept" "$object"
fi
