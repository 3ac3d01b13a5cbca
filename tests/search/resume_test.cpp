#include <gtest/gtest.h>

#include "search/run/journal.h"
#include "search/run/run.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;

/// A finished run with a fake device, and copies of it with another journal.
class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    run(whole_);
    journal_ = read_file(whole_ / "journal.jsonl");
    num_measured_ = profiler_->calls();
  }

  RunResult run(const fs::path& folder, bool resume = false) {
    return run_search(config_, {.folder = folder, .resume = resume});
  }

  /// A run folder as a kill leaves it: the journal so far, none of what is written at the end.
  fs::path killed(std::string_view journal) {
    const fs::path folder = folder_.path() / ("killed" + std::to_string(++num_killed_));
    fs::create_directories(folder);
    folder_.write(folder.filename().string() + "/journal.jsonl", journal);
    return folder;
  }

  testing::TemporaryFolder folder_;
  fs::path whole_ = folder_.path() / "whole";
  std::shared_ptr<FakeProfiler> profiler_ = std::make_shared<FakeProfiler>();
  SearchConfig config_ = config_from(
      measured_yaml("search: {iterations: 3, initial_models: 6, random_mix: 2}"), profiler_);
  std::string journal_;
  std::size_t num_measured_ = 0;
  int num_killed_ = 0;
};

TEST_F(Resume, GivesTheSameFrontFromTornRecords) {
  for (std::size_t tenth = 1; tenth < 10; ++tenth) {
    const fs::path folder =
        killed(std::string_view(journal_).substr(0, journal_.size() * tenth / 10));
    run(folder, true);
    ASSERT_EQ(read_file(folder / "front.csv"), read_file(whole_ / "front.csv"));
    EXPECT_FALSE(read_journal(folder / "journal.jsonl").torn);
  }
}

TEST_F(Resume, MeasuresOnlyWhatTheJournalDoesNotHold) {
  const auto records = read_journal(whole_ / "journal.jsonl").records;
  const std::size_t half = journal_.find('\n', journal_.size() / 2) + 1;
  std::size_t kept = 0, position = 0;
  for (const auto& record : records) {
    if (position >= half) break;
    kept += record.at("type") == "evaluation";
    position = journal_.find('\n', position) + 1;
  }
  const std::size_t before = profiler_->calls();
  run(killed(std::string_view(journal_).substr(0, half)), true);
  EXPECT_EQ(profiler_->calls() - before, num_measured_ - 2 - kept);  // 2: the bounds' members
}

TEST_F(Resume, OfAFinishedRunGivesItsResultAndMeasuresNothing) {
  const auto before = profiler_->calls();
  const RunResult result = run(whole_, true);
  EXPECT_EQ(profiler_->calls(), before);
  EXPECT_EQ(result.end_reason, "iterations");
  EXPECT_EQ(read_file(whole_ / "journal.jsonl"), journal_);
  EXPECT_EQ(result.wall_s, read_journal(whole_ / "journal.jsonl").records.back().at("elapsed_s"));
}

TEST_F(Resume, WithoutTheOptionIsRefusedAndChangesNothing) {
  EXPECT_EQ(error_message([&] { run(whole_); }),
            whole_.string() + ": holds a run; --resume goes on with it, -o names another folder");
  EXPECT_EQ(read_file(whole_ / "journal.jsonl"), journal_);
}

TEST_F(Resume, RefusesAJournalDamagedBeforeItsEndWithTheOffset) {
  std::string damaged = journal_;
  const std::size_t second = journal_.find('\n') + 1;
  damaged[second + 60] ^= 1;
  const fs::path folder = killed(damaged);
  EXPECT_EQ(error_message([&] { run(folder, true); }, ErrorKind::kRuntime),
            (folder / "journal.jsonl").string() + ": damaged at byte " + std::to_string(second) +
                ", before its last record; nothing was changed");
  EXPECT_EQ(read_file(folder / "journal.jsonl"), damaged);
}

TEST_F(Resume, RefusesAnotherConfigurationNamingTheFirstKeyThatDiffers) {
  const auto refused = [&](const std::string& yaml) {
    return error_message(
        [&] { run_search(config_from(yaml, profiler_), {.folder = whole_, .resume = true}); });
  };
  const std::string begin =
      whole_.string() + ": holds a run of another configuration; it differs in ";
  EXPECT_EQ(refused(measured_yaml("search: {iterations: 4, initial_models: 6, random_mix: 2}")),
            begin + "search.iterations (the run has 3, now 4)");
  EXPECT_EQ(refused(measured_yaml("search: {iterations: 3, initial_models: 6, random_mix: 2, "
                                  "max_evaluations: 9}")),
            begin + "search.max_evaluations (the run has none, now 9)");
  EXPECT_EQ(
      refused(measured_yaml("search: {iterations: 3, initial_models: 6, random_mix: 2}",
                            ", metric: latency.p90_s")),
      begin + "objectives.1.metric (the run has \"latency.median_s\", now \"latency.p90_s\")");
  EXPECT_EQ(read_file(whole_ / "journal.jsonl"), journal_);
}

TEST_F(Resume, RefusesAFolderOfSomethingElse) {
  const fs::path foreign = folder_.path() / "foreign";
  folder_.write("foreign/thesis.tex", "x");
  for (const bool resume : {false, true}) {
    EXPECT_EQ(error_message([&] { run(foreign, resume); }),
              foreign.string() + ": is not empty and holds no search run; name another folder");
  }
  EXPECT_EQ(std::distance(fs::directory_iterator(foreign), {}), 1);
  const fs::path file = folder_.write("file", "x");
  EXPECT_EQ(error_message([&] { run(file); }), file.string() + ": exists and is not a folder");
}

TEST_F(Resume, StartsWhereNothingUsableIsLeft) {
  const fs::path fresh = folder_.path() / "fresh";
  run(fresh, true);
  EXPECT_EQ(read_file(fresh / "front.csv"), read_file(whole_ / "front.csv"));
  const fs::path leftover = folder_.path() / "leftover";
  folder_.write("leftover/config.yaml.tmp-12", "spa");
  folder_.write("leftover/.lock", "");
  folder_.write("leftover/journal.jsonl", journal_.substr(0, 40));
  run(leftover, true);
  EXPECT_EQ(read_file(leftover / "front.csv"), read_file(whole_ / "front.csv"));
}

TEST_F(Resume, RefusesAJournalWithoutARecordBesideResults) {
  folder_.write("whole/journal.jsonl", "");
  EXPECT_EQ(
      error_message([&] { run(whole_, true); }, ErrorKind::kRuntime),
      (whole_ / "journal.jsonl").string() + ": has no whole record, but the folder holds results");
}

TEST_F(Resume, RefusesAFolderThatAnotherProcessUses) {
  const FileLock held(whole_ / ".lock", "the run folder");
  EXPECT_EQ(error_message([&] { run(whole_, true); }),
            (whole_ / ".lock").string() + ": the run folder is in use by another process");
}

TEST_F(Resume, RefusesAJournalThatTheProgramDoesNotRepeat) {
  // The third record (the first evaluation) is gone, as if another version had written the file.
  const fs::path folder = killed("");
  auto records = read_journal(whole_ / "journal.jsonl").records;
  records.erase(records.begin() + 2);
  Journal(folder / "journal.jsonl", 0).append(records);
  const std::string written = read_file(folder / "journal.jsonl");
  EXPECT_THAT(error_message([&] { run(folder, true); }, ErrorKind::kRuntime),
              ::testing::AllOf(::testing::StartsWith((folder / "journal.jsonl").string() + ": "),
                               ::testing::HasSubstr("written by another version of the search")));
  EXPECT_EQ(read_file(folder / "journal.jsonl"), written);
}

TEST_F(Resume, RefusesAJournalWithRecordsWhereNoneShouldFollow) {
  const fs::path folder = killed("");
  auto records = read_journal(whole_ / "journal.jsonl").records;
  records.insert(records.end() - 1, records.end() - 2, records.end() - 1);  // the last twice
  Journal(folder / "journal.jsonl", 0).append(records);
  EXPECT_THAT(error_message([&] { run(folder, true); }, ErrorKind::kRuntime),
              ::testing::HasSubstr("written by another version of the search"));
}

TEST_F(Resume, RefusesAnotherFormat) {
  const fs::path folder = killed("");
  auto records = read_journal(whole_ / "journal.jsonl").records;
  records[0]["format"] = 2;
  Journal(folder / "journal.jsonl", 0).append(records);
  EXPECT_EQ(error_message([&] { run(folder, true); }),
            (folder / "journal.jsonl").string() + ": is of format 2; this program reads format 1");
}

}  // namespace
}  // namespace lts::search
