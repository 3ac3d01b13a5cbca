#include "search/bounds.h"

#include <gtest/gtest.h>

#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

using testing::FakeProfiler;

/// Non-embedding parameters of a tied GPT-2 (reference/archai.md 1.3).
double size_of(double L, double d, double I) {
  return L * (4 * d * d + 2 * d * I + 9 * d + I) + 2 * d;
}

TEST(HypervolumeBounds, OfAClosedFormAreItsSmallestAndLargestValueInTheSpace) {
  const auto bounds = fix_bounds(config_from(golden_yaml("{}")));
  EXPECT_EQ(bounds.at("non_embedding_params").low, size_of(1, 128, 128));
  EXPECT_EQ(bounds.at("non_embedding_params").high, size_of(10, 960, 960));
}

TEST(HypervolumeBounds, OfAPredictedOneAreItsValuesAtTheFewestAndMostParameters) {
  const auto bounds = fix_bounds(config_from(golden_yaml("{}")));
  const auto latency = [](double L, double d, double I, double h) {
    return L * (8 * d * d + 4 * d * I + 4096 * d + 1000 * h);
  };
  EXPECT_EQ(bounds.at("latency").low, latency(1, 128, 128, 2));  // the first of equals: n_head 2
  EXPECT_EQ(bounds.at("latency").high, latency(10, 960, 960, 2));
}

TEST(HypervolumeBounds, OfAMeasuredOneAreMeasuredOnceEach) {
  const auto profiler = std::make_shared<FakeProfiler>();
  std::vector<std::string> measured;
  profiler->before = [&](const auto& a) { measured.push_back(space::summary(a)); };
  const auto bounds = fix_bounds(config_from(measured_yaml(), profiler));
  EXPECT_EQ(measured,
            (std::vector<std::string>{"gpt2:n_layer=1,d_model=64,d_inner=64,n_head=1",
                                      "gpt2:n_layer=4,d_model=192,d_inner=128,n_head=1"}));
  EXPECT_DOUBLE_EQ(bounds.at("latency").low, 0.01 + 0.1 / 64 + 0.001);
  EXPECT_DOUBLE_EQ(bounds.at("latency").high, 0.04 + 0.1 / 192 + 0.001);
}

TEST(HypervolumeBounds, AreTheSmallerAndTheLargerWhicheverMemberHasThem) {
  const auto profiler = std::make_shared<FakeProfiler>();
  profiler->latency_s = [](const auto& a) { return 1.0 / a.n_layer(); };
  const auto bounds = fix_bounds(config_from(measured_yaml(), profiler));
  EXPECT_DOUBLE_EQ(bounds.at("latency").low, 0.25);
  EXPECT_DOUBLE_EQ(bounds.at("latency").high, 1);
}

TEST(HypervolumeBounds, OfTheUserAreTakenAndNothingIsMeasured) {
  const auto profiler = std::make_shared<FakeProfiler>();
  const auto bounds = fix_bounds(config_from(
      measured_yaml("hypervolume: {bounds: {latency: [0.001, 0.5], size: [1, 2]}}"), profiler));
  EXPECT_EQ(bounds.at("latency").low, 0.001);
  EXPECT_EQ(bounds.at("latency").high, 0.5);
  EXPECT_EQ(bounds.at("size").high, 2);
  EXPECT_EQ(profiler->calls(), 0U);
}

TEST(HypervolumeBounds, OfASpaceTooLargeToEnumerateReachItsEnds) {
  // 10 * 833 * 833 * 3 = 20.8 million combinations.
  const std::string yaml =
      "space: {d_model: {min: 128, max: 960, step: 1}, d_inner: {min: 128, max: 960, step: 1}}\n"
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "  - {name: cost, predictor: layer_cost, direction: minimize, per_model: {n_layer: 1}}\n";
  const auto bounds = fix_bounds(config_from(yaml));
  EXPECT_EQ(bounds.at("size").low, size_of(1, 128, 128));
  EXPECT_EQ(bounds.at("size").high, size_of(10, 960, 960));
  EXPECT_EQ(bounds.at("cost").low, 1);
  EXPECT_EQ(bounds.at("cost").high, 10);
}

}  // namespace
}  // namespace lts::search
