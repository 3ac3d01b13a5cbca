#include <gtest/gtest.h>

#include "tests/train/training_fixture.h"
#include "train/schedule.h"

namespace lts::train {
namespace {

// Values worked by hand; equality with transformers at every step: training_oracle.py.

TEST(Schedule, WarmsUpFromZeroInEqualSteps) {
  const auto config = parse_config("{steps: 10, warmup_steps: 4, learning_rate: 0.8}");
  EXPECT_DOUBLE_EQ(learning_rate(config, 0), 0.0);
  EXPECT_DOUBLE_EQ(learning_rate(config, 1), 0.2);
  EXPECT_DOUBLE_EQ(learning_rate(config, 4), 0.8);
}

TEST(Schedule, CosineIsHalfwayAtHalf) {
  const auto config = parse_config(
      "{steps: 12, warmup_steps: 2, learning_rate: 1.0, min_learning_rate: 0.2, schedule: cosine}");
  EXPECT_DOUBLE_EQ(learning_rate(config, 7), 0.6);
  EXPECT_DOUBLE_EQ(learning_rate(config, 12), 0.2);
}

TEST(Schedule, LinearGoesDownToTheMinimum) {
  const auto config = parse_config(
      "{steps: 12, warmup_steps: 2, learning_rate: 1.0, min_learning_rate: 0.5, schedule: linear}");
  EXPECT_DOUBLE_EQ(learning_rate(config, 4), 0.9);
  EXPECT_DOUBLE_EQ(learning_rate(config, 12), 0.5);
}

TEST(Schedule, ConstantStays) {
  const auto config =
      parse_config("{steps: 12, warmup_steps: 0, learning_rate: 0.3, schedule: constant}");
  EXPECT_DOUBLE_EQ(learning_rate(config, 0), 0.3);
  EXPECT_DOUBLE_EQ(learning_rate(config, 11), 0.3);
}

TEST(Schedule, WsdDecaysOverTheLastFifth) {
  const auto config =
      parse_config("{steps: 100, warmup_steps: 10, learning_rate: 1.0, schedule: wsd}");
  EXPECT_DOUBLE_EQ(learning_rate(config, 79), 1.0);
  EXPECT_DOUBLE_EQ(learning_rate(config, 90), 0.5);
  EXPECT_DOUBLE_EQ(learning_rate(config, 100), 0.0);
}

}  // namespace
}  // namespace lts::train
