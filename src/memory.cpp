// Memory: what Linux tells, and large pages.
#include "memory.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <sstream>

#ifdef __linux__
#include <sys/mman.h>
#include <sys/resource.h>
#endif

namespace nnconv {

#ifdef __linux__
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// The number that a file consists of, or `otherwise`, as where it says "max".
double number_in(const std::string& path, double otherwise) {
  double number;
  return std::ifstream(path) >> number ? number : otherwise;
}

// The sum of the numbers after these names in a file of a name and a number on each line.
double entries(const std::string& path, std::initializer_list<const char*> names) {
  double sum = 0;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    double number;
    if (!(words >> name >> number)) continue;
    if (std::find(names.begin(), names.end(), name) != names.end()) sum += number;
  }
  return sum;
}

// What the processes of a group may still take, in the group's folder: pages of files do not count,
// since they are dropped when the limit is reached. Swap is left out.
double room_of_group(const std::string& folder) {
  const std::string version_2 = folder + "/memory.max";
  const bool is_version_2 = std::ifstream(version_2).good();
  const double limit =
      number_in(is_version_2 ? version_2 : folder + "/memory.limit_in_bytes", unlimited);
  const double used =
      number_in(folder + (is_version_2 ? "/memory.current" : "/memory.usage_in_bytes"), 0);
  const std::string figures = folder + "/memory.stat";
  return limit - used +
         (is_version_2 ? entries(figures, {"inactive_file", "active_file"})
                       : entries(figures, {"total_inactive_file", "total_active_file"}));
}

// The least room of the groups that this process is in, from its own up to the outermost.
double room_of_container(const std::string& root) {
  double room = unlimited;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // number:controllers:path
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",";
    const bool is_version_2 = controllers == ",,";
    if (!is_version_2 && controllers.find(",memory,") == std::string::npos) continue;
    const std::string mount = root + "/sys/fs/cgroup" + (is_version_2 ? "" : "/memory");
    std::string path = line.substr(second + 1);
    while (true) {
      room = std::min(room, room_of_group(mount + path));
      if (path.find('/') == std::string::npos) break;
      path.erase(path.rfind('/'));
    }
  }
  return room;
}

double room_below(int limit, double used) {
  rlimit most;
  if (getrlimit(limit, &most) != 0 || most.rlim_cur == RLIM_INFINITY) return unlimited;
  return static_cast<double>(most.rlim_cur) - used;
}

}  // namespace

double available_memory(const std::string& root) {
  const std::string system = root + "/proc/meminfo", process = root + "/proc/self/status";
  const double free = 1024 * entries(system, {"MemAvailable:", "SwapFree:"});
  if (free <= 0) return unlimited;
  const double room = std::min({free, room_of_container(root),
                                room_below(RLIMIT_AS, 1024 * entries(process, {"VmSize:"})),
                                room_below(RLIMIT_DATA, 1024 * entries(process, {"VmData:"}))});
  return std::max(room, 0.0);
}
#else
double available_memory(const std::string&) {
  return std::numeric_limits<double>::infinity();
}
#endif

void advise_large_pages(void* block, std::size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr std::uintptr_t page = std::uintptr_t(2) << 20;
  const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(block);
  const std::uintptr_t first = (begin + page - 1) / page * page;
  const std::uintptr_t last = (begin + bytes) / page * page;
  if (last > first) {
    // A refusal costs nothing but speed.
    (void)madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
  }
#else
  (void)block;
  (void)bytes;
#endif
}

}  // namespace nnconv
