#include "search/objective_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/fakes/function_evaluator.h"
#include "tests/search/fixtures.h"
#include "tests/temporary_folder.h"

namespace lts::search {
namespace {

using testing::error_message;
using testing::FakeProfiler;

std::string objectives(const std::string& list) { return "objectives:\n  - " + list + "\n"; }

struct Refusal {
  const char* objective;
  const char* message;
};

class RefusedObjective : public ::testing::TestWithParam<Refusal> {};

TEST_P(RefusedObjective, SaysWhereWhatAndWhatIsAccepted) {
  const auto profiler = std::make_shared<FakeProfiler>();
  EXPECT_EQ(error_message([&] { config_from(objectives(GetParam().objective), profiler); }),
            std::string("test.yaml:") + GetParam().message);
}

// Which keys a hardware file has is tests/predictor/hardware_config_test.cpp's business.
TEST(ObjectiveConfig, AMistakeInAnInlineHardwareMapHasItsPlace) {
  const auto profiler = std::make_shared<FakeProfiler>();
  EXPECT_THAT(error_message([&] {
                config_from(objectives("{name: a, hardware: {threds: 2}, direction: minimize}"),
                            profiler);
              }),
              ::testing::StartsWith(
                  "test.yaml:2:26: unknown key 'threds'; did you mean 'threads'? Accepted: name"));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, RefusedObjective,
    ::testing::Values(
        Refusal{"size", "2:5: objectives[0] is 'size'; accepted: a map of keys"},
        Refusal{"{proxy: decoder_params, direction: maximize}",
                "2:5: key 'objectives[0].name' is missing"},
        Refusal{"{name: '', proxy: decoder_params, direction: maximize}",
                "2:12: an objective's name is empty"},
        Refusal{"{name: \"a\\nb\", proxy: decoder_params, direction: maximize}",
                "2:12: an objective's name has a control character"},
        Refusal{"{name: [x], proxy: decoder_params, direction: maximize}",
                "2:12: objectives[0].name is a list; accepted: a string"},
        Refusal{
            "{name: a, direction: maximize}",
            "2:5: objective 'a' names none of proxy, hardware, predictor, command; it must name "
            "exactly one"},
        Refusal{"{name: a, proxy: decoder_params, hardware: {}, direction: maximize}",
                "2:5: objective 'a' names several of proxy, hardware, predictor, command; it must "
                "name exactly one"},
        Refusal{"{name: a, proxy: decoder_params}",
                "2:5: key 'objectives[0].direction' is missing"},
        Refusal{"{name: a, proxy: decoder_params, direction: minimise}",
                "2:49: objectives[0].direction is 'minimise'; did you mean 'minimize'? Accepted: "
                "minimize, maximize"},
        Refusal{"{name: a, proxy: decoder_parms, direction: maximize}",
                "2:22: unknown proxy 'decoder_parms'; did you mean 'decoder_params'? Accepted: "
                "decoder_params, attention_params, ffn_params, embedding_params, total_params, "
                "flops_per_token, kv_cache_bytes_per_token, weight_bytes, onnx_file_mib, "
                "onnx_file_mib_no_past, balanced, nsc"},
        Refusal{"{name: a, proxy: decoder_params, direction: maximize, metric: x}",
                "2:59: unknown key 'objectives[0].metric'; accepted: name, proxy, hardware, "
                "predictor, command, direction, constraint"},
        Refusal{"{name: a, proxy: decoder_params, direction: maximize, constraint: 5}",
                "2:71: objectives[0].constraint is '5'; accepted: a map of keys"},
        Refusal{"{name: a, proxy: decoder_params, direction: maximize, constraint: {}}",
                "2:71: objectives[0].constraint has neither min nor max"},
        Refusal{"{name: a, proxy: decoder_params, direction: maximize, constraint: {mn: 1}}",
                "2:72: unknown key 'objectives[0].constraint.mn'; did you mean 'min'? Accepted: "
                "min, max"},
        Refusal{
            "{name: a, proxy: decoder_params, direction: maximize, constraint: {min: 2, max: 1}}",
            "2:71: objectives[0].constraint: min 2.0 is greater than max 1.0"},
        Refusal{"{name: a, proxy: decoder_params, direction: maximize, constraint: {min: .inf}}",
                "2:77: objectives[0].constraint.min is '.inf'; accepted: a number"},
        Refusal{"{name: archid, proxy: decoder_params, direction: maximize}",
                "2:5: 'archid' is a column of every run's files; give the objective another name"},
        Refusal{"{name: n_head, proxy: decoder_params, direction: maximize}",
                "2:5: 'n_head' is a column of every run's files; give the objective another name"},
        Refusal{"{name: weight_bytes, proxy: decoder_params, direction: maximize}",
                "2:5: 'weight_bytes' is a column of every run's files; give the objective another "
                "name"},
        Refusal{"{name: a, predictor: tabl, direction: maximize}",
                "2:26: objectives[0].predictor is 'tabl'; did you mean 'table'? Accepted: "
                "layer_cost, table"},
        Refusal{"{name: a, predictor: layer_cost, direction: maximize}",
                "2:5: a layer_cost needs per_layer or per_model terms"},
        Refusal{"{name: a, hardware: {}, metric: latency, direction: minimize}",
                "2:37: unknown metric 'latency'; accepted: latency.median_s, "
                "latency.mean_s, latency.min_s, latency.p90_s, memory.weight_bytes, "
                "memory.peak_bytes, memory.resident_peak_bytes, memory.liveness_peak_bytes"},
        Refusal{"{name: a, hardware: {name: long, sequence_length: 2000}, direction: minimize}",
                "2:25: hardware 'long' measures 2000 positions, space.max_sequence_length is "
                "1024"}));

TEST(ObjectiveConfig, RefusesTheSameNameTwice) {
  const std::string two = objectives("{name: a, proxy: decoder_params, direction: maximize}") +
                          "  - {name: a, proxy: weight_bytes, direction: minimize}\n";
  EXPECT_EQ(error_message([&] { config_from(two); }),
            "test.yaml:3:12: objective 'a' stands twice; names are unique");
}

TEST(ObjectiveConfig, RefusesNamesThatMakeTheSameColumn) {
  const std::string two = objectives("{name: a, proxy: decoder_params, direction: maximize}") +
                          "  - {name: a_runs, proxy: total_params, direction: minimize}\n";
  EXPECT_EQ(error_message([&] { config_from(two); }),
            "test.yaml:3:5: 'a_runs' is a column of every run's files; give the objective another "
            "name");
}

TEST(ObjectiveConfig, RefusesAClosedFormThatTheFamilyDoesNotHave) {
  const std::string llama =
      "space: {family: llama}\nobjectives:\n"
      "  - {name: file, proxy: onnx_file_mib, direction: minimize}\n";
  EXPECT_EQ(error_message([&] { config_from(llama); }),
            "test.yaml:3:25: family 'llama' has no onnx_file_mib");
}

TEST(ObjectiveConfig, AcceptsAClosedFormUnderItsOwnName) {
  EXPECT_NO_THROW(
      config_from(objectives("{name: weight_bytes, proxy: weight_bytes, direction: minimize}")));
}

TEST(ObjectiveConfig, BeginsErrorsOfAHardwareFileWithThatFile) {
  const testing::TemporaryFolder folder;
  const auto read = [&] {
    read_search_config(
        parse_yaml(objectives("{name: a, hardware: h.yaml, direction: minimize}"), "s.yaml"),
        folder.path(), [](const auto&) { return std::make_shared<FakeProfiler>(); });
  };
  const std::string file = (folder.path() / "h.yaml").string();
  EXPECT_THAT(error_message(read), ::testing::StartsWith(file + ": cannot be opened"));
  folder.write("h.yaml", "threads: none\n");
  EXPECT_EQ(error_message(read),
            file + ":1:10: threads is 'none'; accepted: an integer from 1 to 4096");
}

TEST(ObjectiveConfig, ReadsALayerCostFromAFile) {
  const testing::TemporaryFolder folder;
  folder.write("cost.yaml", "per_model: {n_layer: 2}\nconstant: 1\n");
  const SearchConfig config = read_search_config(
      parse_yaml(
          objectives("{name: a, predictor: layer_cost, file: cost.yaml, direction: minimize}"),
          "s.yaml"),
      folder.path(), {});
  const auto& resolved = config.resolved.at("objectives").at(0);
  EXPECT_FALSE(resolved.contains("file"));
  EXPECT_EQ(resolved.at("per_model").at("n_layer"), 2);
  EXPECT_EQ(resolved.at("constant"), 1);
}

/// What `lts fit` writes, in short, for the space and protocol of the tests below.
constexpr const char* kModel =
    "{metric: latency.median_s, unit: s, per_model: {n_layer: 2}, error_quantiles: {0.9: 0.5},\n"
    " more: [{metric: memory.peak_bytes, unit: bytes, per_model: {d_model: 4}}], rows: [],\n"
    " fitted: {space: {n_layer: [1, 4], d_model: [64, 128], d_inner: 64, n_head: 2},\n"
    "          protocol: {threads: 1, sequence_length: 64}}}\n";
constexpr const char* kMembers = "space: {n_layer: [1, 3], d_model: 64, d_inner: 64, n_head: 2}\n";

class FittedObjective : public ::testing::Test {
 protected:
  FittedObjective() { folder_.write("m.yaml", kModel); }

  SearchConfig read(const std::string& list, const std::string& space = kMembers) {
    return read_search_config(parse_yaml(space + objectives(list), "s.yaml"), folder_.path(),
                              [](const auto&) { return std::make_shared<FakeProfiler>(); });
  }
  std::string refusal(const std::string& list, const std::string& space = kMembers) {
    return error_message([&] { read(list, space); });
  }

  testing::TemporaryFolder folder_;
};

constexpr const char* kLatency =
    "{name: latency, predictor: layer_cost, file: m.yaml, direction: minimize}";

TEST_F(FittedObjective, PredictsWithAnIntervalAndItsUnit) {
  const SearchConfig config = read(kLatency);
  const auto& evaluator = *config.objectives.front().evaluator;
  EXPECT_EQ(evaluator.cost(), predictor::Cost::kFree);
  EXPECT_EQ(evaluator.unit(), "s");
  const auto member = config.space.architecture({3, 64, 64, 2});
  const auto found =
      std::get<predictor::Measurement>(config.objectives.front().evaluator->evaluate(member));
  EXPECT_EQ(found.value, 6);
  ASSERT_TRUE(found.interval);
  EXPECT_EQ(found.interval->low, 3);
  EXPECT_EQ(found.interval->high, 9);
}

TEST_F(FittedObjective, TakesTheMetricItNames) {
  const SearchConfig config = read(
      "{name: memory, predictor: layer_cost, file: m.yaml, metric: memory.peak_bytes, direction: "
      "minimize}");
  EXPECT_EQ(config.objectives.front().evaluator->unit(), "bytes");
  EXPECT_EQ(
      refusal("{name: a, predictor: layer_cost, file: m.yaml, metric: x, direction: minimize}"),
      (folder_.path() / "m.yaml").string() +
          ": has no cost of metric 'x'; accepted: latency.median_s, memory.peak_bytes");
}

TEST_F(FittedObjective, OfAnotherProtocolIsRefusedByWhatIsMeasuredBesideIt) {
  const std::string measured = std::string(kLatency) +
                               "\n  - {name: peak, hardware: {name: two, threads: 2, "
                               "sequence_length: 64}, metric: memory.peak_bytes, direction: "
                               "minimize}";
  EXPECT_EQ(refusal(measured),
            "s.yaml:3:50: the layer_cost was fitted for another protocol than hardware 'two' that "
            "this search measures on: threads is 1 there and 2 here");
  EXPECT_NO_THROW(read(std::string(kLatency) +
                       "\n  - {name: peak, hardware: {sequence_length: 64}, direction: minimize}"));
}

TEST_F(FittedObjective, OfAnotherProtocolIsRefusedByTheOneItIsAskedFor) {
  const auto with = [](const std::string& protocol) {
    return "{name: a, predictor: layer_cost, file: m.yaml, direction: minimize, protocol: " +
           protocol + "}";
  };
  EXPECT_EQ(refusal(with("{sequence_length: 128}")),
            "s.yaml:3:83: the layer_cost was fitted for another protocol than the protocol that it "
            "is asked for: sequence_length is 64 there and 128 here");
  folder_.write("pi.yaml", "{sequence_length: 64, dtype: bfloat16}");
  EXPECT_EQ(refusal(with("pi.yaml")),
            "s.yaml:3:83: the layer_cost was fitted for another protocol than the protocol that it "
            "is asked for: dtype is \"float32\" there and \"bfloat16\" here");
  // What is measured beside it may then be another device's.
  EXPECT_NO_THROW(read(with("{sequence_length: 64}") +
                       "\n  - {name: peak, hardware: {threads: 2}, direction: minimize}"));
}

TEST_F(FittedObjective, OfAnotherSpaceIsRefused) {
  EXPECT_EQ(refusal(kLatency, "space: {n_layer: [1, 9], d_model: 64, d_inner: 64, n_head: 2}\n"),
            "s.yaml:3:50: the layer_cost was fitted for another space: n_layer is 1 to 4 there and "
            "reaches 9 here");
}

TEST_F(FittedObjective, IsReadAgainFromTheResolvedConfiguration) {
  const SearchConfig config = read(kLatency);
  const std::string resolved = to_yaml(config.resolved);
  const SearchConfig again = read_search_config(parse_yaml(resolved, "r.yaml"), "elsewhere", {});
  EXPECT_EQ(again.resolved, config.resolved);
  std::string changed = resolved;
  changed.replace(changed.find("n_layer: [1, 3]"), 15, "n_layer: [1, 5]");
  EXPECT_THAT(error_message([&] { read_search_config(parse_yaml(changed, "r.yaml"), ".", {}); }),
              ::testing::HasSubstr("fitted for another space: n_layer is 1 to 4 there"));
}

TEST(ObjectiveConfig, MakesOneProfilerForEachHardware) {
  int made = 0;
  const auto make = [&](const predictor::HardwareConfig&) {
    ++made;
    return std::make_shared<FakeProfiler>();
  };
  const std::string yaml =
      "objectives:\n"
      "  - {name: a, hardware: {name: x}, direction: minimize}\n"
      "  - {name: b, hardware: {name: x}, metric: memory.peak_bytes, direction: minimize}\n"
      "  - {name: c, hardware: {name: x, threads: 2}, direction: minimize}\n";
  read_search_config(parse_yaml(yaml, "s.yaml"), ".", make);
  EXPECT_EQ(made, 2);
}

/// A proxy that needs a batch: its value is what it was asked with.
predictor::ProxySource fake_proxies() {
  return {.names = {"slope", "bend"},
          .make = [](const std::string& name, const predictor::ProxyBatch& batch) {
            if (name == "bend" && batch.batch_size < 2) throw user_error("bend needs two");
            return std::make_shared<testing::FunctionEvaluator>(
                predictor::Cost::kCheap, [batch](auto&) {
                  return predictor::Measurement{batch.batch_size * 1e6 +
                                                batch.sequence_length * 1e3 +
                                                static_cast<double>(batch.seed)};
                });
          }};
}

SearchConfig with_proxies(const std::string& list) {
  return read_search_config(parse_yaml(objectives(list), "s.yaml"), ".", {}, fake_proxies());
}

double first_value(const SearchConfig& config) {
  const auto member = config.space.architecture({2, 128, 128, 2});
  return std::get<predictor::Measurement>(config.objectives.front().evaluator->evaluate(member))
      .value;
}

TEST(ObjectiveConfig, TakesAProxyThatIsHandedIn) {
  const SearchConfig config = with_proxies("{name: a, proxy: slope, direction: maximize}");
  EXPECT_EQ(first_value(config), 4'064'001);
  EXPECT_FALSE(config.objectives.front().closed_form);
  const SearchConfig other = with_proxies(
      "{name: a, proxy: slope, direction: maximize, batch_size: 2, sequence_length: 8, seed: 5}");
  EXPECT_EQ(first_value(other), 2'008'005);
  const SearchConfig again = read_search_config(parse_yaml(to_yaml(other.resolved), "r.yaml"),
                                                "elsewhere", {}, fake_proxies());
  EXPECT_EQ(again.resolved, other.resolved);
  EXPECT_EQ(first_value(again), 2'008'005);
}

TEST(ObjectiveConfig, SaysWhatAProxyAccepts) {
  const auto refusal = [](const std::string& list) {
    return error_message([&] { with_proxies(list); });
  };
  EXPECT_THAT(refusal("{name: a, proxy: slop, direction: maximize}"),
              ::testing::AllOf(
                  ::testing::StartsWith("s.yaml:2:22: unknown proxy 'slop'; did you mean 'slope'?"),
                  ::testing::EndsWith(", balanced, nsc, slope, bend")));
  EXPECT_EQ(refusal("{name: a, proxy: bend, direction: maximize, batch_size: 1}"),
            "s.yaml:2:22: bend needs two");
  EXPECT_EQ(refusal("{name: a, proxy: slope, direction: maximize, batch_size: 0}"),
            "s.yaml:2:62: objectives[0].batch_size is '0'; accepted: an integer from 1 to 65536");
  EXPECT_EQ(refusal("{name: a, proxy: slope, direction: maximize, sequence_length: 2000}"),
            "s.yaml:2:67: objectives[0].sequence_length is '2000'; accepted: an integer from 2 to "
            "1024");
  EXPECT_THAT(refusal("{name: a, proxy: slope, direction: maximize, seed: -1}"),
              ::testing::StartsWith("s.yaml:2:56: objectives[0].seed is '-1'; accepted: "));
  EXPECT_THAT(refusal("{name: a, proxy: nsc, direction: maximize, batch_size: 2}"),
              ::testing::StartsWith("s.yaml:2:48: unknown key 'objectives[0].batch_size'"));
}

}  // namespace
}  // namespace lts::search
