#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/file.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"
#include "train/data/shard_reader.h"
#include "train/data/shard_writer.h"

namespace lts::train {
namespace {

using ::lts::testing::error_message;
using ::lts::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const VocabularyId kSmall = {50257, 50256, std::string(64, 'a')};
const VocabularyId kLarge = {70000, 69999, std::string(64, 'b')};

std::vector<TokenId> numbered(std::int64_t count, TokenId modulus) {
  std::vector<TokenId> tokens;
  for (std::int64_t i = 0; i < count; ++i) {
    tokens.push_back(static_cast<TokenId>(i * 7 % modulus));
  }
  return tokens;
}

std::vector<std::int64_t> read(const ShardSequence& sequence, std::int64_t begin,
                               std::size_t count) {
  std::vector<std::int64_t> out(count);
  sequence.copy(begin, out);
  return out;
}

// A shard of tokens 1, 2, 3 in a vocabulary of 16-bit tokens.
fs::path write_three(const TemporaryFolder& folder) {
  ShardWriter writer(folder.path() / "three.bin", kSmall);
  writer.append(std::vector<TokenId>{1, 2, 50256});
  writer.finish();
  return folder.path() / "three.bin";
}

// The reader's message after `spoil` changed the bytes of that shard.
std::string message_after(const std::function<void(std::string&)>& spoil) {
  const TemporaryFolder folder;
  const fs::path path = write_three(folder);
  std::string bytes = read_file(path);
  spoil(bytes);
  folder.write("three.bin", bytes);
  const std::string message = error_message([&] {
    std::vector<std::int64_t> out(3);
    ShardReader(path).copy(0, out);
  });
  EXPECT_THAT(message, StartsWith(path.string() + ":"));
  return message;
}

void seal_header(std::string& bytes) {
  const std::uint64_t checksum = checksum64(std::string_view(bytes).substr(0, 120));
  std::memcpy(bytes.data() + 120, &checksum, 8);
}

TEST(TokenShards, HaveTheDocumentedBytes) {
  const TemporaryFolder folder;
  const std::string bytes = read_file(write_three(folder));
  ASSERT_EQ(bytes.size(), 128u + 8 + 8);
  EXPECT_EQ(bytes.substr(0, 16), std::string("LTSTOKEN\1\0\0\0\2\0\0\0", 16));
  EXPECT_EQ(bytes.substr(16, 16), std::string("\3\0\0\0\0\0\0\0\x51\xC4\0\0\x50\xC4\0\0", 16));
  EXPECT_EQ(bytes.substr(40, 32), std::string(32, '\xAA'));
  EXPECT_EQ(bytes.substr(128, 8), std::string("\1\0\2\0\x50\xC4\0\0", 8));
  const std::uint64_t checksum = checksum64(std::string_view("\1\0\2\0\x50\xC4", 6));
  EXPECT_EQ(std::memcmp(bytes.data() + 136, &checksum, 8), 0);
}

TEST(TokenShards, ReadBackAcrossBlocksAndShards) {
  for (const VocabularyId& vocabulary : {kSmall, kLarge}) {
    const TemporaryFolder folder;
    const std::vector<TokenId> tokens = numbered(250'000, vocabulary.vocab_size);
    SplitWriter writer(folder.path(), "train", vocabulary, 100'000);
    writer.append(std::span(tokens).first(10));
    writer.append(std::span(tokens).subspan(10));
    const std::vector<ShardRecord> records = writer.finish();
    ASSERT_EQ(records.size(), 3u);
    EXPECT_EQ(records[2].file, "train-00002.bin");
    EXPECT_EQ(records[2].tokens, 50'000);
    EXPECT_EQ(records[2].size_bytes, fs::file_size(folder.path() / "train-00002.bin"));
    const ShardSequence sequence(folder.path(), records, vocabulary);
    EXPECT_EQ(sequence.num_tokens(), 250'000);
    EXPECT_EQ(read(sequence, 0, 250'000), std::vector<std::int64_t>(tokens.begin(), tokens.end()));
    EXPECT_THAT(read(sequence, 99'999, 2), ElementsAre(tokens[99'999], tokens[100'000]));
    EXPECT_THAT(read(sequence, 250'000, 0), ElementsAre());
  }
}

TEST(TokenShards, RefuseWhatIsNoShard) {
  EXPECT_THAT(message_after([](std::string& bytes) { bytes = "hello, world"; }),
              HasSubstr("is no token shard of lts prepare"));
  EXPECT_THAT(message_after([](std::string& bytes) { bytes.resize(3); }),
              HasSubstr("is no token shard of lts prepare"));
  EXPECT_THAT(message_after([](std::string& bytes) { bytes.resize(50); }),
              HasSubstr("is truncated: 50 bytes"));
}

TEST(TokenShards, RefuseAnotherVersion) {
  EXPECT_THAT(message_after([](std::string& bytes) { bytes[8] = 9; }),
              HasSubstr("is of version 9; this program reads version 1"));
}

TEST(TokenShards, RefuseTruncationAndExtraBytes) {
  EXPECT_THAT(message_after([](std::string& bytes) { bytes.resize(140); }),
              HasSubstr("is truncated: 140 bytes, expected 144"));
  EXPECT_THAT(message_after([](std::string& bytes) { bytes += "x"; }),
              HasSubstr("is too long: 145 bytes, expected 144"));
}

TEST(TokenShards, NameWhatIsDamaged) {
  EXPECT_THAT(message_after([](std::string& bytes) { bytes[16] = 4; }),
              HasSubstr("the header's checksum is wrong"));
  EXPECT_THAT(message_after([](std::string& bytes) { bytes[137] ^= 1; }),
              HasSubstr("the table of checksums is wrong"));
  EXPECT_THAT(message_after([](std::string& bytes) { bytes[128] ^= 1; }),
              HasSubstr("the checksum of block 0 of 1 is wrong"));
}

TEST(TokenShards, RefuseAHeaderThatContradictsItself) {
  const auto message = [](std::size_t at, char value) {
    return message_after([&](std::string& bytes) {
      bytes[at] = value;
      seal_header(bytes);
    });
  };
  EXPECT_THAT(message(12, 3), HasSubstr("a header that contradicts itself"));
  EXPECT_THAT(message(16, 0), HasSubstr("a header that contradicts itself"));
  EXPECT_THAT(message(23, 0x7F), HasSubstr("a header that contradicts itself"));
  EXPECT_THAT(message(16, 9), HasSubstr("is truncated"));
}

TEST(TokenShards, RefuseAShardOfAnotherVocabularyOrRun) {
  const TemporaryFolder folder;
  const fs::path path = write_three(folder);
  ShardRecord record{"three.bin", 3, 144, "0000000000000000"};
  EXPECT_THAT(error_message([&] { ShardSequence(folder.path(), {record}, kLarge); }),
              AllOf(StartsWith(path.string() + ":"), HasSubstr("another vocabulary")));
  EXPECT_THAT(error_message([&] { ShardSequence(folder.path(), {record}, kSmall); }),
              AllOf(StartsWith(path.string() + ":"), HasSubstr("not the shard that the manifest")));
  record.file = "gone.bin";
  EXPECT_THAT(error_message([&] { ShardSequence(folder.path(), {record}, kSmall); }),
              StartsWith((folder.path() / "gone.bin").string()));
}

TEST(TokenShards, SayThatTheDiskIsFull) {
  if (!fs::exists("/dev/full")) {
    GTEST_SKIP() << "no /dev/full";
  }
  const std::string message = error_message(
      [] {
        ShardWriter writer("/dev/full", kSmall);
        writer.append(std::vector<TokenId>(100'000, 1));
        writer.finish();
      },
      ErrorKind::kRuntime);
  EXPECT_THAT(message, AllOf(StartsWith("/dev/full: "), HasSubstr("No space left")));
}

}  // namespace
}  // namespace lts::train
