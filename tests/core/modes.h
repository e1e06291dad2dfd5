// Modes: what the driver can be asked to show. Each prints what it has found and returns how many
// checks have failed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace core {

// Random cases against the oracle: by every instruction set, type, algorithm and number of threads.
int check_values(int small_cases, int big_cases, std::uint64_t seed);

// Every allocation of a call fails in turn: of small layers on one thread, and of some larger ones,
// at most four, on three threads.
int check_allocations(int larger_layers);

// The system refuses threads: from the first, second, ... one on. Needs -DNNCONV_INTERPOSE.
int check_refused_threads();

// Exceptions out of workers, and out of the checkpoints of some larger layers, at most four.
int check_exceptions(int larger_layers);

// So many loops in turn, and loops within others, of several callers and after a fork.
int check_loops(int loops);

// One input of the fuzz target; ends the process where something is wrong.
void check_bytes(const std::uint8_t* bytes, std::size_t count);

}  // namespace core
