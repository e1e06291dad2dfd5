// Threads: runs loops on several threads. Nothing else knows threads.
//
// parallel_for() runs body(item, worker) for every item, on up to `threads` workers, in any order.
// The items must not write to the same places. An exception of a worker is thrown again to the
// caller. The caller's own thread is worker 0; it calls `checkpoint`, if there is one, after each
// of its items, so that an interrupt waits for one item at most.
//
// The threads are the standard library's and stay between loops (thread_pool.h). If the system
// refuses a thread, the others do its work (OpenMP would end the process, and some compilers lack
// it). A loop in an item of another runs on the item's thread, without its checkpoint unless that
// is the caller's.
#pragma once

#include <functional>
#include <string>

#include "system/index.h"

namespace nnconv {

// The number of threads to use: the number that was set or, by default, half of the processors,
// within OMP_NUM_THREADS, OMP_THREAD_LIMIT and processor_quota(), and at most 2 in a check of
// CRAN's. In a forked process it is always 1.
int thread_count();

// Sets the number of threads to use; 0 restores the default.
void set_thread_count(int threads);

// The number of processors, which may be a fraction, that the control groups of this process may
// use, or infinity if there is no limit. `root` is put before the system's paths.
double processor_quota(const std::string& root = "");

// The largest number of threads that can be set.
int most_threads();

constexpr Index parallel_work = Index(1) << 20;  // multiply-adds worth a second thread

// The number of threads to use for so many multiply-adds.
inline int threads_for(double products) {
  return products > static_cast<double>(parallel_work) ? thread_count() : 1;
}

// Called now and then during long work, on the caller's thread. It may throw, to end the work.
using Checkpoint = std::function<void()>;

// Ends an item by an exception if another item has ended the loop by one. It is for workers, whose
// threads nothing else ends.
void end_with_loop();

// Calls a checkpoint once in many short steps. Within the items of a loop it is given the worker:
// on the caller's own thread it calls the checkpoint, on others it ends the item if the loop has
// ended.
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

  // The same after so many multiply-adds, or moves of numbers.
  void products(Index count) { (*this)(1 + count / products_per_step); }

 private:
  static constexpr Index steps_between = 1 << 12, products_per_step = 1 << 12;
  const Checkpoint& checkpoint_;
  int worker_;
  Index steps_ = 0;
};

void parallel_for(Index items, int threads, const std::function<void(Index, int)>& body,
                  const Checkpoint& checkpoint = {});

// Divides 0 .. length - 1, whose elements are little work each, into parts first .. last - 1 and
// runs body(first, last) for all of them. Each part begins at a multiple of part_length.
constexpr Index part_length = Index(1) << 14;
void for_parts(Index length, const Checkpoint& checkpoint,
               const std::function<void(Index, Index)>& body);

}  // namespace nnconv
