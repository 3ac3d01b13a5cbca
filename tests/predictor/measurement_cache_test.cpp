#include "predictor/measurement_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <list>

#include "core/advisory_lock.h"
#include "core/file.h"
#include "core/record_line.h"
#include "predictor/pool_profiler.h"
#include "tests/child_process.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_profiler.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using testing::ChildProcess;
using testing::error_message;
using testing::FakeProfiler;
using ::testing::HasSubstr;
using ::testing::Not;

space::Architecture of_layers(std::int32_t n_layer) {
  return space::Architecture(space::family_named("gpt2"), {n_layer, 8, 8, 2, 50, 200});
}

class CacheFile : public ::testing::Test {
 protected:
  /// A new process's view of the file.
  CachedProfiler open() { return {fake_, std::make_shared<MeasurementCache>(path_)}; }
  Profile profile(int n_layer) { return open().profile(of_layers(n_layer)); }
  std::string said_while(const std::function<void()>& action) {
    ::testing::internal::CaptureStderr();
    action();
    return ::testing::internal::GetCapturedStderr();
  }

  testing::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "deep" / "cache.jsonl";
  std::shared_ptr<FakeProfiler> fake_ = std::make_shared<FakeProfiler>();
};

TEST_F(CacheFile, GivesBackTheWholeMeasurementAndSaysSo) {
  const Profile first = profile(3), again = profile(3);
  EXPECT_EQ(fake_->calls(), 1U);
  EXPECT_FALSE(first.cached);
  EXPECT_TRUE(again.cached);
  auto json = profile_json(again);
  EXPECT_EQ(json["cached"], true);
  json.erase("cached");
  EXPECT_EQ(json, profile_json(first));
  EXPECT_FALSE(profile(4).cached) << "another architecture";
}

TEST_F(CacheFile, AnnouncesOnlyWhatItDoesNotHold) {
  profile(3);
  CachedProfiler cached = open();
  const std::vector<space::Architecture> next = {of_layers(2), of_layers(3), of_layers(4)};
  cached.announce(next);
  EXPECT_EQ(fake_->announced, (std::vector<space::Architecture>{of_layers(2), of_layers(4)}));
}

TEST_F(CacheFile, KeepsNoisyMeasurementsToo) {
  MeasurementCache cache(path_);
  Profile noisy = fake_->profile(of_layers(2));
  noisy.latency.verdict = "noisy";
  cache.store(of_layers(2), noisy);
  EXPECT_EQ(profile(2).latency.verdict, "noisy");
}

TEST_F(CacheFile, TheNewestMeasurementCounts) {
  MeasurementCache cache(path_);
  Profile measured = fake_->profile(of_layers(2));
  for (const double median_s : {1.0, 2.0}) {
    measured.latency.median_s = median_s;
    cache.store(of_layers(2), measured);
  }
  EXPECT_EQ(profile(2).latency.median_s, 2.0);
}

TEST_F(CacheFile, IsNotTrustedUnderAnotherProtocol) {
  profile(2);
  const auto expect_measured = [&](const char* what) {
    EXPECT_FALSE(profile(2).cached) << what;
    EXPECT_TRUE(profile(2).cached) << what;
  };
  fake_->settings.threads = 2;
  expect_measured("threads");
  fake_->settings.dtype = "bfloat16";
  expect_measured("dtype");
  fake_->settings.past_length = 5;
  expect_measured("past_length");
  fake_->settings.stop.relative_ci = 0.001;
  expect_measured("stop");
  fake_->settings.device_wait_s = 5;
  fake_->settings.remote = RemoteConfig{.files = {"/lab/m.py"}, .run = {"m"}};
  expect_measured("another program");
  fake_->settings.remote->files = {"/home/m.py"};
  fake_->settings.remote->timeout_s.run = 7;
  fake_->settings.remote->connection.targets = {"pi.0.0.7"};
  fake_->settings.name = "another name of the same protocol";
  EXPECT_TRUE(profile(2).cached);
  EXPECT_EQ(profile(2).protocol["name"], "another name of the same protocol");
}

TEST_F(CacheFile, IsNeverTrustedOnOtherHardwareAndSaysWhatDiffers) {
  fake_->hardware = {{"cpu_model", "A"}, {"turbo", true}};
  profile(2);
  profile(3);
  fake_->hardware["turbo"] = false;
  const std::string said = said_while([&] {
    CachedProfiler cached = open();
    EXPECT_FALSE(cached.profile(of_layers(2)).cached);
    EXPECT_FALSE(cached.profile(of_layers(3)).cached);
  });
  EXPECT_THAT(said,
              HasSubstr("cache.jsonl: holds measurements of other hardware or settings, which "
                        "are not used (turbo was true, is false)"));
  EXPECT_EQ(said.find("other hardware"), said.rfind("other hardware")) << "once";
  fake_->hardware = {{"turbo", true}, {"cpu_model", "A"}};  // as before, in another order
  EXPECT_TRUE(profile(2).cached);
  fake_->hardware["memory"] = 5;
  EXPECT_FALSE(profile(2).cached);
}

TEST_F(CacheFile, SeesWhatAnotherProcessMeasuresMeanwhile) {
  CachedProfiler mine = open();
  mine.profile(of_layers(1));
  ChildProcess other([&] { profile(2); });
  other.expect_success();
  EXPECT_TRUE(mine.profile(of_layers(2)).cached);
}

TEST_F(CacheFile, IsSharedByProcessesThatMeasureAtTheSameTime) {
  std::list<ChildProcess> children;
  for (int process = 0; process < 4; ++process) {
    children.emplace_back([&, process] {
      CachedProfiler cached = open();
      for (int n = 1; n <= 30; ++n) cached.profile(of_layers(n + 10 * process));
    });
  }
  for (ChildProcess& child : children) child.expect_success();
  EXPECT_THAT(said_while([&] {
                for (int n = 1; n <= 60; ++n) EXPECT_TRUE(profile(n).cached) << n;
              }),
              Not(HasSubstr("damaged")));
}

TEST_F(CacheFile, CutInTheMiddleLosesOneMeasurementWithOneWarning) {
  for (const int n : {1, 2, 3}) profile(n);
  const std::string whole = read_file(path_);
  write_file_atomic(path_, whole.substr(0, whole.size() - 100));
  std::optional<CachedProfiler> cached;
  EXPECT_THAT(said_while([&] { cached.emplace(open()); }),
              HasSubstr("cache.jsonl: 1 record is damaged and left out; the others hold"));
  EXPECT_EQ(said_while([&] {
              EXPECT_TRUE(cached->profile(of_layers(2)).cached);
              EXPECT_FALSE(cached->profile(of_layers(3)).cached);
            }),
            "");
  for (const int n : {1, 2, 3}) EXPECT_TRUE(profile(n).cached) << n;
}

TEST_F(CacheFile, FlippedBytesLoseTheirMeasurementsAndNeverGiveAWrongOne) {
  for (const int n : {1, 2, 3}) profile(n);
  const std::string whole = read_file(path_);
  std::vector<std::string> true_profiles;
  for (const int n : {1, 2, 3}) true_profiles.push_back(profile_json(profile(n)).dump());
  for (std::size_t at = 7; at < whole.size(); at += 97) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 2);
    write_file_atomic(path_, damaged);
    said_while([&] {
      MeasurementCache cache(path_);
      int held = 0;
      for (const int n : {1, 2, 3}) {
        const auto found =
            cache.find(of_layers(n), hardware_json(fake_->settings), fake_->hardware);
        if (!found) continue;
        ++held;
        EXPECT_EQ(profile_json(*found).dump(), true_profiles[static_cast<std::size_t>(n) - 1]);
      }
      EXPECT_GE(held, 1) << at;
      EXPECT_LE(held, 2) << at;
    });
  }
}

TEST_F(CacheFile, IsSharedByThePoolsDevices) {
  const auto cache = std::make_shared<MeasurementCache>(path_);
  std::vector<std::shared_ptr<Profiler>> boards;
  std::vector<std::shared_ptr<FakeProfiler>> fakes;
  for (int board = 0; board < 4; ++board) {
    fakes.push_back(std::make_shared<FakeProfiler>());
    boards.push_back(std::make_shared<CachedProfiler>(fakes.back(), cache));
  }
  std::vector<space::Architecture> all;
  for (int n = 1; n <= 40; ++n) all.push_back(of_layers(n));
  for (const bool again : {false, true}) {
    PoolProfiler pool(boards);
    pool.announce(all);
    for (const auto& one : all) EXPECT_EQ(pool.profile(one).cached, again);
  }
  std::size_t calls = 0;
  for (const auto& fake : fakes) calls += fake->calls();
  EXPECT_EQ(calls, all.size());
}

TEST_F(CacheFile, ThatCannotBeReadAnyMoreCostsNoMeasurement) {
  profile(1);
  CachedProfiler cached(fake_, std::make_shared<MeasurementCache>(path_, 0.05));
  auto other = AdvisoryLock::open(path_);
  ASSERT_TRUE(other && other->try_lock(AdvisoryLock::Mode::kExclusive));
  const std::string said = said_while([&] {
    for (const int n : {1, 2}) {
      EXPECT_EQ(cached.profile(of_layers(n)).latency.median_s, fake_->latency_s(of_layers(n)));
    }
  });
  EXPECT_THAT(said, HasSubstr("the measurement cache cannot be read: " + path_.string() +
                              ": is kept locked by another process"));
  EXPECT_EQ(said.find("cache cannot"), said.rfind("cache cannot")) << "once";
}

TEST_F(CacheFile, KeepsNoFailure) {
  fake_->before = [](const auto&) { throw runtime_error("fake", "out of memory"); };
  EXPECT_EQ(error_message([&] { profile(2); }, ErrorKind::kRuntime), "fake: out of memory");
  fake_->before = nullptr;
  EXPECT_FALSE(profile(2).cached);
}

TEST_F(CacheFile, KeepsNoNan) {
  fake_->latency_s = [](const auto&) { return std::nan(""); };
  profile(2);
  EXPECT_EQ(read_file(path_), "");
}

TEST_F(CacheFile, ThatIsSomethingElseIsRefusedAndLeftAsItIs) {
  make_folder(path_.parent_path());
  const std::string journal = record_line({{"type", "start"}});  // of a search
  for (const std::string& content : {std::string("device: cpu\nthreads: 1\n"), journal}) {
    write_file_atomic(path_, content);
    EXPECT_EQ(error_message([&] { open(); }),
              path_.string() + ": is no measurement cache; nothing was changed");
    EXPECT_EQ(read_file(path_), content);
  }
}

TEST_F(CacheFile, ThatCannotBeWrittenIsRefusedBeforeAnythingIsMeasured) {
  path_ = folder_.path();
  EXPECT_EQ(error_message([&] { profile(2); }),
            path_.string() + ": cannot be opened: Is a directory");
  path_ = folder_.write("file", "") / "cache.jsonl";
  EXPECT_THAT(error_message([&] { profile(2); }), HasSubstr("cannot be made a folder"));
  EXPECT_EQ(fake_->calls(), 0U);
}

TEST_F(CacheFile, ADiskThatFillsUpCostsNoMeasurement) {
  profile(1);
  const auto size_bytes = fs::file_size(path_);
  const fs::path said_at = folder_.path() / "stderr";
  ChildProcess child([&] {
    if (!std::freopen(said_at.c_str(), "w", stderr)) throw std::exception();
    CachedProfiler cached = open();
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {size_bytes + 10, size_bytes + 10};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (const int n : {2, 3}) {
      const Profile measured = cached.profile(of_layers(n));
      if (measured.latency.median_s != fake_->latency_s(of_layers(n))) throw std::exception();
    }
    if (!cached.profile(of_layers(1)).cached) throw std::exception();
  });
  child.expect_success();
  const std::string said = read_file(said_at);
  EXPECT_THAT(said, HasSubstr("what is measured cannot be kept in the measurement cache: " +
                              path_.string() + ": cannot be written: File too large"));
  EXPECT_EQ(said.find("cannot be kept"), said.rfind("cannot be kept")) << "once";
  EXPECT_EQ(fs::file_size(path_), size_bytes);
}

}  // namespace
}  // namespace lts::predictor
