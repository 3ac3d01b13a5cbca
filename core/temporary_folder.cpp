#include "core/temporary_folder.h"

#include <cstdlib>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace lts {

TemporaryFolder::TemporaryFolder(const std::string& purpose) {
  const char* chosen = std::getenv("TMPDIR");
  const std::filesystem::path parent = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  std::string name = (parent / ("lts-" + purpose + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) {
    throw runtime_error(parent.string(), std::string("no temporary folder can be made in it: ") +
                                             std::strerror(errno) + "; TMPDIR names another");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lts
