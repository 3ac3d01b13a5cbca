#include "search/run/saved_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/record_line.h"
#include "search/bounds.h"
#include "search/report/report.h"
#include "search/run/journal.h"
#include "tests/expect_error.h"
#include "tests/fakes/function_evaluator.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using ::testing::EndsWith;
using testing::error_message;
using testing::FakeProfiler;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::map<std::string, std::string> files_of(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().filename() == ".lock") continue;
    out[fs::relative(entry.path(), folder).string()] = read_file(entry.path());
  }
  return out;
}

constexpr const char* kExact =
    "search: {algorithm: exact, model_budget: 12, samples_per_iteration: 4, iterations: 3}";

class SavedRuns : public ::testing::Test {
 protected:
  RunResult run(const std::string& yaml) {
    return run_search(config_from(yaml, std::make_shared<FakeProfiler>()),
                      {.folder = at_, .environment = {{"command", "lts search x"}}});
  }

  fs::path journal() const { return at_ / "journal.jsonl"; }

  void append(const nlohmann::ordered_json& record) const {
    folder_.write("run/journal.jsonl", read_file(journal()) + record_line(record));
  }

  testing::TemporaryFolder folder_;
  fs::path at_ = folder_.path() / "run";
};

// The proxy is of a library that is not handed in, and the program was removed since.
TEST_F(SavedRuns, NeedNothingThatEvaluatedThem) {
  const fs::path program =
      folder_.write("mine.sh",
                    "#!/bin/sh\nid=0\nwhile read -r line; do id=$((id + 1)); "
                    "echo \"{\\\"id\\\": $id, \\\"values\\\": [$id]}\"; done\n");
  predictor::ProxySource proxies{.names = {"outside"},
                                 .make = [](const std::string&, const predictor::ProxyBatch&) {
                                   return std::make_shared<testing::FunctionEvaluator>(
                                       predictor::Cost::kCheap, [](const space::Architecture& a) {
                                         return predictor::Measurement{.value = 1.0 / a.n_layer()};
                                       });
                                 }};
  const std::string yaml =
      "space: {n_layer: [1, 2], d_model: [64, 128], d_inner: 64, n_head: 2}\n"
      "objectives:\n"
      "  - {name: other, proxy: outside, direction: maximize}\n"
      "  - {name: mine, command: [sh, mine.sh], batch: 1, unit: points, direction: minimize}\n"
      "search: {algorithm: random, iterations: 2}\n";
  const SearchConfig config =
      read_search_config(parse_yaml(yaml, "test.yaml"), folder_.path(), {}, proxies);
  const RunResult result = run_search(config, {.folder = at_});
  fs::remove(program);
  const SavedRun saved = load_run(at_);
  EXPECT_EQ(archids_of(saved.archive), archids_of(result.archive));
  EXPECT_EQ(saved.archive.front(), result.archive.front());
  EXPECT_EQ(saved.config.objectives[1].evaluator->unit(), "points");
  EXPECT_EQ(saved.config.resolved, config.resolved);
}

// What a search may do with its own objectives it may not with those that stand in for them.
TEST_F(SavedRuns, AreNotAskedAgainHowTheySearched) {
  folder_.write("mine.sh",
                "#!/bin/sh\nid=0\nwhile read -r line; do id=$((id + 1)); "
                "echo \"{\\\"id\\\": $id, \\\"values\\\": [$id]}\"; done\n");
  const std::string begin =
      "space: {n_layer: [1, 2, 3], d_model: [64, 128], d_inner: 64, n_head: [1, 2]}\n"
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: mine, command: [sh, mine.sh], batch: 1, direction: minimize, cost: ";
  for (const char* rest :
       {"measured}\nsearch: {algorithm: exact, model_budget: 10, iterations: 2}\n",
        "free, constraint: {max: 1.0e6}}\nsearch: {ids: reference, iterations: 1}\n"}) {
    fs::remove_all(at_);
    const SearchConfig config =
        read_search_config(parse_yaml(begin + rest, "test.yaml"), folder_.path(), {});
    const RunResult result = run_search(config, {.folder = at_});
    const SavedRun saved = load_run(at_);
    EXPECT_EQ(archids_of(saved.archive), archids_of(result.archive));
    EXPECT_EQ(saved.config.ids, config.ids);
    EXPECT_EQ(saved.config.objectives[1].evaluator->cost() == predictor::Cost::kMeasured,
              config.objectives[1].evaluator->cost() == predictor::Cost::kMeasured);
    EXPECT_TRUE(fs::exists(at_ / "report.html"));
  }
}

TEST_F(SavedRuns, AreWhatTheSearchFound) {
  for (const std::string& yaml :
       {measured_yaml("search: {iterations: 3}", ", constraint: {max: 0.03}"),
        golden_yaml("{iterations: 3, ids: reference}")}) {
    fs::remove_all(at_);
    const RunResult result = run(yaml);
    const SavedRun saved = load_run(at_);
    EXPECT_EQ(archids_of(saved.archive), archids_of(result.archive));
    EXPECT_EQ(saved.archive.front(), result.archive.front());
    EXPECT_EQ(saved.end_reason, "iterations");
    EXPECT_EQ(saved.iteration_elapsed_s.size(), 3U);
    EXPECT_EQ(saved.environment.at("command"), "lts search x");
    EXPECT_EQ(hypervolume_of(saved.archive, saved.bounds), result.hypervolume);
    for (std::size_t i = 0; i < result.archive.evaluations().size(); ++i) {
      const Evaluation &was = result.archive.evaluations()[i], &is = saved.archive.evaluations()[i];
      EXPECT_EQ(is.candidate.architecture, was.candidate.architecture);
      EXPECT_EQ(is.status, was.status);
      EXPECT_EQ(is.values.back().value, was.values.back().value);
    }
  }
}

TEST_F(SavedRuns, MayBeUnfinishedOrTorn) {
  run(measured_yaml());
  const std::string whole = read_file(journal());
  const auto records = read_journal(journal()).records.size();
  for (std::size_t tenth = 2; tenth < 10; ++tenth) {
    folder_.write("run/journal.jsonl", whole.substr(0, whole.size() * tenth / 10));
    const SavedRun saved = load_run(at_);
    EXPECT_EQ(saved.end_reason, "");
    EXPECT_LT(saved.archive.evaluations().size(), records);
    EXPECT_NO_THROW(write_report(folder_.path() / "report", std::span(&saved, 1)));
  }
}

TEST_F(SavedRuns, MakeEverythingButTheJournalAgain) {
  for (const bool exact : {false, true}) {
    fs::remove_all(at_);
    run(measured_yaml(exact ? kExact : "search: {iterations: 3}\nwinners: {count: 4}"));
    const auto whole = files_of(at_);
    const std::string kept = read_file(journal());
    fs::remove_all(at_);
    folder_.write("run/journal.jsonl", kept);
    const SavedRun saved = load_run(at_);
    EXPECT_TRUE(rebuild_run_files(saved));
    write_report(at_, std::span(&saved, 1));
    EXPECT_EQ(files_of(at_), whole);
    EXPECT_TRUE(whole.contains("report.html"));
    EXPECT_TRUE(whole.contains("plots/size_vs_latency.svg"));
    EXPECT_TRUE(whole.contains("winners/winners.csv"));
    EXPECT_EQ(whole.contains("certificate.json"), exact);
    EXPECT_EQ(whole.contains("certificate.csv"), exact);
  }
}

// The journal has no value of `outside` for a member that was not evaluated.
TEST_F(SavedRuns, KeepACertificateThatTheJournalDoesNotSufficeFor) {
  const predictor::ProxySource proxies{
      .names = {"outside"}, .make = [](const std::string&, const predictor::ProxyBatch&) {
        return std::make_shared<testing::FunctionEvaluator>(
            predictor::Cost::kFree, [](const space::Architecture& a) {
              return predictor::Measurement{.value = 1.0 * a.scalar("d_model")};
            });
      }};
  std::string yaml = measured_yaml(kExact);
  yaml.replace(yaml.find("decoder_params"), 14, "outside");
  const SearchConfig config = read_search_config(
      parse_yaml(yaml, "test.yaml"), folder_.path(),
      [](const predictor::HardwareConfig&) { return std::make_shared<FakeProfiler>(); }, proxies);
  run_search(config, {.folder = at_});
  const std::string kept = read_file(at_ / "certificate.csv");
  fs::remove(at_ / "certificate.json");
  EXPECT_TRUE(rebuild_run_files(load_run(at_)));
  EXPECT_EQ(read_file(at_ / "certificate.csv"), kept);
  EXPECT_FALSE(fs::exists(at_ / "certificate.json"));
}

TEST_F(SavedRuns, AreNotRebuiltWhileAnotherHoldsTheFolder) {
  run(measured_yaml());
  fs::remove(at_ / "front.csv");
  const FileLock lock(at_ / ".lock", "the run folder");
  EXPECT_FALSE(rebuild_run_files(load_run(at_)));
  EXPECT_FALSE(fs::exists(at_ / "front.csv"));
}

TEST_F(SavedRuns, AFolderThatIsNoRunIsTheUsers) {
  EXPECT_EQ(error_message([&] { load_run(at_); }),
            at_.string() + ": is no folder of a search run: it has no journal.jsonl");
  folder_.write("run/journal.jsonl", "");
  EXPECT_THAT(error_message([&] { load_run(at_); }),
              HasSubstr("has no whole record of a run's start"));
  folder_.write("run/journal.jsonl", record_line({{"type", "start"}, {"format", 7}}));
  EXPECT_THAT(error_message([&] { load_run(at_); }),
              EndsWith("journal.jsonl: is of format 7; this program reads format 1"));
}

TEST_F(SavedRuns, ARecordOfAnotherVersionIsRefusedByName) {
  run(measured_yaml());
  append({{"type", "evaluation"}, {"elapsed_s", 1.0}});
  const std::string message = error_message([&] { load_run(at_); }, ErrorKind::kRuntime);
  EXPECT_THAT(message, StartsWith(journal().string()));
  EXPECT_THAT(message, HasSubstr("holds a record of another version of the search"));
}

}  // namespace
}  // namespace lts::search
