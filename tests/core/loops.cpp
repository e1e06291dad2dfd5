// Loops: those within others, of several callers, after a fork, and after the threads' end.
#include <atomic>
#include <cfenv>
#include <chrono>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

#include "modes.h"
#include "system/thread_pool.h"
#include "system/threads.h"

namespace core {
namespace {

using nnconv::Index;
using nnconv::parallel_for;

int failures = 0;

void check(bool holds, const std::string& what) {
  if (holds) return;
  ++failures;
  std::printf("failed: %s\n", what.c_str());
}

// Does a loop run every item once, on workers of different numbers at the same time?
bool runs_each_once(int threads, Index items) {
  std::vector<std::atomic<int>> seen(static_cast<std::size_t>(items));
  std::vector<std::atomic<int>> busy(static_cast<std::size_t>(threads));
  std::atomic<bool> right{true};
  parallel_for(items, threads, [&](Index i, int worker) {
    if (worker < 0 || worker >= threads) {
      right = false;
      return;
    }
    if (++busy[static_cast<std::size_t>(worker)] != 1) right = false;
    ++seen[static_cast<std::size_t>(i)];
    --busy[static_cast<std::size_t>(worker)];
  });
  for (const std::atomic<int>& count : seen) right = right && count == 1;
  return right;
}

void sleep_a_little(Index i) {
  std::this_thread::sleep_for(std::chrono::microseconds(i % 3 == 0 ? 500 : 20));
}

// Loops follow each other at once, or after the threads have begun to sleep or have ended.
void check_repeated(int loops) {
  for (int i = 0; i < loops; ++i) {
    check(runs_each_once(1 + i % 8, i % 7 * 5), "loop " + std::to_string(i));
    if (i % 50 == 0) sleep_a_little(0);
    if (i % 500 == 0) nnconv::end_threads();
  }
}

void check_nested() {
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<Index> count{0};
  std::atomic<bool> is_elsewhere{false};
  const auto checkpoint = [&] {
    if (std::this_thread::get_id() != caller) is_elsewhere = true;
  };
  parallel_for(
      20, 4,
      [&](Index i, int) {
        sleep_a_little(i);
        parallel_for(
            30, 3, [&](Index, int) { ++count; }, checkpoint);
      },
      checkpoint);
  check(count == 20 * 30, "items of loops within items");
  check(!is_elsewhere, "checkpoints on the first caller's thread");
}

void check_callers(int loops) {
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int caller = 0; caller < 3; ++caller) {
    callers.emplace_back([&] {
      for (int i = 0; i < loops; ++i) wrong += !runs_each_once(3, 40);
    });
  }
  for (std::thread& caller : callers) caller.join();
  check(wrong == 0, "loops of several callers");
}

void check_rounding() {
#ifdef FE_UPWARD
  volatile double one = 1, three = 3;
  const auto thirds = [&](Index, int) -> double { return one / three; };
  std::fesetround(FE_UPWARD);
  const double wanted = thirds(0, 0);
  std::atomic<int> others{0}, wrong{0};
  parallel_for(200, 4, [&](Index i, int worker) {
    sleep_a_little(i);
    others += worker != 0;
    wrong += thirds(i, worker) != wanted;
  });
  std::fesetround(FE_TONEAREST);
  check(wrong == 0, "rounding on all threads");
  std::printf("loops: %d of 200 items ran on other threads\n", others.load());
#endif
}

void check_fork() {
#if !defined(_WIN32) && !defined(__EMSCRIPTEN__)
  check(runs_each_once(4, 100), "before a fork");
  const pid_t child = fork();
  if (child == 0) {
    const bool right = runs_each_once(4, 100) && nnconv::thread_count() == 1;
    nnconv::end_threads();  // not those of the parent
    _exit(right ? 0 : 1);
  }
  check(runs_each_once(4, 100), "beside a fork");
  int status = -1;
  check(waitpid(child, &status, 0) == child && status == 0, "in a fork");
  check(runs_each_once(4, 100), "after a fork");
#endif
}

}  // namespace

int check_loops(int loops) {
  check_repeated(loops);
  check_nested();
  check_callers(loops / 10);
  check_rounding();
  check_fork();
  nnconv::end_threads();
  nnconv::end_threads();
  check(runs_each_once(4, 100), "after the end of all threads");
  std::printf("loops: %d checks failed\n", failures);
  return failures;  // with threads that sleep
}

}  // namespace core
