#include "predictor/latency_model/latency_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/expect_error.h"
#include "tests/fakes/fake_profiler.h"
#include "tests/predictor/latency_model/laws.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using testing::FakeProfiler;

std::shared_ptr<FakeProfiler> lawful(double (*law)(const space::Architecture&) = law_s) {
  const auto profiler = std::make_shared<FakeProfiler>();
  profiler->latency_s = law;
  profiler->settings.name = "fake";
  return profiler;
}

LatencyModel fit(const FitOptions& options = {.budget = 40}) {
  return fit_latency_model(small_space(), lawful(), options);
}

class ModelFile : public ::testing::Test {
 protected:
  testing::TemporaryFolder folder_;
};

TEST_F(ModelFile, IsALayerCostThatPredictsWhatTheModelDoes) {
  const LatencyModel model = fit();
  const auto path = folder_.write("m.yaml", model_yaml(model));
  const auto& family = small_space().family();
  const CostSource latency = load_cost(path, {}, family);
  const CostSource memory = load_cost(path, "memory.peak_bytes", family);
  for (const space::Architecture& member : space_members(small_space())) {
    EXPECT_EQ(latency.cost.value(member), model.metrics[0].fit.cost.value(member));
    EXPECT_NEAR(latency.cost.value(member) / law_s(member), 1, 0.01);
    EXPECT_NEAR(memory.cost.value(member) / (2000 * member.n_layer()), 1, 0.01);
  }
  EXPECT_EQ(latency.unit, "s");
  EXPECT_EQ(memory.unit, "bytes");
  EXPECT_EQ(latency.error_quantiles, model.metrics[0].fit.error_quantiles);
  ASSERT_TRUE(memory.fitted);
  EXPECT_EQ(memory.fitted->protocol.name, "fake");
}

// n_kv_head is in no product of genes: attention_params and kv_cache_bytes_per_token know it.
TEST_F(ModelFile, PredictsAFamilyWithGenesOfItsOwn) {
  const space::SearchSpace space = small_llama_space();
  const LatencyModel model = fit_latency_model(space, lawful(llama_law_s), {.budget = 40});
  const auto path = folder_.write("m.yaml", model_yaml(model));
  const CostSource latency = load_cost(path, {}, space.family());
  const auto members = space_members(space);
  EXPECT_EQ(members.size(), 4U * 6 * 6 * (2 + 4));
  for (const space::Architecture& member : members)
    EXPECT_NEAR(latency.cost.value(member) / llama_law_s(member), 1, 0.01)
        << space::summary(member);
}

TEST_F(ModelFile, SaysWhereItCameFrom) {
  const ordered_json file = to_json(parse_yaml(model_yaml(fit()), "m.yaml"));
  EXPECT_EQ(file["metric"], "latency.median_s");
  EXPECT_EQ(file["fit"]["measured"], 40);
  EXPECT_EQ(file["fit"]["held_out"], 8);
  EXPECT_EQ(file["holdout"]["n"], 8);
  EXPECT_EQ(file["hardware"], ordered_json({{"fake", true}}));
  EXPECT_EQ(file["fitted"]["protocol"]["sequence_length"], 192);
  ASSERT_EQ(file["rows"].size(), 40U);
  EXPECT_EQ(file["rows"][0]["latency.median_s"].size(), 2U);
  EXPECT_EQ(file["rows"][0]["verdict"], ordered_json({"clean", "clean"}));
  int held_out = 0;
  for (const auto& row : file["rows"]) held_out += row["use"] == "holdout";
  EXPECT_EQ(held_out, 8);
  EXPECT_EQ(file["failed"], ordered_json::array());
}

TEST_F(ModelFile, ADeviceWithoutMemoryFiguresGivesLatencyAlone) {
  class NoMemory final : public Profiler {
   public:
    const HardwareConfig& config() const override { return inner->config(); }
    nlohmann::ordered_json fingerprint() override { return inner->fingerprint(); }
    Profile profile(const space::Architecture& architecture) override {
      Profile out = inner->profile(architecture);
      out.memory.peak_bytes.reset();
      return out;
    }
    std::shared_ptr<FakeProfiler> inner = lawful();
  };
  const LatencyModel model =
      fit_latency_model(small_space(), std::make_shared<NoMemory>(), {.budget = 20});
  ASSERT_EQ(model.metrics.size(), 1U);
  EXPECT_FALSE(to_json(parse_yaml(model_yaml(model), "m.yaml")).contains("more"));
}

TEST_F(ModelFile, ListsWhatFailed) {
  const auto profiler = lawful();
  profiler->before = [&](const auto&) {
    if (profiler->calls() == 5) throw runtime_error("npu", "operator \"erf\" is not known");
  };
  const LatencyModel model = fit_latency_model(small_space(), profiler, {.budget = 20});
  const ordered_json file = to_json(parse_yaml(model_yaml(model), "m.yaml"));
  ASSERT_EQ(file["failed"].size(), 1U);
  EXPECT_EQ(file["failed"][0]["reason"], "npu: operator \"erf\" is not known");
  EXPECT_EQ(file["rows"].size(), 20U);
}

TEST_F(ModelFile, IsAdaptedToAnotherDevice) {
  const auto path = folder_.write("old.yaml", model_yaml(fit()));
  const auto device = lawful(other_law_s);
  const LatencyModel model = fit_latency_model(small_space(), device, {.budget = 10, .from = path});
  EXPECT_EQ(device->calls(), 20U);
  double sum = 0;
  const auto members = space_members(small_space());
  for (const space::Architecture& member : members) {
    sum += std::abs(model.metrics[0].fit.cost.value(member) / other_law_s(member) - 1);
  }
  EXPECT_LT(sum / static_cast<double>(members.size()), 0.05);
  EXPECT_EQ(to_json(parse_yaml(model_yaml(model), "n.yaml"))["fit"]["from"], path.string());
}

TEST_F(ModelFile, TellsItsDescription) {
  const FitOptions options = {.budget = 40};
  const ordered_json file = to_json(parse_yaml(model_yaml(fit(options)), "m.yaml"));
  EXPECT_EQ(description_of(file), fit_description(small_space(), lawful()->settings, options));
  EXPECT_TRUE(description_of(ordered_json({{"per_model", 1}})).is_null());
}

TEST(LatencyModel, RefusesASpaceThatIsTooSmall) {
  const auto space = space::read_space(
      parse_yaml("{n_layer: [1, 2], d_model: [64, 128], d_inner: 64, n_head: 2}", "s"));
  EXPECT_EQ(testing::error_message([&] { fit_latency_model(space, lawful(), {}); }),
            "the space has 4 members that can be built; a fit needs 10");
}

TEST(LatencyModel, RefusesAProtocolThatTheSpaceHasNoPositionsFor) {
  const auto profiler = lawful();
  profiler->settings.file = "h.yaml";
  profiler->settings.sequence_length = 300;
  EXPECT_THAT(testing::error_message([&] { fit_latency_model(small_space(), profiler, {}); }),
              ::testing::StartsWith("h.yaml: sequence_length 300 + past_length 0 is greater than "
                                    "max_sequence_length 256"));
  EXPECT_EQ(profiler->calls(), 0U);
}

TEST_F(ModelFile, OfAnotherSpaceIsNotAdapted) {
  const auto path = folder_.write("old.yaml", model_yaml(fit()));
  const auto space = space::read_space(parse_yaml(
      "{n_layer: [1, 9], d_model: [64, 128], d_inner: [64, 128], n_head: [2, 8], vocab_size: 1000, "
      "max_sequence_length: 256}",
      "s"));
  EXPECT_EQ(
      testing::error_message(
          [&] { fit_latency_model(space, lawful(), {.budget = 10, .from = path}); }),
      path.string() + ": was fitted for another space: n_layer is 1 to 8 there and reaches 9 here");
}

TEST_F(ModelFile, WrittenByHandIsAdaptedInWhatItHas) {
  const auto path = folder_.write("hand.yaml",
                                  "{per_layer: {d_model*d_model: 3.0e-9, d_model*d_inner: 2.0e-9}, "
                                  "per_model: {d_model: 1.0e-6}}");
  const LatencyModel model =
      fit_latency_model(small_space(), lawful(), {.budget = 10, .from = path});
  ASSERT_EQ(model.metrics.size(), 1U);
  EXPECT_LT(model.metrics[0].fit.cross_validated_mape, 0.2);
}

TEST_F(ModelFile, OfNoLatencyIsNotAdapted) {
  const auto refusal = [&](const std::string& yaml) {
    const auto path = folder_.write("hand.yaml", yaml);
    const std::string message = testing::error_message(
        [&] { fit_latency_model(small_space(), lawful(), {.budget = 10, .from = path}); });
    return message.substr(std::min(message.size(), path.string().size()));
  };
  EXPECT_EQ(refusal("{metric: memory.peak_bytes, per_model: {d_model: 3}}"),
            ": has no cost of metric 'latency.median_s'");
  EXPECT_EQ(refusal("{per_model: {d_model: 1}, constant: -64}"),
            ": predicts 0 for gpt2:n_layer=1,d_model=64,d_inner=64,n_head=2; a latency must be "
            "positive to be adapted");
}

}  // namespace
}  // namespace lts::predictor
