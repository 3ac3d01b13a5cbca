#include "core/shared_records.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <list>
#include <map>

#include "core/record_line.h"
#include "tests/child_process.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts {
namespace {

using testing::ChildProcess;
using testing::error_message;
using Json = nlohmann::ordered_json;

class SharedRecordsFile : public ::testing::Test {
 protected:
  std::vector<int> numbers() const { return numbers(SharedRecords(path_)); }
  static std::vector<int> numbers(SharedRecords&& records) { return numbers(records); }
  static std::vector<int> numbers(SharedRecords& records) {
    std::vector<int> out;
    for (const Json& record : records.read_new()) out.push_back(record.at("n"));
    return out;
  }
  void write(const std::string& content) { folder_.write("records.jsonl", content); }
  std::string three() const {
    std::string text;
    for (const int n : {1, 2, 3}) text += record_line({{"n", n}});
    return text;
  }

  testing::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "records.jsonl";
};

using Numbers = std::vector<int>;

TEST_F(SharedRecordsFile, GivesEachOnlyWhatIsNew) {
  SharedRecords one(path_), other(path_);
  one.append({{"n", 1}});
  EXPECT_EQ(numbers(other), Numbers{1});
  other.append({{"n", 2}});
  EXPECT_EQ(numbers(other), Numbers{2});
  EXPECT_EQ(numbers(one), (Numbers{1, 2}));
  EXPECT_EQ(numbers(one), Numbers{});
}

TEST_F(SharedRecordsFile, CutAnywhereLosesTheRecordThatWasCutAndNoLaterOne) {
  const std::string whole = three();
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    write(whole.substr(0, cut));
    SharedRecords records(path_);
    const Numbers before = numbers(records);
    records.append({{"n", 4}});
    records.append({{"n", 5}});
    EXPECT_EQ(numbers(records), (Numbers{4, 5})) << "cut at " << cut;
    Numbers after = before;
    after.insert(after.end(), {4, 5});
    EXPECT_EQ(numbers(), after) << "cut at " << cut;
    // A record is whole without its newline.
    const auto newlines =
        std::ranges::count(whole.substr(0, std::min(cut + 1, whole.size())), '\n');
    EXPECT_EQ(std::ssize(before), newlines);
  }
}

TEST_F(SharedRecordsFile, AFlippedBitLosesAtMostTheTwoRecordsItTouches) {
  const std::string whole = three();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write(damaged);
    SharedRecords records(path_);
    const std::size_t expected = whole[at] != '\n' ? 2 : at + 1 == whole.size() ? 2 : 1;
    EXPECT_EQ(numbers(records).size(), expected) << at;
    EXPECT_GE(records.damaged(), 1U);
    records.append({{"n", 9}});
    EXPECT_EQ(numbers(records), Numbers{9});
  }
}

TEST_F(SharedRecordsFile, KnowsAFileOfAnotherKind) {
  write("device: cpu\n");
  SharedRecords records(path_);
  EXPECT_EQ(numbers(records), Numbers{});
  EXPECT_TRUE(records.foreign());
  for (const std::string& ours : {three(), three().substr(0, 20), std::string()}) {
    write(ours);
    SharedRecords good(path_);
    good.read_new();
    EXPECT_FALSE(good.foreign());
  }
}

TEST_F(SharedRecordsFile, TakesWhatManyProcessesAppendAtOnce) {
  constexpr int kProcesses = 4, kEach = 12;
  std::list<ChildProcess> children;
  for (int process = 0; process < kProcesses; ++process) {
    children.emplace_back([&, process] {
      SharedRecords records(path_);
      for (int i = 0; i < kEach; ++i) {
        records.append({{"process", process}, {"i", i}, {"text", std::string(5000, 'x')}});
        records.read_new();
      }
      if (records.damaged() > 0) throw std::runtime_error("damaged");
    });
  }
  for (ChildProcess& child : children) child.expect_success();
  std::map<int, int> next;
  for (const Json& record : SharedRecords(path_).read_new()) {
    EXPECT_EQ(record.at("i"), next[record.at("process")]++);
  }
  EXPECT_EQ(next.size(), kProcesses);
  for (const auto& [process, count] : next) EXPECT_EQ(count, kEach) << process;
}

TEST_F(SharedRecordsFile, AKilledWriterLeavesNoLockBehind) {
  ChildProcess child([&] {
    SharedRecords records(path_);
    for (int n = 0;; ++n) records.append({{"n", n}, {"text", std::string(20000, 'x')}});
  });
  while (!fs::exists(path_) || fs::file_size(path_) < 200000) ::usleep(1000);
  child.kill(SIGKILL);
  child.wait();
  SharedRecords records(path_);
  const std::size_t before = records.read_new().size();
  records.append({{"n", -1}});
  EXPECT_EQ(records.read_new().size(), 1U);
  EXPECT_GE(before, 1U);
  EXPECT_LE(records.damaged(), 1U);
}

TEST_F(SharedRecordsFile, AFullDiskLosesNothing) {
  const std::string whole = three();
  write(whole);
  ChildProcess child([&] {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {whole.size() + 10, whole.size() + 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    SharedRecords records(path_);
    const std::string message = error_message(
        [&] {
          records.append({{"n", 4}});
        },
        ErrorKind::kRuntime);
    if (message != path_.string() + ": cannot be written: File too large") throw std::exception();
  });
  child.expect_success();
  EXPECT_EQ(read_file(path_), whole);
}

TEST_F(SharedRecordsFile, ThatAnotherKeepsLockedIsWaitedForAWhile) {
  SharedRecords records(path_, 0.05);
  auto other = AdvisoryLock::open(path_);
  ASSERT_TRUE(other && other->try_lock(AdvisoryLock::Mode::kExclusive));
  const std::string message = path_.string() + ": is kept locked by another process";
  EXPECT_EQ(error_message([&] { records.read_new(); }, ErrorKind::kRuntime), message);
  EXPECT_EQ(error_message([&] { records.append({{"n", 1}}); }, ErrorKind::kRuntime), message);
  other->unlock();
  records.append({{"n", 2}});
  EXPECT_EQ(numbers(), Numbers{2});
}

TEST_F(SharedRecordsFile, ThatCannotBeOpenedIsTheUsers) {
  EXPECT_EQ(error_message([&] { SharedRecords records(folder_.path()); }),
            folder_.path().string() + ": cannot be opened: Is a directory");
  const fs::path inside = folder_.path() / "no" / "records.jsonl";
  EXPECT_EQ(error_message([&] { SharedRecords records(inside); }),
            inside.string() + ": cannot be opened: No such file or directory");
}

}  // namespace
}  // namespace lts
