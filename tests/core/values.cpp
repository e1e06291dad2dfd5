// Values: results of random cases, and whether they depend on threads.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>

#include "convolution/bias_gradient.h"
#include "elementwise/relu.h"
#include "kernels/dispatch.h"
#include "modes.h"
#include "system/threads.h"
#include "verbs.h"

namespace core {
namespace {

using nnconv::Algorithm;

struct Tally {
  long results = 0, wrong = 0, repeated = 0, kept = 0, differing = 0;
  nnconv::Index most_kept = 0;
  double worst = 0;  // of results that are right
  std::set<std::string> simd;
  std::uint64_t whole_hash = 0, real_hash = 0;  // of the portable kernels, direct
  std::uint64_t fused_hash = 0;                 // of kernels with fused multiply-adds

  void judge(double error, const char* what, const Geometry& g) {
    ++results;
    if (error <= 1) {
      worst = std::max(worst, error);
      return;
    }
    ++wrong;
    std::printf("wrong by %g of the tolerance: %s; %s\n", error, what, describe(g).c_str());
  }
};

void check_rest(const Case& c, Numbers numbers, Tally& tally) {
  std::vector<double> found(c.large_bias.size());
  nnconv::bias_gradient(nnconv::large_view(c.geometry), c.large.data(), found.data(), {});
  const Tolerance allowed = {numbers == Numbers::whole ? Tolerance::exact : Tolerance::of_sums,
                             std::numeric_limits<double>::epsilon()};
  tally.judge(worst_error(found, expected_bias_gradient(c), allowed), "bias gradient", c.geometry);

  const Index count = std::min<Index>(500, static_cast<Index>(c.large.size()));
  for (const double slope : {0.0, 0.25}) {
    std::vector<double> rectified(static_cast<std::size_t>(count));
    nnconv::rectify(c.large.data(), slope, c.large.data(), count, rectified.data());
    bool right = true;
    for (std::size_t i = 0; i < rectified.size(); ++i) {
      const double x = c.large[i];
      const double wanted = !(x <= 0) ? x : slope == 0 ? 0 : slope * x;
      right = right && (rectified[i] == wanted || (std::isnan(rectified[i]) && std::isnan(wanted)));
    }
    tally.judge(right ? 0 : 2, "rectify", c.geometry);
  }
}

void check_case(const Case& c, Numbers numbers, bool with_bias, bool is_big, Tally& tally) {
  const Wanted wanted = wanted_of(c, with_bias);
  for (const std::string& simd : nnconv::available_simd()) {
    nnconv::choose_simd(simd);
    for (const bool is_single : {false, true}) {
      for (const Algorithm algorithm :
           {Algorithm::direct, Algorithm::col2im, Algorithm::padded, Algorithm::planes,
            Algorithm::automatic, Algorithm::transforms}) {
        const bool is_direct = algorithm == Algorithm::direct;
        const bool rounds = algorithm == Algorithm::automatic || algorithm == Algorithm::transforms;
        if (numbers == Numbers::whole && rounds) continue;
        const Way way = {is_single, with_bias, algorithm};
        const std::string name = simd + " " + name_of(way);
        nnconv::set_thread_count(1);
        const Results alone = run(c, way);
        tally.simd.insert(nnconv::last_simd());
        tally.judge(worst_error(alone, wanted, way, numbers), name.c_str(), c.geometry);
        if (simd == "portable" && is_direct && numbers != Numbers::wild) {
          auto& seen = numbers == Numbers::whole ? tally.whole_hash : tally.real_hash;
          seen = hash(seen, alone);
        }
        // Single images may be summed lane by lane, and sets differ in lanes.
        const bool is_fused = simd == "avx2" || simd == "neon";
        if (is_fused && numbers == Numbers::real && c.geometry.batch > 1) {
          tally.fused_hash = hash(tally.fused_hash, alone);
        }
        // The first call packs and keeps, the others find; sets, types and algorithms share the list.
        for (int threads = 1; threads <= 2; ++threads) {
          nnconv::set_thread_count(threads);
          ++tally.kept;
          if (same_bits(run(c, {is_single, with_bias, algorithm, 1}), alone)) continue;
          ++tally.differing;
          std::printf("kept weights differ: %s; %s\n", name.c_str(), describe(c.geometry).c_str());
        }
        tally.most_kept = std::max(tally.most_kept, nnconv::kept_bytes());
        for (int threads = 2; threads <= (is_big ? 8 : 2); ++threads) {
          nnconv::set_thread_count(threads);
          ++tally.repeated;
          if (same_bits(run(c, way), alone)) continue;
          ++tally.differing;
          std::printf("%d threads differ: %s; %s\n", threads, name.c_str(),
                      describe(c.geometry).c_str());
        }
      }
    }
  }
  nnconv::forget_weights(1);
  if (nnconv::kept_bytes() != 0) ++tally.differing;
  check_rest(c, numbers, tally);
}

}  // namespace

int check_values(int small_cases, int big_cases, std::uint64_t seed) {
  Random random(seed);
  Tally tally;
  for (int i = 0; i < small_cases + big_cases; ++i) {
    const bool is_big = i >= small_cases;  // more than parallel_work
    const Geometry g =
        is_big ? random_geometry(random, 4.3e6, 7e6) : random_geometry(random, 0, 2e5);
    for (const Numbers numbers : {Numbers::whole, Numbers::real, Numbers::wild}) {
      if (is_big && numbers == Numbers::wild) continue;
      check_case(make_case(g, numbers, random), numbers, i % 2 == 0, is_big, tally);
    }
  }
  std::string sets;
  for (const std::string& name : tally.simd) sets += " " + name;
  const int missing = static_cast<int>(nnconv::available_simd().size() - tally.simd.size());
  std::printf("values: %d geometries, %ld results, %ld wrong, largest error %.2g of the tolerance;",
              small_cases + big_cases, tally.results, tally.wrong, tally.worst);
  std::printf(" %ld repeated with more threads, %ld with kept weights, %ld differ; run by%s\n",
              tally.repeated, tally.kept, tally.differing, sets.c_str());
  if (tally.most_kept == 0 || tally.most_kept > nnconv::most_kept_bytes) ++tally.differing;
  std::printf("hash of whole numbers: %016llx, of real numbers: %016llx, fused: %016llx\n",
              static_cast<unsigned long long>(tally.whole_hash),
              static_cast<unsigned long long>(tally.real_hash),
              static_cast<unsigned long long>(tally.fused_hash));
  return static_cast<int>(tally.wrong + tally.differing) + missing;
}

}  // namespace core
