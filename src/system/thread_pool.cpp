// Thread pool: the threads, and how they find work.
//
// All that a thread looks at while it watches is one number, the state: how many of the loop's
// places are open, and how many are taken. A thread begins by exchanging it, without a lock. The
// lock and the conditions are for those that sleep.
#include "system/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <cfenv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#ifndef _WIN32
#include <pthread.h>
#include <signal.h>
#endif

namespace nnconv {
namespace {

using Work = std::function<void(int)>;
using State = std::uint32_t;

// Waking a sleeping thread takes about as long.
constexpr std::chrono::microseconds watch_time(50);
constexpr int looks_per_yield = 32;

constexpr State one_open = 1 << 16;  // open places in the upper half, taken ones in the lower
constexpr State open_places(State state) {
  return state / one_open;
}
constexpr State taken_places(State state) {
  return state % one_open;
}

std::atomic<bool> forked{false};

#ifndef _WIN32
// R's parallel workers are forked processes; each of them stays on one thread.
const int registered = pthread_atfork(nullptr, nullptr, [] { forked = true; });
#endif

// Blocks signals while it lives. New threads inherit this: R handles signals on its own thread.
class SignalsBlocked {
 public:
#ifndef _WIN32
  SignalsBlocked() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_;
#else
  SignalsBlocked() {}
#endif
};

// Looks until `holds` or until the time is over, and lets others have the processor meanwhile.
template <class Condition>
bool watch(const Condition& holds) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + watch_time;
  do {
    for (int i = 0; i < looks_per_yield; ++i) {
      if (holds()) return true;
    }
    std::this_thread::yield();
  } while (Clock::now() < end);
  return false;
}

class ThreadPool {
 public:
  void run(int others, const Work& work) {
    if (is_busy_.exchange(true)) return work(0);
    const State places = static_cast<State>(std::min(others, begin_threads(others)));
    if (places > 0) offer(places, work);
    work(0);
    if (places > 0) finish();
    is_busy_ = false;
  }

  void end() {
    {
      const std::lock_guard<std::mutex> lock(guard_);
      has_ended_ = true;
    }
    offered_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    has_ended_ = false;
  }

 private:
  // Returns the number of threads that there are.
  int begin_threads(int wanted) {
    const auto count = [this] { return static_cast<int>(threads_.size()); };
    if (count() >= wanted) return count();
    const SignalsBlocked blocked;
    try {
      threads_.reserve(static_cast<std::size_t>(wanted));
      while (count() < wanted) threads_.emplace_back([this] { serve(); });
    } catch (const std::exception&) {  // no thread or memory left: the others do the work
    }
    return count();
  }

  void offer(State places, const Work& work) {
    work_ = &work;
    places_ = places;
    std::fegetenv(&rounding_);
    state_ = places * one_open;
    if (sleeping_ == 0) return;
    { const std::lock_guard<std::mutex> lock(guard_); }  // those that are about to sleep do
    for (State i = 0; i < places; ++i) offered_.notify_one();
  }

  // Waits for those that have begun.
  void finish() {
    const auto all_are_done = [this] { return state_ == 0; };
    state_ &= one_open - 1;
    if (watch(all_are_done)) return;
    std::unique_lock<std::mutex> lock(guard_);
    is_awaited_ = true;
    done_.wait(lock, all_are_done);
    is_awaited_ = false;
  }

  void serve() {
    const auto is_wanted = [this] { return has_ended_ || open_places(state_) > 0; };
    while (!has_ended_) {
      if (watch(is_wanted)) {
        take_part();
        continue;
      }
      std::unique_lock<std::mutex> lock(guard_);
      ++sleeping_;
      offered_.wait(lock, is_wanted);
      --sleeping_;
    }
  }

  // Takes a place, if one is open, and works. On leaving, it closes the others.
  void take_part() {
    State state = state_;
    do {
      if (open_places(state) == 0) return;
    } while (!state_.compare_exchange_weak(state, state - one_open + 1));
    std::fesetenv(&rounding_);
    (*work_)(static_cast<int>(places_ - open_places(state) + 1));
    state = state_;
    while (!state_.compare_exchange_weak(state, taken_places(state) - 1)) {
    }
    if (taken_places(state) > 1 || !is_awaited_) return;
    { const std::lock_guard<std::mutex> lock(guard_); }  // the caller sleeps by now
    done_.notify_one();
  }

  // Written by the caller while no place is open or taken.
  const Work* work_ = nullptr;
  State places_ = 0;
  std::fenv_t rounding_ = {};

  std::atomic<State> state_{0};
  std::atomic<int> sleeping_{0};
  std::atomic<bool> is_busy_{false}, is_awaited_{false}, has_ended_{false};
  std::mutex guard_;
  std::condition_variable offered_, done_;
  std::vector<std::thread> threads_;
};

// Never destroyed: at the end of the process threads may sleep in it.
ThreadPool& pool() {
  static ThreadPool* const only = new ThreadPool;
  return *only;
}

}  // namespace

bool is_forked() {
  return forked;
}

void run_with_threads(int others, const Work& work) {
  if (others <= 0 || is_forked()) return work(0);
  pool().run(others, work);
}

void end_threads() {
  if (!is_forked()) pool().end();
}

}  // namespace nnconv
