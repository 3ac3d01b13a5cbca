#include "search/run/warm_start.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "core/record_line.h"
#include "search/run/journal.h"
#include "search/run/run.h"
#include "space/arch_argument.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/search/each_algorithm.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using space::Architecture;
using ::testing::ElementsAre;
using testing::error_message;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

Architecture gpt2(std::int32_t n_layer, std::int32_t d_model, std::int32_t d_inner,
                  std::int32_t n_head) {
  return {space::family_named("gpt2"), {n_layer, d_model, d_inner, n_head, 50257, 1024}};
}

/// As the reference writes an architecture (reference/archai.md section 4).
std::string reference_json(const Architecture& architecture) {
  nlohmann::json json = space::config_json(architecture);
  json["arch_type"] = "gpt2";
  return json.dump(2);
}

class WarmStartTest : public ::testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  WarmStart read(const std::string& list, const std::string& objectives = "") const {
    const SearchConfig config = config_from(
        "objectives: [{name: size, proxy: decoder_params, direction: maximize" + objectives + "}]");
    const YamlNode node = parse_yaml(list, "s.yaml");
    return read_warm_start(node, folder_.path(), config.space, config.objectives,
                           LTS_SOURCE_DIR "/configs/models");
  }
  std::string refusal(const std::string& list) const {
    return error_message([&] { read(list); });
  }

  SearchConfig warm(const std::string& yaml) const {
    return read_search_config(parse_yaml(yaml, "s.yaml"), folder_.path(), {});
  }

  testing::TemporaryFolder folder_;
};

TEST_F(WarmStartTest, TakesTheMembersOfARunFolderAndOfItsJournal) {
  const RunResult earlier =
      run_search(config_from(golden_yaml("{iterations: 2}")), {.folder = at("runs/old")});
  std::vector<Architecture> evaluated;
  for (const auto& evaluation : earlier.archive.evaluations())
    evaluated.push_back(evaluation.candidate.architecture);
  EXPECT_EQ(read("[runs/old]").members, evaluated);
  EXPECT_EQ(read("[runs/old/journal.jsonl]").members, evaluated);
  EXPECT_EQ(read("[runs/old/evaluations.csv]").members, evaluated);
  EXPECT_EQ(read("[runs/old, runs/old/journal.jsonl]").members, evaluated);  // each once
  EXPECT_EQ(read("[runs/old/search_state.csv]").members, evaluated);         // by archid
  EXPECT_EQ(read("[runs/old/front.csv]").members.size(), earlier.archive.front().size());
  EXPECT_EQ(read("['runs/old:0']").members.size(), 1u);
  EXPECT_THAT(read("[runs/old]").warnings, IsEmpty());
}

TEST_F(WarmStartTest, TakesTheReferencesResults) {
  // Samples are named without arch_type, children with it (reference/archai.md F1); 2.10's first.
  const Architecture sample = gpt2(3, 960, 704, 2), child = gpt2(7, 576, 832, 8);
  const std::string header =
      "archid,non_embedding_params,onnx_latency,onnx_memory,parent,parents,iteration_num,"
      "search_walltime_hours,is_pareto\n";
  EXPECT_THAT(space::archid_sampled(sample), StartsWith("gpt2_cea35b3f"));
  EXPECT_THAT(space::archid(child), StartsWith("gpt2_0e1b5a3c"));
  folder_.write("archai/search_state_9.csv", header);
  folder_.write("archai/search_state_10.csv",
                header + space::archid_sampled(sample) + ",15144192,0.1,90.0,,,0,0.1,True\n" +
                    space::archid(child) + ",1,0.1,90.0," + space::archid_sampled(sample) +
                    ",,1,0.1,True\ngpt2_0123,1,0.1,90.0,,,1,0.1,False\n");
  const std::string file = "archai/pareto_models_iter_1/" + space::archid(child);
  folder_.write(file, reference_json(child));
  folder_.write("archai/pareto_models_iter_1/plot.png", "no architecture");
  EXPECT_THAT(read("[archai]").members, ElementsAre(sample, child));
  EXPECT_THAT(read("[archai]").warnings,
              ElementsAre("s.yaml:1:2: search.warm_start: archai: 1 of 3 architectures not in the "
                          "space; skipped, such as gpt2_0123"));
  EXPECT_THAT(read("[archai/search_state_9.csv]").members, IsEmpty());
  EXPECT_THAT(read("[" + file + "]").members, ElementsAre(child));
  EXPECT_THAT(read("[archai/pareto_models_iter_1]").members, ElementsAre(child));
}

TEST_F(WarmStartTest, TakesListsOfArchitectures) {
  folder_.write("one.yaml", to_yaml(space::architecture_json(gpt2(2, 128, 256, 4))));
  folder_.write("list.yaml",
                "- gpt2:n_layer=1,d_model=128,d_inner=128,n_head=2\n"
                "- {family: gpt2, n_layer: 3, d_model: 192, d_inner: 128, n_head: 2}\n"
                "- one.yaml\n"
                "- 0e1b5a3c\n");
  EXPECT_THAT(read("[list.yaml]").members, ElementsAre(gpt2(1, 128, 128, 2), gpt2(3, 192, 128, 2),
                                                       gpt2(2, 128, 256, 4), gpt2(7, 576, 832, 8)));
  EXPECT_THAT(read("['gpt2:n_layer=1,d_model=128,d_inner=128,n_head=2', one.yaml]").members,
              ElementsAre(gpt2(1, 128, 128, 2), gpt2(2, 128, 256, 4)));
}

TEST_F(WarmStartTest, TakesATableOfGenes) {
  folder_.write("mine.csv", "n_head,n_layer,d_inner,d_model,note\n4,2,256,128,x\n8,1,128,128,\n");
  EXPECT_THAT(read("[mine.csv]").members, ElementsAre(gpt2(2, 128, 256, 4), gpt2(1, 128, 128, 8)));
}

TEST_F(WarmStartTest, SkipsWhatIsOutsideWithACountAndAnExample) {
  folder_.write("list.yaml",
                "- gpt2:n_layer=1,d_model=128,d_inner=128,n_head=2\n"
                "- gpt2:n_layer=12,d_model=768,d_inner=3072,n_head=12\n"
                "- gpt2:n_layer=1,d_model=128,d_inner=128,n_head=2,vocab_size=100\n"
                "- gpt2:n_layer=10,d_model=960,d_inner=960,n_head=2\n");
  const WarmStart found = read("[list.yaml]", ", constraint: {max: 1.0e6}");
  EXPECT_THAT(found.members, ElementsAre(gpt2(1, 128, 128, 2)));
  EXPECT_THAT(found.warnings,
              ElementsAre("s.yaml:1:2: search.warm_start: list.yaml: 2 of 4 architectures not in "
                          "the space; skipped, such as "
                          "gpt2:n_layer=12,d_model=768,d_inner=3072,n_head=12",
                          "s.yaml:1:2: search.warm_start: list.yaml: 1 of 4 architectures outside "
                          "the constraints on free objectives; skipped, such as "
                          "gpt2:n_layer=10,d_model=960,d_inner=960,n_head=2"));
}

TEST_F(WarmStartTest, SaysWhatNamesNothing) {
  EXPECT_EQ(refusal("runs"),
            "s.yaml:1:1: search.warm_start must be a list of run folders, journals, tables, "
            "architecture files and architectures");
  EXPECT_EQ(refusal("[[a]]"), "s.yaml:1:2: search.warm_start is a list; accepted: a string");
  EXPECT_EQ(
      refusal("[runs/gone]"),
      "s.yaml:1:2: search.warm_start: runs/gone: cannot be opened: No such file or directory");
  EXPECT_THAT(
      refusal("[nothing]"),
      StartsWith("s.yaml:1:2: search.warm_start: 'nothing' is no architecture; accepted: "));
  fs::create_directories(at("empty"));
  EXPECT_EQ(refusal("[empty]"),
            "s.yaml:1:2: search.warm_start: " + at("empty").string() +
                ": holds nothing of an earlier search; accepted: a run folder, a folder with "
                "search_state_*.csv, a folder of architecture files");
  folder_.write("t.csv", "n_layer,loss\n1,2\n");
  EXPECT_EQ(refusal("[t.csv]"), "s.yaml:1:2: search.warm_start: " + at("t.csv").string() +
                                    ":1: has neither a column 'archid' nor all genes of gpt2; its "
                                    "columns: n_layer, loss");
  const std::string list = folder_.write("list.yaml", "- gpt2:n_layer=x\n");
  EXPECT_THAT(refusal("[list.yaml]"),
              StartsWith("s.yaml:1:2: search.warm_start: " + list + ":1:3: gpt2:n_layer=x: "));
  folder_.write("list.yaml", "- [a]\n");
  EXPECT_THAT(refusal("[list.yaml]"), HasSubstr(":1:3: is no architecture; accepted: an ARCH, or"));
  folder_.write("list.yaml", "- list.yaml\n");
  EXPECT_THAT(refusal("[list.yaml]"), HasSubstr("lists of lists, one within another"));
  folder_.write("note.jsonl", "{}\n");
  EXPECT_THAT(refusal("[note.jsonl]"), HasSubstr("is no journal of a search"));
  folder_.write("later.jsonl", record_line({{"type", "start"}, {"format", 2}}));
  EXPECT_THAT(refusal("[later.jsonl]"), HasSubstr("is of format 2; this program reads format 1"));
}

/// Of the space of measured_yaml.
constexpr const char* kThree =
    "warm_start: ['gpt2:n_layer=4,d_model=64,d_inner=128,n_head=1,vocab_size=100,"
    "max_sequence_length=256', 'gpt2:n_layer=1,d_model=192,d_inner=64,n_head=2,vocab_size=100,"
    "max_sequence_length=256', 'gpt2:n_layer=2,d_model=128,d_inner=64,n_head=2,vocab_size=100,"
    "max_sequence_length=256']";

class WarmEachAlgorithm : public EachAlgorithm {
 protected:
  SearchConfig config(const std::string& more) const {
    return config_from(
        measured_yaml("search: {" + few_at_a_time(GetParam()) + ", iterations: 4" + more + "}"),
        std::make_shared<testing::FakeProfiler>());
  }
  testing::TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Table, WarmEachAlgorithm, ::testing::ValuesIn(EachAlgorithm::names()),
                         EachAlgorithm::name);

TEST_P(WarmEachAlgorithm, EvaluatesTheMembersFirstAndEachOnce) {
  const SearchConfig warm = config(std::string(", ") + kThree);
  const RunResult result = run_search(warm, {.folder = folder_.path() / "a"});
  const auto& all = result.archive.evaluations();
  ASSERT_GT(all.size(), 8u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(all[i].candidate.iteration, 0);
    EXPECT_EQ("gpt2:n_layer=" + std::to_string(std::array{4, 1, 2}[i]),
              space::summary(all[i].candidate.architecture).substr(0, 14));
  }
  const auto ids = archids_of(result.archive);
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  const SearchConfig again = config_from(read_file(folder_.path() / "a/config.yaml"),
                                         std::make_shared<testing::FakeProfiler>());
  EXPECT_EQ(again.resolved.dump(2), warm.resolved.dump(2));
}

TEST_P(WarmEachAlgorithm, ResumesAmongTheMembersAndAfterThem) {
  const SearchConfig warm = config(std::string(", ") + kThree);
  run_search(warm, {.folder = folder_.path() / "whole"});
  const std::string journal = read_file(folder_.path() / "whole/journal.jsonl");
  std::size_t end = 0;
  for (int records = 1; records <= 9; ++records) {
    end = journal.find('\n', end) + 1;
    const std::string name = "killed" + std::to_string(records);
    folder_.write(name + "/journal.jsonl", journal.substr(0, end));
    run_search(warm, {.folder = folder_.path() / name, .resume = true});
    EXPECT_EQ(read_file(folder_.path() / name / "front.csv"),
              read_file(folder_.path() / "whole/front.csv"));
  }
}

/// In the reference the loaded models take the place of the first samples: nothing is drawn for
/// them, and they are named without arch_type (reference/archai.md 2.3, 2.6).
TEST_F(WarmStartTest, WithReferenceIdsIsTheFirstPopulation) {
  const SearchConfig plain = config_from(golden_yaml("{iterations: 1, ids: reference}"));
  std::vector<Candidate> sampled =
      plain.make_searcher(plain.problem())->ask(Archive(plain.objectives, Ties::kKeepFirst));
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Candidate& candidate : sampled) {
    folder_.write("models/" + candidate.archid, reference_json(candidate.architecture));
    list.push_back("models/" + candidate.archid);
  }
  const SearchConfig warm = config_from(
      golden_yaml("{iterations: 1, ids: reference, warm_start: " +
                  warm_start_json({.members = read(list.dump()).members}).dump() + "}"));
  const auto searcher = warm.make_searcher(warm.problem());
  const std::string before = searcher->state().at("space_stream").dump();
  const auto first = searcher->ask(Archive(warm.objectives, Ties::kKeepFirst));
  ASSERT_EQ(first.size(), sampled.size());
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].archid, sampled[i].archid);
  EXPECT_EQ(searcher->state().at("space_stream").dump(), before);
}

// Which genes stand as one number in the hashed config is the space's affair.
TEST_F(WarmStartTest, WithReferenceIdsNamesMembersAsTheSpaceDoes) {
  for (const char* space :
       {"{family: gpt2_flex, n_layer: [2, 3], n_head: {choices: [2, 4], per_layer: true}}",
        "{family: gpt2_flex, n_layer: [2, 3], d_inner: {choices: [128, 256], per_layer: false}}"}) {
    const SearchConfig plain = config_from(golden_yaml("{iterations: 1, ids: reference}", space));
    const auto sampled =
        plain.make_searcher(plain.problem())->ask(Archive(plain.objectives, Ties::kKeepFirst));
    std::string list;
    for (const Candidate& candidate : sampled)
      list += (list.empty() ? "'" : ", '") + space::summary(candidate.architecture) + "'";
    const SearchConfig warm = config_from(
        golden_yaml("{iterations: 1, ids: reference, warm_start: [" + list + "]}", space));
    const auto first =
        warm.make_searcher(warm.problem())->ask(Archive(warm.objectives, Ties::kKeepFirst));
    ASSERT_EQ(first.size(), sampled.size());
    for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].archid, sampled[i].archid);
  }
}

TEST_F(WarmStartTest, KnowsTheReferencesNamesOfMutants) {
  const SearchConfig config = config_from(
      "space: {family: gpt2_flex, n_layer: [2], d_model: [64, 128], d_inner: {choices: [64, 128], "
      "per_layer: true}, n_head: {choices: [2, 4], per_layer: true}}\n"
      "objectives: [{name: size, proxy: decoder_params, direction: maximize}]\n");
  Rng rng(3);
  const Architecture first = config.space.architecture(config.space.sample(rng)),
                     second = config.space.architecture(config.space.sample(rng));
  folder_.write("ids.csv",
                "archid\n" + config.space.reference_archid(first, space::Lineage::kDerived) + "\n" +
                    config.space.reference_archid(second, space::Lineage::kSampled) + "\n");
  const auto warm = read_warm_start(parse_yaml("[ids.csv]", "s.yaml"), folder_.path(), config.space,
                                    config.objectives, LTS_SOURCE_DIR "/configs/models");
  EXPECT_EQ(warm.members, (std::vector{first, second}));
}

TEST_F(WarmStartTest, WarnsWhenTheConfigurationIsRead) {
  ::testing::internal::CaptureStderr();
  config_from(golden_yaml("{warm_start: ['gpt2:n_layer=12,d_model=768,d_inner=3072,n_head=12']}"));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("test.yaml:6:23: search.warm_start: "
                        "gpt2:n_layer=12,d_model=768,d_inner=3072,n_head=12: 1 of 1 architecture "
                        "not in the space; skipped, such as gpt2:n_layer=12"));
}

}  // namespace
}  // namespace lts::search
