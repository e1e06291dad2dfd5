// Verbs: a case run through the core, and judged by the oracle.
#pragma once

#include <string>
#include <vector>

#include "convolution/convolution.h"
#include "oracle.h"

namespace core {

struct Way {
  bool is_single, with_bias;
  nnconv::Algorithm algorithm;
  nnconv::WeightsId weights_id = 0;
};

struct Results {
  std::vector<double> small, large, weight;
};

Results run(const Case& c, Way way, const nnconv::Checkpoint& checkpoint = nullptr);

bool same_bits(const Results& a, const Results& b);

struct Wanted {
  Expected small, large, weight;
};

Wanted wanted_of(const Case& c, bool with_bias);

// In units of the tolerance that the package states for this way and these numbers.
double worst_error(const Results& found, const Wanted& wanted, Way way, Numbers numbers);

// A hash of bits that is the same whatever the order of bytes; 0 and -0 count as the same.
std::uint64_t hash(std::uint64_t before, const Results& results);

std::string name_of(Way way);

}  // namespace core
