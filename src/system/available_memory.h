// Available memory: how much memory this process can still take.
#pragma once

#include <string>

namespace nnconv {

// Returns the bytes that this process can still take: those that are free or can be freed at once,
// within the limits of its container and its own. Returns infinity where the system does not tell.
// `root` is put before the paths that the system's figures are read from.
double available_memory(const std::string& root = "");

}  // namespace nnconv
