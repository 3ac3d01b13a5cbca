#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "core/csv.h"
#include "core/interrupt.h"
#include "search/run/run.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;

class MeasuredRun : public ::testing::Test {
 protected:
  RunResult run(const SearchConfig& config, bool resume = false) {
    return run_search(config, {.folder = at_, .resume = resume});
  }
  CsvTable table(const std::string& name) const { return read_csv(at_ / name); }

  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "run";
  std::shared_ptr<FakeProfiler> profiler_ = std::make_shared<FakeProfiler>();
};

TEST_F(MeasuredRun, MeasuresEachCandidateOnceAfterTheBounds) {
  const RunResult result = run(config_from(measured_yaml(), profiler_));
  ASSERT_EQ(profiler_->calls(), result.archive.evaluations().size() + 2);
  const std::vector<std::string> candidates(profiler_->profiled.begin() + 2,
                                            profiler_->profiled.end());
  EXPECT_EQ(candidates, archids_of(result.archive));
}

TEST_F(MeasuredRun, SharesOneMeasurementBetweenObjectivesOnOneHardware) {
  const std::string yaml = measured_yaml() + "winners: {spread: latency}\n";
  const std::string second =
      "  - {name: peak, hardware: {name: fake}, metric: memory.peak_bytes, direction: minimize}\n";
  std::string both = yaml;
  both.insert(both.find("search:"), second);
  const RunResult result = run(config_from(both, profiler_));
  EXPECT_EQ(profiler_->calls(), result.archive.evaluations().size() + 2);
  const CsvTable evaluations = table("evaluations.csv");
  for (const auto& row : evaluations.rows) {
    EXPECT_EQ(row[evaluations.column("peak")],
              std::to_string(2000 * std::stoi(row[evaluations.column("n_layer")])));
    EXPECT_EQ(row[evaluations.column("latency_runs")], "3");
    EXPECT_EQ(row[evaluations.column("latency_verdict")], "clean");
  }
}

TEST_F(MeasuredRun, RecordsFailedCandidatesAndNeverRetriesThem) {
  profiler_->before = [](const space::Architecture& a) {
    if (a.scalar("d_model") == 128) throw runtime_error("fake", "out of memory");
  };
  const RunResult result = run(config_from(measured_yaml("search: {iterations: 100}"), profiler_));
  EXPECT_EQ(result.archive.evaluations().size(), 48U);
  EXPECT_EQ(result.end_reason, "exhausted");
  const CsvTable failures = table("failures.csv");
  EXPECT_EQ(failures.rows.size(), 16U);
  for (const auto& row : failures.rows) {
    EXPECT_EQ(row[failures.column("kind")], "candidate");
    EXPECT_EQ(row[failures.column("reason")], "fake: out of memory");
    EXPECT_EQ(std::ranges::count(profiler_->profiled, row[failures.column("archid")]), 1);
  }
  const CsvTable front = table("front.csv"), evaluations = table("evaluations.csv");
  for (const auto& row : front.rows) EXPECT_NE(row[front.column("d_model")], "128");
  for (const auto& row : evaluations.rows) {
    const bool failed = row[evaluations.column("d_model")] == "128";
    EXPECT_EQ(row[evaluations.column("status")], failed ? "failed" : "ok");
    EXPECT_EQ(row[evaluations.column("latency")].empty(), failed);
    EXPECT_EQ(row[evaluations.column("reason")], failed ? "fake: out of memory" : "");
  }
}

TEST_F(MeasuredRun, TurnsANanIntoAFailureThatIsWrittenNowhere) {
  profiler_->latency_s = [](const auto& a) {
    return a.n_layer() == 2 ? std::nan("") : 0.01 * a.n_layer();
  };
  run(config_from(measured_yaml("search: {iterations: 100}"), profiler_));
  const CsvTable failures = table("failures.csv");
  ASSERT_EQ(failures.rows.size(), 12U);
  EXPECT_EQ(failures.rows[0][failures.column("reason")], "'latency' is not a finite number");
  for (const char* file : {"evaluations.csv", "search_state.csv", "front.csv", "failures.csv"}) {
    const std::string text = read_file(at_ / file);
    EXPECT_EQ(text.find("nan"), std::string::npos) << file;
    EXPECT_EQ(text.find("NaN"), std::string::npos) << file;
  }
}

TEST_F(MeasuredRun, KeepsWhatBreaksAMeasuredConstraintOffTheFront) {
  run(config_from(measured_yaml("search: {iterations: 100}", ", constraint: {max: 0.025}"),
                  profiler_));
  const CsvTable evaluations = table("evaluations.csv"), front = table("front.csv");
  int infeasible = 0;
  for (const auto& row : evaluations.rows) {
    const bool outside = std::stod(row[evaluations.column("latency")]) > 0.025;
    EXPECT_EQ(row[evaluations.column("status")], outside ? "infeasible" : "ok");
    EXPECT_EQ(row[evaluations.column("reason")], outside ? "latency above its max of 0.025" : "");
    infeasible += outside;
  }
  EXPECT_GT(infeasible, 0);
  EXPECT_GT(front.rows.size(), 0U);
  for (const auto& row : front.rows) EXPECT_LE(std::stod(row[front.column("latency")]), 0.025);
}

TEST_F(MeasuredRun, StoppedByTheProfilerGoesOnWithoutMeasuringTwice) {
  const SearchConfig config = config_from(measured_yaml(), profiler_);
  for (const std::size_t stop_at : {0U, 1U, 2U, 5U, 11U, 14U}) {
    profiler_->before = [&, stop_at](const auto&) {
      if (profiler_->calls() - 1 == stop_at) throw Error(ErrorKind::kStopped, "device gone");
    };
    const bool resume = fs::exists(at_);
    EXPECT_EQ(error_message([&] { run(config, resume); }, ErrorKind::kStopped),
              at_.string() + ": device gone; everything measured is saved, --resume goes on");
    profiler_->profiled.pop_back();  // the one that was cut off
  }
  profiler_->before = nullptr;
  const RunResult result = run(config, true);
  EXPECT_EQ(result.end_reason, "iterations");
  const std::vector<std::string> last(
      profiler_->profiled.end() - std::ssize(archids_of(result.archive)),
      profiler_->profiled.end());
  EXPECT_EQ(last, archids_of(result.archive));

  const auto straight = std::make_shared<FakeProfiler>();
  const SearchConfig same = config_from(measured_yaml(), straight);
  run_search(same, {.folder = folder_.path() / "straight"});
  EXPECT_EQ(read_file(at_ / "front.csv"), read_file(folder_.path() / "straight" / "front.csv"));
}

TEST_F(MeasuredRun, StopsOnASignalWithEverythingSaved) {
  // The flag stays up for good, so the run is a child's.
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto stopped_run = [this] {
    install_interrupt_handler();
    profiler_->before = [this](const auto&) {
      if (profiler_->calls() == 7) std::raise(SIGTERM);
    };
    const std::string message =
        error_message([&] { run(config_from(measured_yaml(), profiler_)); }, ErrorKind::kStopped);
    const auto rows = read_file(at_ / "journal.jsonl");
    std::fprintf(stderr, "%s records=%td", message.c_str(), std::ranges::count(rows, '\n'));
    std::exit(Error(ErrorKind::kStopped, "").exit_status());
  };
  // 7 measurements: 2 for the bounds, 5 candidates; before them start and bounds.
  EXPECT_EXIT(stopped_run(), ::testing::ExitedWithCode(75),
              "/run: stopped by a signal; everything measured is saved, --resume goes on "
              "records=7");
}

TEST_F(MeasuredRun, SaysWhichFigureTheDeviceDoesNotReport) {
  profiler_->reports_peak = false;
  const std::string yaml = measured_yaml("search: {iterations: 1}", ", metric: memory.peak_bytes");
  EXPECT_THAT(error_message([&] { run(config_from(yaml, profiler_)); }, ErrorKind::kRuntime),
              ::testing::HasSubstr(
                  "failed: the device reports no memory.peak_bytes; hypervolume: {bounds: "));
}

TEST_F(MeasuredRun, FailsWithAMessageWhenABoundsMemberFails) {
  profiler_->before = [](const auto&) { throw runtime_error("fake", "no such device"); };
  EXPECT_EQ(
      error_message([&] { run(config_from(measured_yaml(), profiler_)); }, ErrorKind::kRuntime),
      "test.yaml: 'latency' of gpt2:n_layer=1,d_model=64,d_inner=64,n_head=1 is needed for the "
      "hypervolume's bounds and failed: fake: no such device; hypervolume: {bounds: {latency: "
      "[low, high]}} sets them instead");
  profiler_->before = nullptr;
  const auto latency_s = profiler_->latency_s;
  profiler_->latency_s = [](const auto&) { return std::nan(""); };
  EXPECT_THAT(error_message([&] { run(config_from(measured_yaml(), profiler_), true); },
                            ErrorKind::kRuntime),
              ::testing::HasSubstr("failed: the value is not a finite number"));
  // The advice can be followed in the same folder.
  const auto advised =
      config_from(measured_yaml() + "hypervolume: {bounds: {latency: [0.0, 1.0]}}\n", profiler_);
  profiler_->latency_s = latency_s;
  EXPECT_GT(run(advised, true).archive.evaluations().size(), 0u);
}

TEST_F(MeasuredRun, WarnsWhenItGoesOnOnAnotherMachine) {
  const auto on = [](const char* cpu) {
    return nlohmann::ordered_json{{"hardware", {{"cpu_model", cpu}, {"num_cpus", 2}}}};
  };
  const auto config = config_from(measured_yaml(), profiler_);
  run_search(config, {.folder = at_, .environment = on("A")});
  const auto warning_on = [&](const char* cpu) {
    ::testing::internal::CaptureStderr();
    run_search(config, {.folder = at_, .resume = true, .environment = on(cpu)});
    return ::testing::internal::GetCapturedStderr();
  };
  EXPECT_EQ(warning_on("A"), "");
  EXPECT_THAT(
      warning_on("B"),
      ::testing::HasSubstr("was measured on another machine: cpu_model was \"A\", is \"B\""));
}

}  // namespace
}  // namespace lts::search
