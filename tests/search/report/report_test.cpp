#include "search/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/file.h"
#include "search/report/page.h"
#include "search/report/page_data.h"
#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

nlohmann::json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const auto from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

std::string page_of(std::span<const SavedRun> runs) {
  return report_page(runs, report_figures(runs));
}

/// 48 members, of which 20 are measured.
const std::string kCertified =
    "search: {algorithm: exact, model_budget: 12, samples_per_iteration: 4, iterations: 3}";

class Report : public ::testing::Test {
 protected:
  SavedRun run(const std::string& yaml, const std::string& name = "a") {
    run_search(config_from(yaml, std::make_shared<FakeProfiler>()),
               {.folder = folder_.path() / name});
    return load_run(folder_.path() / name);
  }

  std::string page(const std::string& yaml) {
    const SavedRun saved = run(yaml);
    return page_of(std::span(&saved, 1));
  }

  testing::TemporaryFolder folder_;
};

TEST_F(Report, HasAPictureForEachPairOfObjectivesAndARowForEachMember) {
  const std::string two = page(measured_yaml());
  EXPECT_EQ(count(two, "<figure class=\"plot\" data-x="), 1U);
  const SavedRun saved = load_run(folder_.path() / "a");
  EXPECT_EQ(count(two, "<tr data-run="), saved.archive.front().size());
  EXPECT_THAT(two, HasSubstr("<th scope=\"col\">d_model</th>"));
  EXPECT_THAT(two, HasSubstr("<th scope=\"col\">latency (ms)</th>"));
  fs::remove_all(folder_.path() / "a");
  EXPECT_EQ(count(page(golden_yaml("{iterations: 2}")), "<figure class=\"plot\" data-x="), 3U);
}

TEST_F(Report, SaysWhatIsCertainOfAFrontThatWasMeasuredInPart) {
  const SavedRun saved = run(measured_yaml(kCertified));
  const fs::path file = saved.folder / "certificate.json";
  const auto certificate = nlohmann::json::parse(read_file(file));
  const std::string page = page_of(std::span(&saved, 1));
  EXPECT_THAT(page, HasSubstr("<h2>What is certain</h2>"));
  EXPECT_THAT(page, HasSubstr("20 of 48 members were measured"));
  for (const auto& level : certificate.at("levels")) {
    EXPECT_THAT(page, HasSubstr("<td>" + level.at("possible").dump() + "</td>\n<td>" +
                                level.at("excluded").dump() + "</td>"));
  }
  fs::remove(file);
  EXPECT_THAT(page_of(std::span(&saved, 1)), Not(HasSubstr("What is certain")));
}

TEST_F(Report, TellsOfADamagedCertificateAndShowsTheRest) {
  const SavedRun saved = run(measured_yaml(kCertified));
  const fs::path file = saved.folder / "certificate.json";
  for (const char* content : {R"({"members": "many"})", "{"}) {
    write_file_atomic(file, content);
    const std::string page = page_of(std::span(&saved, 1));
    EXPECT_THAT(page, HasSubstr("The certificate is damaged: " + file.string()));
    EXPECT_THAT(page, HasSubstr("<h2>The front</h2>"));
  }
}

TEST_F(Report, KnowsEveryEvaluationTheWinnersAndWhatIsOnTheFront) {
  const SavedRun saved = run(
      measured_yaml("search: {iterations: 3}\nwinners: {count: 3}", ", constraint: {max: 0.03}"));
  const auto data = data_of(page_of(std::span(&saved, 1)));
  EXPECT_EQ(data["objectives"][1]["name"], "latency");
  EXPECT_EQ(data["objectives"][1]["unit"], "ms");
  const auto& one = data["runs"][0];
  const auto state = one["state"].get<std::string>();
  ASSERT_EQ(state.size(), saved.archive.evaluations().size());
  EXPECT_EQ(std::ranges::count(state, 'f'), std::ssize(saved.archive.front()));
  EXPECT_GT(std::ranges::count(state, 'o'), 0);
  EXPECT_EQ(one["winners"].size(), std::min<std::size_t>(3, saved.archive.front().size()));
  for (const auto& [position, winner] : one["winners"].items()) {
    EXPECT_EQ(state[std::stoul(position)], 'f') << winner;
  }
  for (std::size_t i = 0; i < state.size(); ++i) {
    const Evaluation& evaluation = saved.archive.evaluations()[i];
    EXPECT_EQ(one["values"][1][i], evaluation.values[1].value);
    EXPECT_EQ(one["low"][1][i], evaluation.values[1].interval->low);
    EXPECT_EQ(space::parse_arch_argument(one["arch"][i], ""), evaluation.candidate.architecture);
  }
  EXPECT_TRUE(one["low"][0].is_null());
}

TEST_F(Report, LeavesOutWhatFailed) {
  const auto profiler = std::make_shared<FakeProfiler>();
  profiler->before = [](const auto& a) {
    if (a.n_layer() == 2) throw runtime_error("", "out of <memory>");
  };
  run_search(config_from(measured_yaml(), profiler), {.folder = folder_.path() / "a"});
  const SavedRun saved = load_run(folder_.path() / "a");
  const std::string text = page_of(std::span(&saved, 1));
  EXPECT_THAT(text, HasSubstr("out of &lt;memory&gt;"));
  EXPECT_THAT(text, HasSubstr(" failed"));
  const auto shown = shown_evaluations(saved.archive);
  EXPECT_LT(shown.size(), saved.archive.evaluations().size());
  EXPECT_EQ(data_of(text)["runs"][0]["id"].size(), shown.size());
  EXPECT_EQ(data_of(text)["runs"][0]["index"], nlohmann::json(shown));
}

TEST_F(Report, NoNameClosesAnElement) {
  const std::string name = "</script><script>alert(1)</script><!--";
  const std::string yaml = "objectives: [{name: \"" + name +
                           "\", proxy: decoder_params, direction: minimize}]\n"
                           "search: {iterations: 1}\n";
  const std::string text = page(yaml);
  EXPECT_EQ(count(text, "<script"), 2U);
  EXPECT_EQ(count(text, "</script"), 2U);
  EXPECT_THAT(text, Not(HasSubstr("<!--")));
  EXPECT_EQ(data_of(text)["objectives"][0]["name"], name);
}

TEST_F(Report, AsksForNothing) {
  const std::string text = page(measured_yaml());
  EXPECT_THAT(text, HasSubstr("Content-Security-Policy\" content=\"default-src 'none';"));
  EXPECT_EQ(count(text, " src="), 0U);
  EXPECT_EQ(count(text, "<link"), 1U);
  EXPECT_THAT(text, HasSubstr("<link rel=\"icon\" href=\"data:,\">"));
}

TEST_F(Report, SaysHowToRepeatTheRun) {
  run_search(config_from(measured_yaml(), std::make_shared<FakeProfiler>()),
             {.folder = folder_.path() / "a",
              .environment = {{"command", "lts search x.yaml --set 'a={b: 1}'"},
                              {"versions", {{"commit", "abc123"}}},
                              {"hardware", {{"cpu_model", "a <cpu>"}}}}});
  const SavedRun saved = load_run(folder_.path() / "a");
  const std::string text = page_of(std::span(&saved, 1));
  EXPECT_THAT(text, HasSubstr("lts search x.yaml --set &#39;a={b: 1}&#39;"));
  EXPECT_THAT(text, HasSubstr("abc123"));
  EXPECT_THAT(text, HasSubstr("lts search " + saved.folder.string() + "/config.yaml -o "));
  EXPECT_THAT(text, HasSubstr("max_sequence_length: 256"));
}

TEST_F(Report, OfSeveralRunsNamesEach) {
  const std::vector<SavedRun> runs = {run(measured_yaml("search: {seed: 1, iterations: 2}"), "a"),
                                      run(measured_yaml("search: {seed: 2, iterations: 2}"), "b")};
  const std::string text = page_of(runs);
  EXPECT_THAT(text, HasSubstr("<h1>2 search runs</h1>"));
  EXPECT_EQ(data_of(text)["runs"].size(), 2U);
  EXPECT_EQ(count(text, "<tr data-run=\"1\""), runs[1].archive.front().size());
  EXPECT_THAT(text, Not(HasSubstr("cannot be compared")));
  EXPECT_EQ(count(text, "<th scope=\"col\">all runs</th>"), 1U);  // of one machine
  EXPECT_THAT(text, HasSubstr("evolution_pareto</td>"));
}

TEST_F(Report, OfSeveralMachinesHasAColumnForEach) {
  std::vector<SavedRun> runs;
  for (const char* name : {"a", "b"}) {
    const auto profiler = std::make_shared<FakeProfiler>();
    profiler->hardware = {{"machine", name}};
    run_search(config_from(measured_yaml(), profiler), {.folder = folder_.path() / name});
    runs.push_back(load_run(folder_.path() / name));
  }
  const std::string text = page_of(runs);
  EXPECT_THAT(text, Not(HasSubstr("all runs")));
  EXPECT_THAT(text, HasSubstr("<td>a</td>\n<td>b</td>"));
}

TEST_F(Report, BreaksNamesAtUnderscores) {
  EXPECT_THAT(page(measured_yaml()), HasSubstr("<b>evolution_<wbr>pareto</b>"));
}

TEST_F(Report, SaysWhenHypervolumesCannotBeCompared) {
  const std::vector<SavedRun> runs = {
      run(measured_yaml(), "a"),
      run(measured_yaml("search: {iterations: 2}\nhypervolume: {bounds: {latency: [0, 2]}}"), "b")};
  EXPECT_THAT(page_of(runs), HasSubstr("between different bounds: they cannot be compared"));
}

TEST_F(Report, RefusesRunsOfOtherObjectives) {
  const std::vector<SavedRun> runs = {run(measured_yaml(), "a"),
                                      run(golden_yaml("{iterations: 1}"), "b")};
  const std::string message = error_message([&] { write_report(folder_.path() / "r", runs); });
  EXPECT_THAT(message, ::testing::StartsWith((folder_.path() / "b").string()));
  EXPECT_THAT(message, HasSubstr("size [parameters] maximize; latency [s] minimize"));
  EXPECT_FALSE(fs::exists(folder_.path() / "r"));
}

TEST_F(Report, OfARunThatEvaluatedNothingIsAPage) {
  const std::string text = page(measured_yaml("search: {max_seconds: 0}"));
  EXPECT_THAT(text, HasSubstr("<b>0</b>"));
  EXPECT_THAT(text, Not(HasSubstr("nan")));
  EXPECT_THAT(text, Not(HasSubstr("\"inf")));
}

TEST_F(Report, WritesEachFigureAsSvgAndCsv) {
  const SavedRun saved = run(measured_yaml());
  std::size_t pictures = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path() / "a/plots")) {
    if (entry.path().extension() != ".svg") continue;
    ++pictures;
    fs::path csv = entry.path();
    EXPECT_TRUE(fs::exists(csv.replace_extension(".csv"))) << csv;
  }
  EXPECT_EQ(pictures, 4U);  // the front, two of progress, the noise of latency
}

TEST(InlineArch, NamesEveryConstantThatIsNotItsDefault) {
  const auto architecture = space::parse_arch_argument(
      "gpt2:n_layer=2,d_model=64,d_inner=128,n_head=2,vocab_size=100,dropatt=0.1", "");
  EXPECT_EQ(inline_arch(architecture),
            "gpt2:n_layer=2,d_model=64,d_inner=128,n_head=2,vocab_size=100,dropatt=0.1");
}

}  // namespace
}  // namespace lts::search
