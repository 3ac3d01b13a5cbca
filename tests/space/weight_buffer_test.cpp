#include "space/weight_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tests/space/small_models.h"

namespace lts::space {
namespace {

std::vector<std::vector<std::int64_t>> shapes_of(const LanguageModel& model) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const auto& parameter : model.parameters()) shapes.push_back(parameter.sizes().vec());
  return shapes;
}

TEST(WeightBuffer, KeepsTheShapesOfWhatItLendsTo) {
  WeightBuffer buffer;
  auto model = make_model(architecture_of({}));
  const auto before = shapes_of(*model);
  buffer.lend(*model);
  EXPECT_EQ(shapes_of(*model), before);
}

TEST(WeightBuffer, GivesEveryParameterAPartOfItsOwn) {
  WeightBuffer buffer;
  auto model = make_model(architecture_of({.d_model = 20, .d_inner = 33}));
  buffer.lend(*model);
  std::vector<std::pair<std::uintptr_t, std::uintptr_t>> parts;
  for (const auto& parameter : model->parameters()) {
    const auto begin = reinterpret_cast<std::uintptr_t>(parameter.data_ptr());
    EXPECT_EQ(begin % 64, 0u);
    EXPECT_TRUE(parameter.is_contiguous());
    parts.emplace_back(begin, begin + parameter.nbytes());
  }
  std::ranges::sort(parts);
  for (std::size_t i = 1; i < parts.size(); ++i) EXPECT_GE(parts[i].first, parts[i - 1].second);
}

TEST(WeightBuffer, HoldsTheLargestModelOnlyOnce) {
  WeightBuffer buffer;
  auto large = make_model(architecture_of({.n_layer = 6}));
  buffer.lend(*large);
  const auto size = buffer.size();
  for (int i = 0; i < 3; ++i) {
    auto other = make_model(architecture_of({.n_layer = 2 + i}));
    buffer.lend(*other);
    EXPECT_EQ(buffer.size(), size);
    EXPECT_EQ(other->parameters()[0].data_ptr(), large->parameters()[0].data_ptr());
  }
}

TEST(WeightBuffer, LeavesEarlierModelsWholeWhenItGrowsAndWhenItGoes) {
  auto small = make_model(architecture_of({.n_layer = 1}));
  auto large = make_model(architecture_of({.n_layer = 9}));
  torch::Tensor before;
  {
    WeightBuffer buffer;
    buffer.lend(*small);
    before = small->parameters().back().clone();
    buffer.lend(*large);
  }
  EXPECT_TRUE(torch::equal(small->parameters().back(), before));
  EXPECT_TRUE(torch::isfinite(large->head(large->trunk(random_tokens(1, 8)))).all().item<bool>());
}

TEST(WeightBuffer, FillsWithNormalValues) {
  WeightBuffer buffer;
  auto model = make_model(architecture_of({.d_model = 128, .vocab_size = 2000}));
  buffer.lend(*model);
  for (const auto& item : model->named_parameters()) {
    if (item.value().numel() < 10'000) continue;
    EXPECT_NEAR(item.value().std().item<double>(), 0.02, 0.001) << item.key();
  }
}

TEST(WeightBuffer, LendsInItsOwnDtype) {
  WeightBuffer buffer(torch::kBFloat16);
  auto model = make_model(architecture_of({}));
  buffer.lend(*model);
  for (const auto& parameter : model->parameters())
    EXPECT_EQ(parameter.scalar_type(), torch::kBFloat16);
  EXPECT_EQ(model->head(model->trunk(random_tokens(1, 8))).scalar_type(), torch::kBFloat16);
}

}  // namespace
}  // namespace lts::space
