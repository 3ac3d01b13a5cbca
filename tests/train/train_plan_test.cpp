#include "space/family.h"
#include "tests/train/training_fixture.h"
#include "train/plan.h"

namespace lts::train {
namespace {

// Worked by hand: two layers of width 32, a head over 50,257 tokens.
constexpr std::int64_t kMatrices = 2 * (8 * 32 * 32 + 4 * 32 * 48) + 2 * 32 * 50257;

TEST(TrainingFlops, AreThreeForwardPassesWithTheAttentionOfTheSequence) {
  const auto config = parse_config("{sequence_length: 100}");
  const std::int64_t attention = 2 * 2 * 32 * 101;  // two products over 50.5 keys on average
  EXPECT_DOUBLE_EQ(training_flops_per_token(config, tiny_architecture(2)),
                   3.0 * (kMatrices + attention));
}

TEST(TrainingFlops, OfTheLongestSequenceAreThoseOfTheCounts) {
  const auto config = parse_config("{sequence_length: 1024}");
  for (const char* text : {"gpt2_flex:n_layer=2,d_model=32,d_inner=48|96,n_head=2",
                           "llama:n_layer=2,d_model=32,d_inner=48,n_head=2,n_kv_head=1"}) {
    const auto architecture = space::parse_arch_argument(text, "");
    const auto counts = architecture.family().counts(architecture);
    EXPECT_DOUBLE_EQ(training_flops_per_token(config, architecture),
                     3.0 * static_cast<double>(counts.flops_per_token));
  }
}

TEST(OneAfterAnother, IsTheSumAndOfTheMemoryTheLargest) {
  TrainPlan first{.parameters = 10, .steps = 3, .tokens = 30, .flops = 900, .time_s = 1.5};
  first.memory_bytes = 700;
  first.disk_bytes = 40;
  TrainPlan second{.parameters = 20, .steps = 4, .tokens = 40, .flops = 2400, .time_s = 2.25};
  second.memory_bytes = 500;
  second.disk_bytes = 60;
  std::vector plans = {first, second};
  const TrainPlan all = one_after_another(plans);
  EXPECT_EQ(all.parameters, 30);
  EXPECT_EQ(all.steps, 7);
  EXPECT_EQ(all.tokens, 70);
  EXPECT_EQ(all.flops, 3300);
  EXPECT_EQ(all.time_s, 3.75);
  EXPECT_EQ(all.memory_bytes, 700);
  EXPECT_EQ(all.disk_bytes, 100);
  plans[0].time_s.reset();
  EXPECT_EQ(one_after_another(plans).time_s, std::nullopt);
}

}  // namespace
}  // namespace lts::train
