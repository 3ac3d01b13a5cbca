#include "train/card/card_file.h"

#include <gtest/gtest.h>

#include "core/file.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;

TEST(CardFile, IsReplacedWhileNobodyChangedIt) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "README.md";
  check_card_place(file);
  write_card(file, "# a\n");
  EXPECT_TRUE(read_file(file).starts_with("# a\n<!-- written by lts card, "));
  check_card_place(file);
  write_card(file, "# b\n");
  EXPECT_TRUE(read_file(file).starts_with("# b\n<!-- "));
}

TEST(CardFile, IsLeftWhereSomebodyWroteIt) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "README.md";
  const std::string expected =
      file.string() +
      ": was not written by lts card, or was changed since; --overwrite replaces it";
  folder.write("README.md", "# mine\n");
  EXPECT_EQ(error_message([&] { check_card_place(file); }), expected);
  write_card(file, "# a\n");
  const std::string written = read_file(file);
  folder.write("README.md", "# more\n" + written);
  EXPECT_EQ(error_message([&] { check_card_place(file); }), expected);
  folder.write("README.md", written + "more\n");
  EXPECT_EQ(error_message([&] { check_card_place(file); }), expected);
}

}  // namespace
}  // namespace lts::train
