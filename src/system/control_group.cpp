// Control group: finds the groups, and reads the system's figures.
#include "system/control_group.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace nnconv {

std::vector<ControlGroup> control_groups(const std::string& controller, const std::string& root) {
  std::vector<ControlGroup> groups;
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {  // number:controllers:path
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool is_version_2 = controllers.empty();
    if (!is_version_2 &&
        ("," + controllers + ",").find("," + controller + ",") == std::string::npos)
      continue;
    const std::string mount = root + "/sys/fs/cgroup" + (is_version_2 ? "" : "/" + controller);
    std::string path = line.substr(second + 1);
    while (true) {
      groups.push_back({mount + path, is_version_2});
      if (path.find('/') == std::string::npos) break;
      path.erase(path.rfind('/'));
    }
  }
  return groups;
}

double number_in(const std::string& path, double otherwise) {
  double number;
  return std::ifstream(path) >> number ? number : otherwise;
}

double entries_in(const std::string& path, std::initializer_list<const char*> names) {
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

}  // namespace nnconv
