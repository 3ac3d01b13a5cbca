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

}  // namespace
}  // namespace lts::train
