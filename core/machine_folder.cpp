#include "core/machine_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace lts {
namespace {

bool is_chosen() {
  const char* chosen = std::getenv("LTS_TURN_DIR");
  return chosen && *chosen;
}

}  // namespace

std::filesystem::path machine_folder_name() {
  if (is_chosen()) return std::getenv("LTS_TURN_DIR");
  return "/tmp/lts-" + std::to_string(::getuid());
}

// In /tmp it must be this user's own, for another's could hold anything.
std::optional<std::filesystem::path> machine_folder() {
  const std::filesystem::path path = machine_folder_name();
  ::mkdir(path.c_str(), 0700);
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  if (!is_chosen() && (!S_ISDIR(status.st_mode) || status.st_uid != ::getuid())) {
    return std::nullopt;
  }
  return path;
}

}  // namespace lts
