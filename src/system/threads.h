// Threads: the only place that knows threads.
//
// parallel_for() runs body(item, worker) for every item, on up to `threads` workers, in any order;
// what the items write must not overlap. An exception in a worker is thrown again by the caller.
// The caller's own thread is worker 0, and calls `checkpoint`, if there is one, after each of its
// items: nothing takes longer to end than an item.
//
// Threads are the standard library's, begun and ended within the call. There is no pool that a fork
// could cut off from its threads, none is left behind, and one that the system refuses is done
// without (OpenMP would end the process, and some compilers do not have it).
#pragma once

#include <functional>
#include <string>

#include "system/index.h"

namespace nnconv {

// The number of threads to use: what was set, or else half of the processors, at most what
// OMP_NUM_THREADS, OMP_THREAD_LIMIT and the processor_quota() allow, and 2 in a check of CRAN's.
// Always 1 in a process that was forked.
int thread_count();

// Sets it; 0 goes back to the default.
void set_thread_count(int threads);

// Processors, or parts of them, that the control groups of this process may use; infinity where
// there is no limit. `root` is put before the system's paths.
double processor_quota(const std::string& root = "");

// What it can be set to at most.
int most_threads();

constexpr Index parallel_work = Index(1) << 22;  // multiply-adds worth a second thread

// The number of threads to use for so many multiply-adds.
inline int threads_for(double products) {
  return products > static_cast<double>(parallel_work) ? thread_count() : 1;
}

// Called now and then during long work, on the caller's thread; may throw to end it.
using Checkpoint = std::function<void()>;

// Ends an item of a loop that has ended by an exception of another item. Only for workers, whose
// threads nothing else ends.
void end_with_loop();

// A checkpoint for what takes many short steps, once in so many of them. Within a loop's items it
// takes the worker: on its own thread the caller's checkpoint is called, and on others the item
// ends when the loop does.
class PacedCheckpoint {
 public:
  explicit PacedCheckpoint(const Checkpoint& checkpoint, int worker = 0)
      : checkpoint_(checkpoint), worker_(worker) {}

  void operator()(Index steps = 1) {
    steps_ += steps;
    if (steps_ < steps_between) return;
    steps_ = 0;
    if (worker_ != 0) return end_with_loop();
    if (checkpoint_) checkpoint_();
  }

 private:
  static constexpr Index steps_between = 1 << 12;
  const Checkpoint& checkpoint_;
  int worker_;
  Index steps_ = 0;
};

void parallel_for(Index items, int threads, const std::function<void(Index, int)>& body,
                  const Checkpoint& checkpoint = {});

// Runs body(first, last) for all parts first .. last - 1 of 0 .. length - 1, where an element is
// little work; each part begins at a multiple of part_length.
constexpr Index part_length = Index(1) << 16;
void for_parts(Index length, const Checkpoint& checkpoint,
               const std::function<void(Index, Index)>& body);

}  // namespace nnconv
