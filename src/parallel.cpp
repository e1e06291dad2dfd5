// Parallel: thread policy, the guard against forks, and the loop.
#include "parallel.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <string>
#include <thread>

#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(_OPENMP) && !defined(_WIN32)
#include <pthread.h>
#endif

namespace nnconv {
namespace {

std::atomic<int> wanted{0};  // 0: the default
std::atomic<bool> forked{false};

// A whole number in the environment, or `otherwise`.
int from_environment(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  if (text == nullptr) return otherwise;
  const int value = std::atoi(text);
  return value > 0 ? value : otherwise;
}

// Processors that the container may use, or 0 when it is not limited.
int container_quota() {
  std::string quota;
  double period = 0;
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  if (v2 >> quota >> period && quota != "max" && period > 0) {
    return std::max(1, static_cast<int>(std::atof(quota.c_str()) / period));
  }
  double microseconds = 0;
  std::ifstream v1("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
  std::ifstream v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  if (v1 >> microseconds && v1_period >> period && microseconds > 0 && period > 0) {
    return std::max(1, static_cast<int>(microseconds / period));
  }
  return 0;
}

#ifdef _OPENMP
bool checked_by_cran() {
  const char* text = std::getenv("_R_CHECK_LIMIT_CORES_");
  return text != nullptr && *text != '\0' && std::string(text) != "false";
}

// libgomp hangs in the child of a process that has run a parallel region: children stay serial.
void guard_against_forks() {
#ifndef _WIN32
  static const int registered = pthread_atfork(nullptr, nullptr, [] { forked = true; });
  (void)registered;
#endif
}
#endif

}  // namespace

bool has_openmp() {
#ifdef _OPENMP
  return true;
#else
  return false;
#endif
}

int most_threads() {
#ifdef _OPENMP
  int most = std::min(1024, omp_get_thread_limit());
  most = std::min(most, from_environment("OMP_THREAD_LIMIT", most));
  if (checked_by_cran()) most = std::min(most, 2);
  return std::max(1, most);
#else
  return 1;
#endif
}

int thread_count() {
  if (forked) return 1;
  if (wanted > 0) return std::min<int>(wanted, most_threads());
  static const int processors = static_cast<int>(std::thread::hardware_concurrency());
  static const int quota = container_quota();
  int threads = std::max(1, processors / 2);
  if (quota > 0) threads = std::min(threads, quota);
  threads = from_environment("OMP_NUM_THREADS", threads);
  return std::min(threads, most_threads());
}

void set_thread_count(int threads) {
  wanted = threads;
}

void parallel_for(Index items, int threads, const std::function<void(Index, int)>& body) {
#ifdef _OPENMP
  const int workers = static_cast<int>(std::min<Index>(items, threads));
  if (workers > 1) {
    guard_against_forks();
    std::exception_ptr failure;
#pragma omp parallel num_threads(workers)
    {
      const int worker = omp_get_thread_num();
#pragma omp for schedule(dynamic)
      for (Index i = 0; i < items; ++i) {
        try {
          body(i, worker);
        } catch (...) {
#pragma omp critical(nnconv_failure)
          if (!failure) failure = std::current_exception();
        }
      }
    }
    if (failure) std::rethrow_exception(failure);
    return;
  }
#endif
  (void)threads;
  for (Index i = 0; i < items; ++i) body(i, 0);
}

}  // namespace nnconv
