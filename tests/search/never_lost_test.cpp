// What a run must survive: any byte at which its journal was cut, a full disk, another process, any
// number of threads.

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <tbb/global_control.h>
#include <unistd.h>

#include "search/run/journal.h"
#include "search/run/run.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;

class NeverLost : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  RunResult run(const SearchConfig& config, const std::string& name, bool resume = false) const {
    return run_search(config, {.folder = at(name), .resume = resume});
  }

  void expect_same(const std::string& a, const std::string& b) const {
    ASSERT_EQ(read_file(at(a) / "front.csv"), read_file(at(b) / "front.csv"));
    ASSERT_EQ(csv_without(at(a) / "search_state.csv", "search_walltime_hours"),
              csv_without(at(b) / "search_state.csv", "search_walltime_hours"));
    ASSERT_EQ(csv_without(at(a) / "evaluations.csv", "elapsed_s"),
              csv_without(at(b) / "evaluations.csv", "elapsed_s"));
  }

  testing::TemporaryFolder folder_;
};

/// That reading loses the last record only, whatever the byte, is shown in journal_test.cpp; here
/// the run goes on from its records, from the bytes around their ends and from many between. One of
/// the candidates or two fail.
TEST_F(NeverLost, AJournalThatWasCut) {
  const auto profiler = std::make_shared<FakeProfiler>();
  profiler->before = [](const space::Architecture& a) {
    if (a.n_layer() == 2 || a.n_layer() == 3) throw runtime_error("fake", "out of memory");
  };
  const SearchConfig config = config_from(
      measured_yaml("search: {algorithm: random, samples_per_iteration: 2, iterations: 2, "
                    "max_evaluations: 3, space_seed: 5}\nwinners: {count: 1}"),
      profiler);
  run(config, "whole");
  const std::size_t failed = read_csv(at("whole/failures.csv")).rows.size();
  ASSERT_TRUE(failed == 1 || failed == 2) << failed;
  const std::string journal = read_file(at("whole/journal.jsonl"));
  for (std::size_t cut = 0; cut <= journal.size(); ++cut) {
    const bool at_an_end = journal.substr(cut > 1 ? cut - 2 : 0, 4).find('\n') != std::string::npos;
    if (!at_an_end && cut % 41 != 0) continue;
    fs::remove_all(at("cut"));
    folder_.write("cut/journal.jsonl", journal.substr(0, cut));
    run(config, "cut", true);
    ASSERT_NO_FATAL_FAILURE(expect_same("cut", "whole")) << "cut at byte " << cut;
    const JournalContent content = read_journal(at("cut/journal.jsonl"));
    ASSERT_FALSE(content.torn);
    ASSERT_EQ(content.records.size(), read_journal(at("whole/journal.jsonl")).records.size());
  }
}

/// Bytes of an older, longer journal, zeros that a file system left: whatever stands after the last
/// newline is dropped.
TEST_F(NeverLost, AJournalWithATailThatIsNoRecord) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 3}"));
  run(config, "whole");
  const std::string journal = read_file(at("whole/journal.jsonl"));
  const std::string kept = journal.substr(0, journal.find('\n', journal.size() / 2) + 1);
  for (const std::string& tail : {std::string(4096, '\0'), std::string("\xff\xfe garbage"),
                                  std::string("{\"checksum\":\"0123\",\"record\":{}}\n")}) {
    fs::remove_all(at("cut"));
    folder_.write("cut/journal.jsonl", kept + tail);
    run(config, "cut", true);
    ASSERT_NO_FATAL_FAILURE(expect_same("cut", "whole"));
  }
}

TEST_F(NeverLost, TheSameResultForAnyNumberOfThreads) {
  for (const std::string& yaml :
       {golden_yaml("{iterations: 6}"), golden_yaml("{algorithm: nsga2, iterations: 4}"),
        golden_yaml("{algorithm: local_search, iterations: 6}")}) {
    const SearchConfig config = config_from(yaml);
    for (const int threads : {1, 2, 3, 8}) {
      const tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                                      static_cast<std::size_t>(threads));
      fs::remove_all(at(std::to_string(threads)));
      run(config, std::to_string(threads));
      ASSERT_NO_FATAL_FAILURE(expect_same(std::to_string(threads), "1")) << threads;
    }
  }
}

TEST_F(NeverLost, HalfWrittenFilesOfAKilledProcessAreRemoved) {
  const SearchConfig config = config_from(golden_yaml("{iterations: 2}"));
  run(config, "whole");
  folder_.write("cut/journal.jsonl", read_file(at("whole/journal.jsonl")));
  for (const char* file : {"front.csv.tmp-1", "config.yaml.tmp-23", "winners/winners.csv.tmp-1"})
    folder_.write(std::string("cut/") + file, "archid,lay");
  run(config, "cut", true);
  for (const auto& entry : fs::recursive_directory_iterator(at("cut")))
    EXPECT_EQ(entry.path().string().find(".tmp-"), std::string::npos) << entry.path();
  expect_same("cut", "whole");
}

TEST_F(NeverLost, ASecondProcessOnTheFolderIsRefusedAndTheFirstGoesOn) {
  const auto profiler = std::make_shared<FakeProfiler>();
  const SearchConfig config = config_from(measured_yaml(), profiler);
  run(config, "alone");
  std::string refused;
  int status = -1;
  profiler->before = [&](const auto&) {
    if (status != -1) return;
    const pid_t second = ::fork();
    if (second == 0) {
      try {
        run(config, "both", true);
      } catch (const Error& error) {
        const bool in_use = std::string(error.what()).ends_with("is in use by another process");
        ::_exit(in_use ? error.exit_status() : 9);
      }
      ::_exit(8);
    }
    ::waitpid(second, &status, 0);
  };
  run(config, "both");
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 2);
  expect_same("both", "alone");
}

/// A file system of its own size, where one may be mounted.
class SmallDisk {
 public:
  SmallDisk(fs::path path, const char* size)
      : path_(std::move(path)), mounted_(::mount("lts", path_.c_str(), "tmpfs", 0, size) == 0) {}
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  ~SmallDisk() {
    if (mounted_) ::umount(path_.c_str());
  }
  bool mounted() const { return mounted_; }
  bool resize(const char* size) const {
    return ::mount("lts", path_.c_str(), "tmpfs", MS_REMOUNT, size) == 0;
  }

 private:
  fs::path path_;
  bool mounted_;
};

TEST_F(NeverLost, ASmallDiskThatFillsUpAndIsThenGivenRoom) {
  const SmallDisk disk(folder_.write("disk/x", "").parent_path(), "size=64k");
  if (!disk.mounted()) GTEST_SKIP() << "a small file system cannot be mounted here";
  const SearchConfig config = config_from(golden_yaml("{iterations: 8}"));
  run(config, "whole");
  for (const bool resume : {false, true}) {
    const std::string message =
        error_message([&] { run(config, "disk/run", resume); }, ErrorKind::kRuntime);
    EXPECT_THAT(message, ::testing::StartsWith(at("disk/run").string() + "/"));
    EXPECT_THAT(message, ::testing::EndsWith("cannot be written: No space left on device"));
  }
  ASSERT_TRUE(disk.resize("size=8m"));
  run(config, "disk/run", true);
  expect_same("disk/run", "whole");
}

}  // namespace
}  // namespace lts::search
