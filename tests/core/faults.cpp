// Faults: memory that is not there, threads that are refused, exceptions in workers.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "allocator.h"
#include "kernels/dispatch.h"
#include "modes.h"
#include "system/thread_pool.h"
#include "system/threads.h"
#include "verbs.h"

namespace core {
namespace {

using nnconv::Algorithm;
using nnconv::Axis;
using nnconv::PadMode;

int failures = 0;

void check(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("failed: %s\n", what.c_str());
}

// `size` cells of the large side and as many as fit of the small one.
Geometry square(Index batch, Index channels, Index groups, Index size, Index kernel, Index stride,
                PadMode mode) {
  Axis axis = {size, 0, kernel, stride, 1, 1, 1, mode};
  axis.small = correlate_size(axis);
  return {batch, channels, channels, groups, {axis, axis}};
}

// One for every way of the core; those above parallel_work run on threads.
std::vector<Geometry> layers(bool on_threads) {
  if (on_threads) {
    return {square(1, 40, 1, 18, 3, 1, PadMode::zeros),
            square(9, 16, 1, 22, 4, 2, PadMode::reflect),
            square(120, 16, 16, 16, 3, 1, PadMode::zeros),
            square(4, 4, 1, 130, 4, 2, PadMode::circular)};
  }
  return {square(1, 8, 1, 9, 3, 1, PadMode::zeros), square(1, 6, 2, 8, 4, 2, PadMode::circular),
          square(5, 4, 1, 9, 3, 2, PadMode::replicate), square(3, 5, 5, 7, 3, 1, PadMode::reflect),
          square(1, 12, 4, 6, 2, 2, PadMode::zeros)};
}

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const bool is_single : {false, true}) {
    for (const Algorithm a : {Algorithm::automatic, Algorithm::direct, Algorithm::transforms,
                              Algorithm::col2im, Algorithm::padded, Algorithm::planes}) {
      for (const nnconv::WeightsId id : {0, 1}) all.push_back({is_single, true, a, id});
    }
  }
  return all;
}

enum class Outcome { right, wrong, no_memory, other };

template <class Call>
Outcome outcome_of(const Call& call) {
  try {
    return call() ? Outcome::right : Outcome::wrong;
  } catch (const std::bad_alloc&) {
    return Outcome::no_memory;
  } catch (const std::exception& e) {
    std::printf("%s\n", e.what());
    return Outcome::other;
  }
}

struct Tally {
  long failed = 0, arrived = 0, recovered = 0, leaks = 0;
};

// Lets every allocation of one call fail, in turn. `warm`: nothing is left to be made once only.
void fail_each(const Case& c, Way way, int threads, bool warm, Tally& tally) {
  const std::string name =
      name_of(way) + " on " + std::to_string(threads) + " threads; " + describe(c.geometry);
  nnconv::set_thread_count(threads);
  const Results wanted = warm ? run(c, {way.is_single, way.with_bias, way.algorithm}) : Results();
  const auto call = [&] {
    const bool is_right = same_bits(run(c, way), wanted);
    return is_right || !warm;
  };
  const auto undisturbed = [&] {
    const Outcome next = outcome_of(call);
    check(next == Outcome::right, "the next call; " + name);
    nnconv::forget_weights();
  };
  for (long k = 1;; ++k) {
    const long before = live_allocations();
    fail_allocation(k);
    const Outcome outcome = outcome_of(call);
    const bool was_reached = has_failed();
    fail_allocation(0);
    if (way.weights_id != 0 && k % 4 == 1) undisturbed();  // with what has been kept
    nnconv::forget_weights();
    if (warm && live_allocations() != before) ++tally.leaks;
    check(outcome == Outcome::right || (was_reached && outcome == Outcome::no_memory),
          "allocation " + std::to_string(k) + "; " + name);
    if (!was_reached) break;
    ++tally.failed;
    ++(outcome == Outcome::right ? tally.recovered : tally.arrived);
    if (warm && k % 16 == 1) undisturbed();
  }
  if (warm) undisturbed();
  nnconv::forget_weights();
}

}  // namespace

int check_allocations(int larger_layers) {
  Tally tally;
  Random random(7);
  const Case first = make_case(layers(true)[0], Numbers::real, random);
  nnconv::set_thread_count(0);  // the default, which is found out once
  fail_each(first, ways()[0], 0, false, tally);
  for (const bool on_threads : {false, true}) {
    for (const Geometry& g : layers(on_threads)) {
      if (on_threads && larger_layers-- <= 0) break;
      const Case c = make_case(g, Numbers::real, random);
      for (const Way way : ways()) {
        if (on_threads && way.algorithm == Algorithm::transforms) continue;  // as without threads
        fail_each(c, way, on_threads ? 3 : 1, true, tally);
      }
    }
  }
  check(tally.leaks == 0, std::to_string(tally.leaks) + " calls leaked");
  check(tally.failed > 1000, "too few allocations to fail");
  std::printf("allocations: %ld made to fail, %ld arrived as bad_alloc, %ld done without, ",
              tally.failed, tally.arrived, tally.recovered);
  std::printf("%ld leaks, %d checks failed\n", tally.leaks, failures);
  return failures;
}

int check_refused_threads() {
  if (!allow_threads(-1)) {
    std::printf("refused: not built for it\n");
    return 1;
  }
  Random random(8);
  int calls = 0;
  for (const Geometry& g : layers(true)) {
    const Case c = make_case(g, Numbers::real, random);
    for (const Way way : ways()) {
      nnconv::set_thread_count(1);
      nnconv::forget_weights();
      const Results alone = run(c, way);
      nnconv::set_thread_count(8);
      for (long count = 0; count < 24; count = 2 * count + 1) {
        nnconv::end_threads();  // so that they have to begin
        allow_threads(count);
        const Outcome outcome = outcome_of([&] { return same_bits(run(c, way), alone); });
        allow_threads(-1);
        check(outcome == Outcome::right, std::to_string(count) + " threads; " + describe(g));
        ++calls;
      }
    }
  }
  check(refused_threads() > calls, "threads were refused");
  std::printf("refused: %d calls, %ld threads refused, %d checks failed\n", calls,
              refused_threads(), failures);
  return failures;
}

namespace {

struct Thrown : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Items that throw, and what the others do.
void throw_in_workers(int threads, Index every) {
  constexpr Index items = 20000;
  std::atomic<Index> begun{0}, running{0};
  std::atomic<bool> has_thrown{false};
  bool arrived = false;
  try {
    nnconv::parallel_for(items, threads, [&](Index i, int) {
      ++begun;
      ++running;
      const bool throws = i >= 50 && i % every == 0;
      if (has_thrown) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // lets it be seen
      --running;
      if (!throws) return;
      has_thrown = true;
      throw Thrown("a worker");
    });
  } catch (const Thrown&) {
    arrived = true;
  }
  const std::string name = " with " + std::to_string(threads) + " threads, every " +
                           std::to_string(every) + "th item throwing";
  check(arrived, "the exception arrives" + name);
  check(running == 0, "all workers have ended" + name);
  check(begun < items, "the others stop" + name);
  std::vector<std::atomic<int>> seen(items);
  nnconv::parallel_for(items, threads, [&](Index i, int) { ++seen[static_cast<std::size_t>(i)]; });
  check(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }), "every item once");
}

// Checkpoints that throw at their k-th call; how many there were.
int throw_at_checkpoints(const Case& c, Way way) {
  nnconv::forget_weights();
  const Results wanted = run(c, way);
  nnconv::forget_weights();
  for (int k = 1;; ++k) {
    int calls = 0;
    bool arrived = false;
    const long before = live_allocations();
    try {
      const Results found = run(c, way, [&] {
        if (++calls == k) throw Thrown("a checkpoint");
      });
      check(same_bits(found, wanted), "results with checkpoints");
    } catch (const Thrown&) {
      arrived = true;
    }
    const long left = live_allocations() - before;
    check(left == 0, "no leak after a checkpoint");
    check(arrived == (calls >= k), "a checkpoint's exception arrives");
    if (!arrived) return calls;
  }
}

}  // namespace

int check_exceptions(int larger_layers) {
  int loops = 0, checkpoints = 0;
  for (int threads = 1; threads <= 8; ++threads) {
    for (const Index every : {1, 2, 7, 100, 10001}) {
      for (int again = 0; again < 5; ++again, ++loops) throw_in_workers(threads, every);
    }
  }
  Random random(9);
  for (const Geometry& g : layers(true)) {
    if (larger_layers-- <= 0) break;
    const Case c = make_case(g, Numbers::real, random);
    for (const int threads : {1, 4}) {
      nnconv::set_thread_count(threads);
      for (const Way way : ways()) checkpoints += throw_at_checkpoints(c, way);
    }
  }
  std::printf("exceptions: %d loops with throwing workers, %d throwing checkpoints, ", loops,
              checkpoints);
  std::printf("%d checks failed\n", failures);
  return failures;
}

}  // namespace core
