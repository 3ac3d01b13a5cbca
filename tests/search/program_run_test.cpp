// Searches whose values come from elsewhere: a program, a table.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "search/run/journal.h"
#include "search/run/run.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;

constexpr const char* kMembers =
    "space: {n_layer: [1, 2, 3, 4], d_model: [64, 128, 192], d_inner: [64, 128], n_head: [1, 2], "
    "vocab_size: 100, max_sequence_length: 256}\n";

class ProgramRun : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  SearchConfig config(const std::string& objective,
                      const std::string& search = "search: {iterations: 3}\n") const {
    const std::string yaml =
        kMembers + std::string("objectives:\n  - {name: size, proxy: decoder_params, direction: ") +
        "maximize}\n  - " + objective + "\n" + search;
    return read_search_config(parse_yaml(yaml, "s.yaml"), folder_.path(), {});
  }

  RunResult run(const SearchConfig& config, const std::string& name, bool resume = false) const {
    return run_search(config, {.folder = at(name), .resume = resume});
  }

  /// An objective whose program is the fake one with these words.
  std::string command(const std::string& words = "") const {
    return "{name: mine, command: [python3, '" LTS_SOURCE_DIR
           "/tests/predictor/command/fake_objective.py', 'starts=" +
           at("starts").string() + "'" + (words.empty() ? "" : ", " + words) +
           "], direction: minimize, batch: 4}";
  }
  std::string starts() const {
    return fs::exists(at("starts")) ? read_file(at("starts")) : std::string();
  }

  /// A table of every member but those of two layers with a d_model of 128, by archid.
  void write_table() const {
    std::string csv = "archid,latency_s\n";
    const SearchConfig any = config("{name: x, proxy: total_params, direction: minimize}");
    any.space.enumerate([&](const space::Genome& genome) {
      const space::Architecture a = any.space.architecture(genome);
      if (a.n_layer() == 2 && a.scalar("d_model") == 128) return true;
      csv += space::archid(a) + "," + std::to_string(1e-3 * latency(a)) + "\n";
      return true;
    });
    folder_.write("latency.csv", csv);
  }
  static double latency(const space::Architecture& a) {
    return a.n_layer() * (a.scalar("d_model") + a.scalar("d_inner")) + a.scalar("n_head");
  }

  testing::TemporaryFolder folder_;
};

TEST_F(ProgramRun, AsksAProgramAndRecordsItsFailures) {
  const RunResult result =
      run(config(command("at=2, null=list"), "search: {iterations: 99}\n"), "a");
  EXPECT_EQ(result.end_reason, "exhausted");
  EXPECT_EQ(starts(), "started\n");
  const CsvTable table = read_csv(at("a/evaluations.csv"));
  ASSERT_EQ(table.rows.size(), 48u);
  for (const auto& row : table.rows) {
    const bool failed = row[table.column("n_layer")] == "2";
    EXPECT_EQ(row[table.column("status")], failed ? "failed" : "ok");
    EXPECT_EQ(row[table.column("mine")], failed ? "" : row[table.column("size")]);
    EXPECT_EQ(row[table.column("reason")],
              failed ? "no room for " + row[table.column("archid")] : "");
  }
  EXPECT_EQ(read_csv(at("a/failures.csv")).rows.size(), 12u);
}

TEST_F(ProgramRun, OfAFreeProgramMeetsItsConstraintsBeforeAnythingIsProposed) {
  std::string free = command();
  free.replace(free.find("batch: 4"), 8, "cost: free, constraint: {max: 100000}");
  const RunResult result = run(config(free), "a");
  for (const auto& evaluation : result.archive.evaluations()) {
    EXPECT_EQ(evaluation.status, Status::kOk);
    EXPECT_LE(evaluation.values[1].value, 100000);
  }
}

TEST_F(ProgramRun, IsRepeatedFromItsConfigYamlAndItsJournalWithoutTheProgram) {
  const SearchConfig first = config(command());
  run(first, "a");
  const SearchConfig again = read_search_config(load_yaml(at("a/config.yaml")), at("a"), {});
  EXPECT_EQ(again.resolved.dump(2), first.resolved.dump(2));
  fs::remove(at("starts"));
  run(again, "a", true);
  EXPECT_EQ(starts(), "");  // a finished run asks nothing
  run(again, "b");
  EXPECT_EQ(read_file(at("a/front.csv")), read_file(at("b/front.csv")));
}

TEST_F(ProgramRun, EndsWithTheProgramsMistakeAndGoesOnWhenItIsMended) {
  folder_.write("mine.py",
                "import json, os, sys\n"
                "for n, line in enumerate(sys.stdin):\n"
                "    r = json.loads(line)\n"
                "    v = [a['decoder_params'] for a in r['architectures']]\n"
                "    print('warning: low' if n == 3 and not os.path.exists('mended') else\n"
                "          json.dumps({'id': r['id'], 'values': v}), flush=True)\n");
  const SearchConfig mine =
      config("{name: mine, command: [python3, mine.py], direction: minimize, batch: 4}");
  EXPECT_EQ(error_message([&] { run(mine, "a"); }, ErrorKind::kRuntime),
            "s.yaml:4:27: objective 'mine': the program python3 " + at("mine.py").string() +
                ": the answer is no JSON: 'warning: low'; nothing but answers goes to its standard "
                "output");
  EXPECT_GT(read_journal(at("a/journal.jsonl")).records.size(), 4u);
  folder_.write("mended", "");
  run(mine, "a", true);
  run(mine, "b");
  EXPECT_EQ(read_file(at("a/front.csv")), read_file(at("b/front.csv")));
}

TEST_F(ProgramRun, SaysForWhichMemberTheBoundsHaveNoValue) {
  EXPECT_EQ(
      error_message([&] { run(config(command("null=list, at=1")), "a"); }, ErrorKind::kRuntime),
      "s.yaml: 'mine' of gpt2:n_layer=1,d_model=64,d_inner=64,n_head=1 is needed for the "
      "hypervolume's bounds and failed: no room for " +
          space::archid({space::family_named("gpt2"), {1, 64, 64, 1, 100, 256}}) +
          "; hypervolume: {bounds: {mine: [low, high]}} sets them instead");
}

constexpr const char* kTable =
    "{name: latency, predictor: table, file: latency.csv, column: latency_s, unit: s, direction: "
    "minimize}";

TEST_F(ProgramRun, OnATableFindsTheFrontOfItsRowsAndRecordsTheOthers) {
  write_table();
  const RunResult result = run(config(kTable, "search: {iterations: 99}\n"), "a");
  EXPECT_EQ(result.end_reason, "exhausted");
  const auto& all = result.archive.evaluations();
  ASSERT_EQ(all.size(), 48u);
  std::set<std::size_t> front;  // by comparing all with all
  for (std::size_t a = 0; a < all.size(); ++a) {
    if (all[a].status == Status::kFailed) {
      EXPECT_EQ(all[a].failure.reason, "the table of latency_s has no row for " +
                                           space::summary(all[a].candidate.architecture));
      continue;
    }
    EXPECT_DOUBLE_EQ(all[a].values[1].value, 1e-3 * latency(all[a].candidate.architecture));
    const bool dominated = std::ranges::any_of(all, [&](const Evaluation& b) {
      if (b.status == Status::kFailed) return false;
      const double size = b.values[0].value - all[a].values[0].value,
                   time = all[a].values[1].value - b.values[1].value;
      return size >= 0 && time >= 0 && (size > 0 || time > 0);
    });
    if (!dominated) front.insert(a);
  }
  EXPECT_EQ(std::set<std::size_t>(result.archive.front().begin(), result.archive.front().end()),
            front);
  EXPECT_EQ(read_csv(at("a/failures.csv")).rows.size(), 4u);
}

TEST_F(ProgramRun, OnATableIsRepeatedFromItsConfigYamlWithoutTheFile) {
  write_table();
  const SearchConfig first = config(kTable);
  run(first, "a");
  fs::remove(at("latency.csv"));
  EXPECT_EQ(read_file(at("a/config.yaml")).find("latency.csv"), std::string::npos);
  const SearchConfig again = read_search_config(load_yaml(at("a/config.yaml")), at("a"), {});
  EXPECT_EQ(again.resolved.dump(2), first.resolved.dump(2));
  run(again, "b");
  EXPECT_EQ(read_file(at("a/front.csv")), read_file(at("b/front.csv")));
}

TEST_F(ProgramRun, OnATableWithoutTheSpacesEndsTakesItsOwnForTheHypervolume) {
  const auto row = [](const char* genes, double seconds) {
    return std::string(genes) + "," + std::to_string(seconds) + "\n";
  };
  folder_.write("latency.csv", "n_layer,d_model,d_inner,n_head,latency_s\n" +
                                   row("2,64,64,1", 0.5) + row("3,64,64,1", 0.75) +
                                   row("3,128,64,1", 2));
  const RunResult result = run(config(kTable), "a");
  EXPECT_EQ(result.bounds.at("latency").low, 0.5);
  EXPECT_EQ(result.bounds.at("latency").high, 2);
}

}  // namespace
}  // namespace lts::search
