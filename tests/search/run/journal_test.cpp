#include "search/run/journal.h"

#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using Json = nlohmann::ordered_json;

class JournalFile : public ::testing::Test {
 protected:
  void SetUp() override {
    Journal journal(path_, 0);
    journal.append({{{"type", "start"}, {"n", 1}}});
    journal.append({{{"type", "b"}, {"text", "line\nbreak, \"quotes\""}}, {{"type", "c"}}});
    bytes_ = read_file(path_);
  }

  /// Where each record's line begins, and the end.
  std::vector<std::size_t> boundaries() const {
    std::vector<std::size_t> out = {0};
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (bytes_[i] == '\n') out.push_back(i + 1);
    }
    return out;
  }

  testing::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "journal.jsonl";
  std::string bytes_;
};

TEST_F(JournalFile, GivesBackWhatWasAppended) {
  const JournalContent content = read_journal(path_);
  ASSERT_EQ(content.records.size(), 3U);
  EXPECT_EQ(content.records[1].at("text"), "line\nbreak, \"quotes\"");
  EXPECT_EQ(content.whole_bytes, bytes_.size());
  EXPECT_FALSE(content.torn);
}

TEST_F(JournalFile, IsALineOfJsonPerRecordWithItsChecksum) {
  const auto line = Json::parse(bytes_.substr(0, bytes_.find('\n')));
  EXPECT_EQ(line.at("checksum").get<std::string>().size(), 16U);
  EXPECT_EQ(line.at("record"), (Json{{"type", "start"}, {"n", 1}}));
}

TEST_F(JournalFile, LosesATornLastRecordOnlyWhereverItWasCut) {
  const auto starts = boundaries();
  for (std::size_t cut = 0; cut <= bytes_.size(); ++cut) {
    folder_.write("journal.jsonl", bytes_.substr(0, cut));
    const JournalContent content = read_journal(path_);
    const auto whole = std::ranges::upper_bound(starts, cut) - starts.begin() - 1;
    ASSERT_EQ(std::ssize(content.records), whole) << "cut at " << cut;
    EXPECT_EQ(content.whole_bytes, starts[static_cast<std::size_t>(whole)]);
    EXPECT_EQ(content.torn, cut != content.whole_bytes);
  }
}

TEST_F(JournalFile, RefusesDamageBeforeTheLastRecordWithItsOffset) {
  const auto starts = boundaries();
  for (std::size_t record = 0; record + 2 < starts.size(); ++record) {
    for (const std::size_t at : {starts[record], starts[record] + 15, starts[record + 1] - 3}) {
      std::string damaged = bytes_;
      damaged[at] = static_cast<char>(damaged[at] ^ 1);
      folder_.write("journal.jsonl", damaged);
      EXPECT_EQ(error_message([&] { read_journal(path_); }, ErrorKind::kRuntime),
                path_.string() + ": damaged at byte " + std::to_string(starts[record]) +
                    ", before its last record; nothing was changed");
      EXPECT_EQ(read_file(path_), damaged);
    }
  }
}

TEST_F(JournalFile, RefusesAFileThatIsNoJournal) {
  folder_.write("journal.jsonl", "my diary, one line");
  EXPECT_EQ(error_message([&] { read_journal(path_); }),
            path_.string() + ": is no journal of a search");
}

TEST_F(JournalFile, GoesOnAfterTheWholeRecords) {
  folder_.write("journal.jsonl", bytes_.substr(0, bytes_.size() - 4));
  const auto keep = read_journal(path_).whole_bytes;
  Journal(path_, keep).append({{{"type", "d"}}});
  const JournalContent content = read_journal(path_);
  ASSERT_EQ(content.records.size(), 3U);
  EXPECT_EQ(content.records[2].at("type"), "d");
}

TEST_F(JournalFile, TakesTextThatIsNoUtf8) {
  Journal(path_, bytes_.size()).append({{{"type", "failed"}, {"reason", "device said \xff\xfe"}}});
  const JournalContent content = read_journal(path_);
  ASSERT_EQ(content.records.size(), 4U);
  EXPECT_THAT(content.records[3].at("reason").get<std::string>(),
              ::testing::StartsWith("device said "));
}

TEST(Journal, OfAMissingFileIsTheUsersError) {
  EXPECT_THAT(error_message([] { read_journal("nowhere/journal.jsonl"); }),
              ::testing::StartsWith("nowhere/journal.jsonl: cannot be opened"));
}

}  // namespace
}  // namespace lts::search
