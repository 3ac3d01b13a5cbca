#include "core/lock_holders.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstdio>
#include <sstream>
#include <string>

#include "core/system_files.h"

namespace lts {

// "1: FLOCK  ADVISORY  READ 1234 08:01:131090 0 EOF"; waiting ones have "->" after the number.
std::vector<pid_t> lock_holders(const std::filesystem::path& file,
                                const std::filesystem::path& root) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  char name[64];
  std::snprintf(name, sizeof name, "%02x:%02x:%ju", major(status.st_dev), minor(status.st_dev),
                static_cast<std::uintmax_t>(status.st_ino));
  std::vector<pid_t> out;
  std::istringstream lines(SystemFiles(root).text("proc/locks"));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string number, kind, advisory, mode, inode;
    pid_t process = 0;
    words >> number >> kind >> advisory >> mode >> process >> inode;
    if (words && kind == "FLOCK" && inode == name && process > 0) out.push_back(process);
  }
  return out;
}

bool is_stopped(pid_t process, const std::filesystem::path& root) {
  const std::string stat = SystemFiles(root).line("proc/" + std::to_string(process) + "/stat");
  const auto name_end = stat.rfind(") ");  // a name may hold anything
  if (name_end == std::string::npos) return false;
  const char state = stat[name_end + 2];
  return state == 'T' || state == 't';
}

}  // namespace lts
