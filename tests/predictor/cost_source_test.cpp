#include "predictor/cost_source.h"

#include <gtest/gtest.h>

#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

const space::Family& gpt2() { return space::family_named("gpt2"); }

space::Architecture small() { return {gpt2(), {2, 128, 256, 4, 50257, 1024}}; }

class CostFile : public ::testing::Test {
 protected:
  CostSource load(const std::string& yaml, std::optional<std::string> metric = {}) {
    return load_cost(folder_.write("cost.yaml", yaml), metric, gpt2());
  }
  /// The message without the folder.
  std::string refusal(const std::string& yaml, std::optional<std::string> metric = {}) {
    const std::string message = testing::error_message([&] { load(yaml, metric); });
    const std::string folder = folder_.path().string() + "/";
    EXPECT_TRUE(message.starts_with(folder)) << message;
    return message.substr(std::min(message.size(), folder.size()));
  }

  testing::TemporaryFolder folder_;
};

constexpr const char* kTwo =
    "{metric: latency.median_s, unit: s, per_layer: {d_model: 1},\n"
    " error_quantiles: {0.5: 0.01, 0.9: 0.25}, form: products, rows: [], hardware: {cpu: x},\n"
    " more: [{metric: memory.peak_bytes, unit: bytes, per_model: {d_model: 3}, holdout: {n: 1}}]}";

TEST_F(CostFile, AFileByHandNeedsTheCostAlone) {
  const CostSource source = load("per_model: {d_model: 2}");
  EXPECT_EQ(source.cost.value(small()), 256);
  EXPECT_FALSE(std::get<Measurement>(source.evaluator()->evaluate(small())).interval);
}

TEST_F(CostFile, GivesTheFirstMetricOrTheOneAskedFor) {
  EXPECT_EQ(load(kTwo).cost.value(small()), 2 * 128);
  EXPECT_EQ(load(kTwo, "latency.median_s").unit, "s");
  const CostSource memory = load(kTwo, "memory.peak_bytes");
  EXPECT_EQ(memory.cost.value(small()), 3 * 128);
  EXPECT_EQ(memory.evaluator()->unit(), "bytes");
}

TEST_F(CostFile, ItsEvaluatorHasTheNinetyPercentInterval) {
  const auto measurement = std::get<Measurement>(load(kTwo).evaluator()->evaluate(small()));
  ASSERT_TRUE(measurement.interval);
  EXPECT_EQ(measurement.interval->low, 256 * 0.75);
  EXPECT_EQ(measurement.interval->high, 256 * 1.25);
}

TEST_F(CostFile, SaysWhichMetricsThereAre) {
  EXPECT_EQ(
      refusal(kTwo, "memory.peak_byte"),
      "cost.yaml: has no cost of metric 'memory.peak_byte'; did you mean 'memory.peak_bytes'? "
      "Accepted: latency.median_s, memory.peak_bytes");
  EXPECT_EQ(refusal("per_model: {d_model: 2}", "latency.median_s"),
            "cost.yaml: has no cost of metric 'latency.median_s'; its cost names no metric");
}

TEST_F(CostFile, RefusesWhatItDoesNotKnow) {
  EXPECT_TRUE(refusal("{per_model: {d_model: 2}, row: []}")
                  .starts_with("cost.yaml:1:27: unknown key 'row'; did you mean 'rows'?"));
  EXPECT_EQ(refusal("{per_model: {d_model: 2}, more: 3}"),
            "cost.yaml:1:33: more must be a list of costs, each with its metric");
  EXPECT_EQ(refusal("{per_model: {d_model: 2}, more: [{per_model: {d_model: 2}}]}"),
            "cost.yaml:1:34: key 'more[0].metric' is missing");
  EXPECT_EQ(refusal("{per_model: {d_model: 2}, error_quantiles: {90: 0.1}}"),
            "cost.yaml:1:45: '90' is no level of error_quantiles; accepted: a number between 0 and "
            "1");
  EXPECT_EQ(refusal("{per_model: {d_model: 2}, error_quantiles: {0.9: -1}}"),
            "cost.yaml:1:50: error_quantiles.0.9 is '-1'; accepted: a number, at least 0");
  EXPECT_EQ(refusal("{per_model: {d_model: 2}, error_quantiles: [1]}"),
            "cost.yaml:1:44: error_quantiles is a list; accepted: a map of keys");
}

TEST_F(CostFile, WritesWhatItReads) {
  const auto json = cost_json(load(kTwo));
  EXPECT_EQ(json.dump(),
            R"({"metric":"latency.median_s","unit":"s","per_layer":{"d_model":1.0},)"
            R"("per_model":{},"constant":0.0,"error_quantiles":{"0.5":0.01,"0.9":0.25}})");
  EXPECT_EQ(cost_json(load(to_yaml(json))), json);
}

}  // namespace
}  // namespace lts::predictor
