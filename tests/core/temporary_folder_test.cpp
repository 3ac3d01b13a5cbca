#include "core/temporary_folder.h"

#include <gtest/gtest.h>
#include <cstdlib>

#include <fstream>
#include <optional>
#include <string>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

/// TMPDIR has another value while this lives.
class TmpDir {
 public:
  explicit TmpDir(const std::string& value) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", value.c_str(), 1);
  }
  ~TmpDir() {
    if (before_) ::setenv("TMPDIR", before_->c_str(), 1);
    if (!before_) ::unsetenv("TMPDIR");
  }

 private:
  std::optional<std::string> before_;
};

TEST(TemporaryFolder, IsFreshAndGoesWithAllItHolds) {
  const testing::TemporaryFolder parent;
  const TmpDir where(parent.path());
  std::filesystem::path path;
  {
    const TemporaryFolder one("x"), other("x");
    path = one.path();
    EXPECT_NE(path, other.path());
    EXPECT_EQ(path.parent_path(), parent.path());
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    std::filesystem::create_directory(path / "in");
    std::ofstream(path / "in" / "file") << "x";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, SaysWhereNoneCanBeMade) {
  const TmpDir where("/no/such/folder");
  EXPECT_EQ(testing::error_message([] { TemporaryFolder("x"); }, ErrorKind::kRuntime),
            "/no/such/folder: no temporary folder can be made in it: No such file or directory; "
            "TMPDIR names another");
}

}  // namespace
}  // namespace lts
