// Threads: the number of threads, and the loop.
#include "system/threads.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <limits>
#include <mutex>
#include <string>
#include <thread>

#include "system/control_group.h"
#include "system/thread_pool.h"

namespace nnconv {
namespace {

std::atomic<int> wanted{0};  // 0: the default

// A whole number in the environment, or `otherwise`.
int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const int value = std::atoi(text);
  return value > 0 ? value : otherwise;
}

bool checked_by_cran() {
  const char* text = std::getenv("_R_CHECK_LIMIT_CORES_");
  return text != nullptr && *text != '\0' && std::string(text) != "false";
}

int processors() {
  static const int count = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  return count;
}

// Tells whether the loop that this thread works for has ended by an exception.
thread_local const std::atomic<bool>* loop_ended = nullptr;

struct LoopEnded {};

}  // namespace

void end_with_loop() {
  if (loop_ended != nullptr && *loop_ended) throw LoopEnded();
}

double processor_quota(const std::string& root) {
  double least = std::numeric_limits<double>::infinity();
  for (const ControlGroup& group : control_groups("cpu", root)) {
    double quota = -1, period = 0;  // of microseconds
    if (group.is_version_2) {
      std::ifstream file(group.folder + "/cpu.max");  // "max" is no number: no quota
      if (!(file >> quota >> period)) continue;
    } else {
      quota = number_in(group.folder + "/cpu.cfs_quota_us", -1);
      period = number_in(group.folder + "/cpu.cfs_period_us", 0);
    }
    if (quota > 0 && period > 0) least = std::min(least, quota / period);
  }
  return least;
}

int most_threads() {
  int most = std::max(8, 2 * processors());  // more than the processors, for tests
  most = std::min(most, from_environment("OMP_THREAD_LIMIT", most));
  return checked_by_cran() ? std::min(most, 2) : most;
}

int thread_count() {
  if (is_forked()) return 1;
  if (wanted > 0) return std::min<int>(wanted, most_threads());
  static const double quota = processor_quota();
  const int threads =
      static_cast<int>(std::min<double>(std::max(1, processors() / 2), std::max(1.0, quota)));
  return std::min({threads, from_environment("OMP_NUM_THREADS", threads), most_threads()});
}

void set_thread_count(int threads) {
  wanted = threads;
}

void parallel_for(Index items, int threads, const std::function<void(Index, int)>& body,
                  const Checkpoint& checkpoint) {
  const Index workers = std::min<Index>(items, threads);
  const auto run = [&](Index i, int worker) {
    body(i, worker);
    if (worker != 0) return;
    end_with_loop();  // of a loop that has this one in an item
    if (checkpoint && loop_ended == nullptr) checkpoint();
  };
  if (workers <= 1) {
    for (Index i = 0; i < items; ++i) run(i, 0);
    return;
  }
  std::atomic<Index> next{0};
  std::atomic<bool> ended{false};
  std::exception_ptr failure;
  std::mutex guard;
  run_with_threads(static_cast<int>(workers - 1), [&](int worker) {
    if (worker != 0) loop_ended = &ended;
    try {
      for (Index i = next++; i < items; i = next++) run(i, worker);
    } catch (...) {
      const std::lock_guard<std::mutex> lock(guard);
      if (!failure) failure = std::current_exception();
      ended = true;
      next = items;
    }
    if (worker != 0) loop_ended = nullptr;
  });
  if (failure) std::rethrow_exception(failure);
}

void for_parts(Index length, const Checkpoint& checkpoint,
               const std::function<void(Index, Index)>& body) {
  const auto part = [&](Index i, int) {
    body(i * part_length, std::min(length, (i + 1) * part_length));
  };
  const Index parts = divide_up(length, part_length);
  parallel_for(parts, parts > 4 ? thread_count() : 1, part, checkpoint);
}

}  // namespace nnconv
