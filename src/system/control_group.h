// Control group: reads the limits that Linux sets to a group of processes, such as a container.
//
// Groups are nested. A process may have the least that its own group and those around it leave.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

namespace nnconv {

// The folder of a group, in one of the two versions of Linux's control groups.
struct ControlGroup {
  std::string folder;
  bool is_version_2;

  std::string file(const char* version_2, const char* version_1) const {
    return folder + "/" + (is_version_2 ? version_2 : version_1);
  }
};

// The groups of this process that limit a `controller`, "memory" or "cpu": its own and those around
// it. There are none where the system has no such groups. `root` is put before the system's paths.
std::vector<ControlGroup> control_groups(const std::string& controller, const std::string& root);

// The number that a file begins with, or `otherwise` if it begins with none, as with "max".
double number_in(const std::string& path, double otherwise);

// The sum of the numbers that follow these names, in a file with a name and a number on each line.
double entries_in(const std::string& path, std::initializer_list<const char*> names);

}  // namespace nnconv
