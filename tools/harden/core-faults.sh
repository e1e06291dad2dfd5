#!/bin/bash
# Shows that the core, without R, meets faults by an exception or by a right answer, and never by the
# end of the process: every allocation fails in turn, the system refuses threads, workers and
# checkpoints throw. See tests/core/faults.cpp.
# needs: g++ make
. tests/core/step.sh

if build driver CXX=g++ EXTRA="-pthread -DNNCONV_INTERPOSE"; then
  driver=$out/driver/core
  extended && larger=4 || larger=1
  attempt "core: the k-th allocation fails, for all k, on one and on three threads" \
    "bad_alloc, or done without; 0 leaks" "$driver" allocations "$larger"
  attempt "core: threads are refused (EAGAIN), from none to 23 allowed" "right results" \
    "$driver" refused
  attempt "core: workers and checkpoints throw" "arrives each time, others stop, 0 leaks" \
    "$driver" exceptions
else
  row "core: faults" "builds" "does not build" missed
fi
finish
