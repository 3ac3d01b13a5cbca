#include "core/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "core/error.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using testing::error_message;
using testing::TemporaryFolder;

// FIPS 180's examples "abc" and the empty text.
TEST(Digest, EqualsTheStandardsExamples) {
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Digest, OfAFileIsThatOfItsBytes) {
  const TemporaryFolder folder;
  const std::string bytes("a\0b\n", 4);
  EXPECT_EQ(sha256_hex_of_file(folder.write("x", bytes)), sha256_hex(bytes));
  EXPECT_EQ(sha256_hex_of_file(folder.write("empty", "")), sha256_hex(""));
  const auto missing = folder.path() / "missing";
  EXPECT_EQ(error_message([&] { sha256_hex_of_file(missing); }),
            missing.string() + ": cannot be opened: No such file or directory");
}

// xxHash's published sanity values of XXH3_64bits with seed 0.
TEST(Checksum, IsXxh3) {
  EXPECT_EQ(hex64(checksum64(std::string_view())), "2d06800538d394c2");
  EXPECT_EQ(hex64(checksum64(std::string_view("a"))), "e6c632b61e964e1f");
  EXPECT_EQ(hex64(5), "0000000000000005");
}

}  // namespace
}  // namespace lts
