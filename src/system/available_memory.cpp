// Available memory: the figures of Linux, and the limits of containers and processes.
#include "system/available_memory.h"

#include <algorithm>
#include <limits>

#ifdef __linux__
#include <sys/resource.h>

#include "system/control_group.h"
#endif

namespace nnconv {

#ifdef __linux__
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

// The memory that the processes of a group may still take. Pages of files and the kernel's caches
// count as free, because they are dropped when the limit is reached. Swap is left out.
double room_of_group(const ControlGroup& group) {
  const double limit = number_in(group.file("memory.max", "memory.limit_in_bytes"), unlimited);
  const double used = number_in(group.file("memory.current", "memory.usage_in_bytes"), 0);
  const std::string figures = group.file("memory.stat", "memory.stat");
  return limit - used +
         (group.is_version_2
              ? entries_in(figures, {"inactive_file", "active_file", "slab_reclaimable"})
              : entries_in(figures, {"total_inactive_file", "total_active_file"}));
}

double room_of_container(const std::string& root) {
  double room = unlimited;
  for (const ControlGroup& group : control_groups("memory", root)) {
    room = std::min(room, room_of_group(group));
  }
  return room;
}

// The memory that the system has free or can free at once. Where a system does not tell (kernels
// before 3.14, and some imitations of Linux), it is estimated from its main parts.
double free_memory(const std::string& figures) {
  double free = entries_in(figures, {"MemAvailable:"});
  if (free <= 0) {
    free = entries_in(figures, {"MemFree:", "Buffers:", "Cached:", "SReclaimable:"}) -
           entries_in(figures, {"Shmem:"});
  }
  return free <= 0 ? unlimited : 1024 * (free + entries_in(figures, {"SwapFree:"}));
}

double room_below(int limit, double used) {
  rlimit most;
  if (getrlimit(limit, &most) != 0 || most.rlim_cur == RLIM_INFINITY) return unlimited;
  return static_cast<double>(most.rlim_cur) - used;
}

}  // namespace

double available_memory(const std::string& root) {
  const std::string process = root + "/proc/self/status";
  const double room = std::min({free_memory(root + "/proc/meminfo"), room_of_container(root),
                                room_below(RLIMIT_AS, 1024 * entries_in(process, {"VmSize:"})),
                                room_below(RLIMIT_DATA, 1024 * entries_in(process, {"VmData:"}))});
  return std::max(room, 0.0);
}
#else
double available_memory(const std::string&) {
  return std::numeric_limits<double>::infinity();
}
#endif

}  // namespace nnconv
