// Measures what this machine can do at most, for the report to compare with: fused multiply-adds of
// numbers in registers, and the memory's streams. Compiled where it runs, for the processor there.
//
//     g++ -O3 -march=native -ffp-contract=fast -std=c++17 -pthread bench/limits.cpp -o build/limits
//     build/limits 2
//
// Prints lines "what dtype threads value" for one thread and for the number given: GFLOP/s for fma,
// GB/s for read, write (to memory that has been in use) and fresh (to memory that the system has
// just handed out, in small or in large pages, where it has to be found and cleared on the way).
// Each is the best of several attempts.
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

namespace {

constexpr int attempts = 7;
constexpr std::size_t block = std::size_t(128) << 20;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

volatile double sink;  // keeps results from being optimised away

// The shortest time in which all threads have done work(thread), with `prepare` untimed.
double best_time(int threads, const std::function<void(int)>& work,
                 const std::function<void()>& prepare = [] {}) {
  double best = 1e300;
  for (int i = 0; i < attempts; ++i) {
    prepare();
    const double start = now();
    std::vector<std::thread> others;
    for (int t = 1; t < threads; ++t) others.emplace_back(work, t);
    work(0);
    for (std::thread& other : others) other.join();
    best = std::min(best, now() - start);
  }
  return best;
}

// --- arithmetic ----------------------------------------------------------------------------------

constexpr int chains = 12;  // sums that do not wait for each other; latency times units is 8 to 10
constexpr long steps = 4000000;

template <class T, int bytes>
void multiply_add() {
  typedef T Vec __attribute__((vector_size(bytes)));
  Vec sums[chains];
  Vec factor, term;
  for (std::size_t lane = 0; lane < bytes / sizeof(T); ++lane) {
    factor[lane] = T(0.999);
    term[lane] = T(0.001);
  }
  for (int i = 0; i < chains; ++i) sums[i] = factor * T(i);
  for (long k = 0; k < steps; ++k) {
#pragma GCC unroll 12
    for (int i = 0; i < chains; ++i) sums[i] = sums[i] * factor + term;
  }
  Vec total = sums[0];
  for (int i = 1; i < chains; ++i) total += sums[i];
  sink = total[0];
}

template <class T, int bytes>
double rate(int threads) {
  const double operations = 2.0 * chains * (bytes / sizeof(T)) * steps * threads;
  return operations / best_time(threads, [](int) { multiply_add<T, bytes>(); }) / 1e9;
}

// The best of the vector lengths that the processor has.
template <class T>
double best_rate(int threads) {
  double best = rate<T, 16>(threads);
#ifdef __AVX__
  best = std::max(best, rate<T, 32>(threads));
#endif
#ifdef __AVX512F__
  best = std::max(best, rate<T, 64>(threads));
#endif
  return best;
}

// --- memory --------------------------------------------------------------------------------------

char* allocate() {
  void* memory = mmap(nullptr, block, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::exit(1);
  return static_cast<char*>(memory);
}

std::size_t piece(int threads) {
  return block / static_cast<std::size_t>(threads) / 4096 * 4096;
}

double bandwidth(int threads, double seconds) {
  return static_cast<double>(piece(threads)) * threads / seconds / 1e9;
}

void read(const char* begin, std::size_t bytes) {
  typedef double Vec __attribute__((vector_size(64)));
  const Vec* cells = reinterpret_cast<const Vec*>(begin);
  Vec sums[4] = {};
  for (std::size_t i = 0; i + 4 <= bytes / sizeof(Vec); i += 4) {
#pragma GCC unroll 4
    for (std::size_t j = 0; j < 4; ++j) sums[j] += cells[i + j];
  }
  const Vec total = sums[0] + sums[1] + sums[2] + sums[3];
  sink = total[0] + total[7];
}

double read_bandwidth(int threads, const char* memory) {
  const auto work = [&](int t) {
    read(memory + static_cast<std::size_t>(t) * piece(threads), piece(threads));
  };
  return bandwidth(threads, best_time(threads, work));
}

double write_bandwidth(int threads, char* memory) {
  const auto work = [&](int t) {
    std::memset(memory + static_cast<std::size_t>(t) * piece(threads), 1, piece(threads));
  };
  return bandwidth(threads, best_time(threads, work));
}

double fresh_bandwidth(int threads, bool large_pages) {
  char* memory = allocate();
  const auto renew = [&] {
    munmap(memory, block);
    memory = allocate();
#ifdef MADV_HUGEPAGE
    madvise(memory, block, large_pages ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
  };
  const auto work = [&](int t) {
    std::memset(memory + static_cast<std::size_t>(t) * piece(threads), 1, piece(threads));
  };
  const double seconds = best_time(threads, work, renew);
  munmap(memory, block);
  return bandwidth(threads, seconds);
}

}  // namespace

int main(int, char** arguments) {
  char* memory = allocate();
  std::memset(memory, 1, block);
  std::vector<int> counts = {1};
  if (std::atoi(arguments[1]) > 1) counts.push_back(std::atoi(arguments[1]));
  for (const int threads : counts) {
    const auto print = [&](const char* what, const char* dtype, double value) {
      std::printf("%s %s %d %.2f\n", what, dtype, threads, value);
    };
    print("fma", "float64", best_rate<double>(threads));
    print("fma", "float32", best_rate<float>(threads));
    print("read", "-", read_bandwidth(threads, memory));
    print("write", "-", write_bandwidth(threads, memory));
    print("fresh-small", "-", fresh_bandwidth(threads, false));
    print("fresh-large", "-", fresh_bandwidth(threads, true));
  }
}
