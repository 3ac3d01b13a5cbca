#include <gtest/gtest.h>

#include "search/run/journal.h"
#include "search/run/run.h"
#include "tests/expect_error.h"
#include "tests/file_size_limit.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;
using testing::FileSizeLimit;

TEST(DiskFull, KeepsTheJournalAndTheRunGoesOnLater) {
  const testing::TemporaryFolder folder;
  const fs::path at = folder.path() / "run", straight = folder.path() / "straight";
  const auto profiler = std::make_shared<FakeProfiler>();
  const SearchConfig config = config_from(measured_yaml(), profiler);
  run_search(config, {.folder = straight});
  const auto whole = fs::file_size(straight / "journal.jsonl");
  const std::size_t start =
      read_file(straight / "journal.jsonl").find('\n') + 1;  // config and environment
  for (const auto limit : {start + 300, whole / 2, whole - 10}) {
    const bool resume = fs::exists(at);
    std::string message;
    {
      const FileSizeLimit full(limit);
      message = error_message([&] { run_search(config, {.folder = at, .resume = resume}); },
                              ErrorKind::kRuntime);
    }
    EXPECT_EQ(message, (at / "journal.jsonl").string() + ": cannot be written: File too large");
    EXPECT_FALSE(read_journal(at / "journal.jsonl").torn);
  }
  const auto kept = read_journal(at / "journal.jsonl").records.size();
  EXPECT_GT(kept, 10U);
  run_search(config, {.folder = at, .resume = true});
  EXPECT_EQ(read_file(at / "front.csv"), read_file(straight / "front.csv"));
}

TEST(DiskFull, AtTheTablesLeavesTheEarlierOnes) {
  const testing::TemporaryFolder folder;
  const fs::path at = folder.path() / "run";
  const SearchConfig config = config_from(measured_yaml(), std::make_shared<FakeProfiler>());
  run_search(config, {.folder = at});
  const std::string before = read_file(at / "search_state.csv");
  std::string message;
  {
    const FileSizeLimit full(100);
    message = error_message([&] { run_search(config, {.folder = at, .resume = true}); },
                            ErrorKind::kRuntime);
  }
  EXPECT_EQ(message, (at / "search_state.csv").string() + ": cannot be written: File too large");
  EXPECT_EQ(read_file(at / "search_state.csv"), before);
  for (const auto& entry : fs::directory_iterator(at)) {
    EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace lts::search
