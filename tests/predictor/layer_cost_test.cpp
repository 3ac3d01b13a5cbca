#include "predictor/layer_cost.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "predictor/proxies/closed_form.h"
#include "space/family.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

using ::testing::StartsWith;

LayerCost read(const std::string& yaml, const std::string& family = "gpt2") {
  const YamlNode node = parse_yaml(yaml, "cost.yaml");
  MapReader reader(node, "");
  LayerCost cost = read_layer_cost(reader, space::family_named(family));
  reader.finish();
  return cost;
}

std::string refusal(const std::string& yaml) {
  return testing::error_message([&] { read(yaml); });
}

/// n_layer 2, d_model 128, d_inner 256, n_head 4, the published vocabulary and length.
space::Architecture small() {
  return space::Architecture(space::family_named("gpt2"), {2, 128, 256, 4, 50257, 1024});
}

// A layer: 8 * 128^2 + 4 * 128 * 256 + 4096 * 128 + 1000 * 4 = 790,432.
TEST(LayerCost, SumsProductsOverLayers) {
  const LayerCost cost =
      read("per_layer: {d_model*d_model: 8, d_model*d_inner: 4, d_model: 4096, n_head: 1000}");
  EXPECT_EQ(cost.value(small()), 2 * 790'432);
}

// Decoder parameters: 2 * (4 * 128^2 + 2 * 128 * 256 + 9 * 128 + 256) + 2 * 128 = 265,216.
TEST(LayerCost, SumsProductsOverTheModelAndAConstant) {
  const LayerCost cost =
      read("{per_model: {non_embedding_params: 4, d_model: 205124}, constant: 0.5}");
  EXPECT_EQ(cost.value(small()), 4 * 265'216 + 205'124 * 128 + 0.5);
}

TEST(LayerCost, CountsStandForTheModelInEveryLayer) {
  const LayerCost cost =
      read("{per_layer: {decoder_params * n_head: 1}, per_model: {n_layer: 10}}");
  EXPECT_EQ(cost.value(small()), 2 * 265'216 * 4 + 10 * 2);
}

TEST(LayerCost, WritesWhatItReads) {
  const auto json = layer_cost_json(
      read("{per_layer: {d_model * d_inner: 2}, per_model: {n_layer: -1.5e-3}, constant: 7}"));
  EXPECT_EQ(json.dump(), R"({"per_layer":{"d_model*d_inner":2.0},"per_model":{"n_layer":-0.0015},)"
                         R"("constant":7.0})");
  EXPECT_EQ(layer_cost_json(read(to_yaml(json))), json);
}

TEST(LayerCost, RefusesUnknownFactors) {
  EXPECT_THAT(refusal("per_layer:\n  d_model*d_iner: 1"),
              StartsWith("cost.yaml:2:3: unknown factor 'd_iner' in per_layer; did you mean "
                         "'d_inner'? Accepted: "));
  EXPECT_THAT(refusal("per_model: {d_model**2: 1}"),
              StartsWith("cost.yaml:1:13: unknown factor '' in per_model"));
}

TEST(LayerCost, RefusesWhatIsNoSumOfProducts) {
  EXPECT_EQ(refusal("constant: 3"),
            "cost.yaml:1:1: a layer_cost needs per_layer or per_model terms");
  EXPECT_EQ(refusal("per_layer: [d_model]"),
            "cost.yaml:1:12: per_layer must be a map of products to coefficients, such as "
            "{d_model*d_inner: 4}");
  EXPECT_EQ(refusal("per_layer: {d_model: much}"),
            "cost.yaml:1:22: per_layer.d_model is 'much'; accepted: a number");
  EXPECT_EQ(refusal("{per_layer: {d_model: 1}, constant: x}"),
            "cost.yaml:1:37: constant is 'x'; accepted: a number");
  EXPECT_EQ(refusal("per_layer: {d_model*d_inner: 1, d_inner * d_model: 2}"),
            "cost.yaml:1:33: 'd_inner*d_model' stands twice in per_layer");
}

// small() has two layers: 2 * 30 from the entry at 256, or half way between 20 and 40.
TEST(LayerCost, ReadsATableOverOneGeneAsStraightLinesBetweenEntries) {
  EXPECT_EQ(read("per_layer: {d_inner: {128: 20, 256: 30}}").value(small()), 2 * 30);
  EXPECT_EQ(read("per_layer: {d_inner: {512: 40, 0: 20}}").value(small()), 2 * 30);
  EXPECT_EQ(read("per_model: {n_layer: {2: 5}, d_model: {100: 0, 200: 100}}").value(small()),
            5 + 28);
}

TEST(LayerCost, ReadsATableOverSeveralGenesByItsEntriesAlone) {
  EXPECT_EQ(read("per_layer: {d_inner*n_head: {256*4: 7, 256*2: 9}}").value(small()), 2 * 7);
  EXPECT_EQ(testing::error_message(
                [] { read("per_layer: {d_inner*n_head: {256*2: 9, 256*8: 9}}").value(small()); }),
            "the layer_cost has no entry for d_inner*n_head = 256*4");
}

TEST(LayerCost, AMemberOutsideATableIsAFailure) {
  for (const char* yaml :
       {"per_layer: {d_model: {64: 1, 127: 2}}", "per_layer: {d_model: {129: 1, 256: 2}}"}) {
    const auto outcome = make_layer_cost(read(yaml), "s")->evaluate(small());
    ASSERT_TRUE(std::holds_alternative<Failure>(outcome));
    EXPECT_EQ(std::get<Failure>(outcome).reason, "the layer_cost has no entry for d_model = 128");
  }
}

TEST(LayerCost, AClosedFormThatTheFamilyDoesNotHaveIsAFailure) {
  const space::Architecture llama(space::family_named("llama"), {2, 128, 256, 4, 2, 50257, 1024});
  const auto outcome = make_layer_cost(read("per_model: {onnx_file_mib: 2}"), "s")->evaluate(llama);
  ASSERT_TRUE(std::holds_alternative<Failure>(outcome));
  EXPECT_EQ(std::get<Failure>(outcome).reason,
            "the layer_cost has onnx_file_mib, which family 'llama' has not");
}

TEST(LayerCost, WritesTablesAsItReadsThem) {
  const auto json = layer_cost_json(read(
      "{per_layer: {d_inner: {256: 3, 128: 2}, d_inner * n_head: {128*2: 1.5}}, constant: 1}"));
  EXPECT_EQ(json.dump(), R"({"per_layer":{"d_inner":{"128":2.0,"256":3.0},)"
                         R"("d_inner*n_head":{"128*2":1.5}},"per_model":{},"constant":1.0})");
  EXPECT_EQ(layer_cost_json(read(to_yaml(json))), json);
}

TEST(LayerCost, RefusesWhatIsNoTable) {
  EXPECT_EQ(refusal("per_layer: {d_model: {}}"),
            "cost.yaml:1:22: the table per_layer.d_model is empty; accepted: entries such as "
            "{128: 1.5, 256: 2.5}");
  EXPECT_EQ(refusal("per_layer: {d_model: {wide: 1}}"),
            "cost.yaml:1:23: 'wide' is no entry of the table per_layer.d_model; accepted: a value "
            "of d_model, such as 128");
  EXPECT_EQ(refusal("per_layer: {d_model*n_head: {128: 1}}"),
            "cost.yaml:1:30: '128' is no entry of the table per_layer.d_model*n_head; accepted: a "
            "value of d_model*n_head, such as 128*4");
  EXPECT_EQ(refusal("per_layer: {d_model: {128: much}}"),
            "cost.yaml:1:28: per_layer.d_model.128 is 'much'; accepted: a number");
  EXPECT_EQ(refusal("per_layer: {d_model: {128: 1, ' 128': 2}}"),
            "cost.yaml:1:31: ' 128' stands twice in the table per_layer.d_model");
}

TEST(LayerCost, AnEvaluatorOfAKnownErrorGivesAnInterval) {
  const auto evaluator = make_layer_cost(read("per_model: {d_model: 2}"), "s", 0.25);
  const auto measurement = std::get<Measurement>(evaluator->evaluate(small()));
  ASSERT_TRUE(measurement.interval);
  EXPECT_EQ(measurement.interval->low, 192);
  EXPECT_EQ(measurement.interval->high, 320);
}

TEST(LayerCost, AnEvaluatorIsFreeAndKeepsItsUnit) {
  const auto evaluator = make_layer_cost(read("per_model: {d_model: 2}"), "mJ");
  EXPECT_EQ(evaluator->cost(), Cost::kFree);
  EXPECT_EQ(evaluator->unit(), "mJ");
  EXPECT_EQ(std::get<Measurement>(evaluator->evaluate(small())).value, 256);
}

space::Architecture two_layers(std::int32_t d_inner, std::int32_t n_head, std::int32_t second_inner,
                               std::int32_t second_head) {
  return space::Architecture(space::family_named("gpt2_flex"),
                             {2, 64, 50257, 1024, d_inner, second_inner, n_head, second_head});
}

/// By how much the two layers are not a sum: f(a, b) + f(c, d) - f(a, d) - f(c, b).
double interaction(Evaluator& evaluator) {
  const auto value = [&](const space::Architecture& architecture) {
    return std::get<Measurement>(evaluator.evaluate(architecture)).value;
  };
  return value(two_layers(64, 2, 128, 4)) + value(two_layers(256, 8, 320, 1)) -
         value(two_layers(64, 2, 320, 1)) - value(two_layers(256, 8, 128, 4));
}

TEST(LayerCost, SaysWhetherItAddsOverLayers) {
  const auto& flex = space::family_named("gpt2_flex");
  for (const auto& [yaml, adds] : std::vector<std::pair<std::string, bool>>{
           {"per_layer: {d_model*d_inner: 3, n_head: {1: 5, 2: 1, 4: 9, 8: 2}}", true},
           {"per_layer: {d_inner*n_head: 2}", true},
           {"per_model: {d_model*d_inner: 3, n_layer*n_head: 1, d_model: {64: 2}}", true},
           {"per_model: {total_params*d_model: 3}, per_layer: {decoder_params: 1}", true},
           {"per_model: {d_inner*n_head: 1}", false},
           {"per_model: {d_inner*d_inner: 1}", false},
           {"per_model: {d_inner: {0: 0, 300: 50, 1000: 90}}", false},
           {"per_model: {balanced: 1}", false},
           {"per_layer: {decoder_params*n_head: 1}", false}}) {
    const LayerCost cost = read("{" + yaml + "}", "gpt2_flex");
    const auto evaluator = make_layer_cost(cost, "s");
    EXPECT_EQ(evaluator->adds_over_layers(flex), adds) << yaml;
    EXPECT_EQ(std::abs(interaction(*evaluator)) < 1e-9, adds) << yaml;
  }
}

TEST(LayerCost, ClosedFormsSayWhetherTheyAddOverLayers) {
  for (const std::string& name : closed_form_names()) {
    const auto form = make_closed_form(name);
    const bool adds = form->adds_over_layers(space::family_named("gpt2_flex"));
    // A file has biases of one length once, but these layers have none in common.
    if (name.starts_with("onnx")) {
      EXPECT_FALSE(adds);
      continue;
    }
    EXPECT_EQ(std::abs(interaction(*form)) < 1e-6, adds) << name;
  }
}

TEST(LayerCost, AnInfiniteCostIsAFailure) {
  const auto evaluator = make_layer_cost(read("per_model: {d_model: 1.0e308}"), "");
  const auto outcome = evaluator->evaluate(small());
  ASSERT_TRUE(std::holds_alternative<Failure>(outcome));
  EXPECT_EQ(std::get<Failure>(outcome).reason, "the layer_cost is not finite");
}

}  // namespace
}  // namespace lts::predictor
