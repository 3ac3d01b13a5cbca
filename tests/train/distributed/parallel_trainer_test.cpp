#include <mutex>

#include "tests/train/distributed/together.h"
#include "tests/train/training_fixture.h"
#include "train/distributed/gradient_sum.h"
#include "train/trainer.h"

namespace lts::train {
namespace {

constexpr int kSteps = 5;

/// What a rank saw of a training.
struct Seen {
  std::vector<double> losses, grad_norms;
  torch::Tensor weights;
};

class ParallelTrainer : public ::testing::Test {
 protected:
  TrainConfig config(const std::string& more, int ranks) const {
    return read_train_config(
        parse_yaml("{steps: 5, global_batch_size: 8, micro_batch_size: 2, sequence_length: 16, "
                   "threads: 1, learning_rate: 3.0e-3, warmup_steps: 0, " +
                       more + "}",
                   "t.yaml"),
        ranks);
  }

  // The fresh weights come from a generator that the threads of a process share.
  std::unique_ptr<Trainer> trainer(const std::string& more, Ranks& ranks) {
    const std::lock_guard guard(making_);
    return std::make_unique<Trainer>(config(more, ranks.size()), tiny_architecture(2), data_.train,
                                     ranks);
  }

  Seen train(const std::string& more, Ranks& ranks) {
    const auto own = trainer(more, ranks);
    ranks.any(false);  // a step seeds the generator from which another still draws its weights
    Seen seen;
    for (int step = 0; step < kSteps; ++step) {
      const auto result = own->step(step);
      seen.losses.push_back(result.loss);
      seen.grad_norms.push_back(result.grad_norm);
    }
    seen.weights = own->parameters().groups()[0].values.clone();
    return seen;
  }

  void expect_as_alone(const std::string& more, int num_ranks, double tolerance) {
    const Seen alone = train(more, Ranks::alone());
    std::vector<Seen> seen(static_cast<std::size_t>(num_ranks));
    together(num_ranks, [&](Ranks& ranks) {
      seen[static_cast<std::size_t>(ranks.rank())] = train(more, ranks);
    });
    for (std::size_t step = 0; step < kSteps; ++step) {
      EXPECT_NEAR(seen[0].losses[step], alone.losses[step], tolerance) << step;
      EXPECT_NEAR(seen[0].grad_norms[step], alone.grad_norms[step], 20 * tolerance) << step;
    }
    EXPECT_LT(alone.losses[kSteps - 1], alone.losses[0] - 0.1);
    for (const auto& other : seen) EXPECT_TRUE(torch::equal(other.weights, seen[0].weights));
  }

  TemporaryFolder folder_;
  TrainData data_{make_data(folder_)};
  std::mutex making_;
};

TEST_F(ParallelTrainer, OnTwoRanksEqualsOne) { expect_as_alone("dropout: 0", 2, 1e-5); }

TEST_F(ParallelTrainer, OnFourRanksEqualsOne) { expect_as_alone("dropout: 0", 4, 1e-5); }

// Gradients of a bfloat16 model are rounded within each pass, and summed in fp32.
TEST_F(ParallelTrainer, InBfloat16EqualsOne) { expect_as_alone("dtype: bfloat16", 2, 2e-3); }

TEST_F(ParallelTrainer, SkipsAStepOnAllRanksWhereOneIsNotFinite) {
  together(2, [&](Ranks& ranks) {
    const auto own = trainer("dropout: 0", ranks);
    if (ranks.rank() == 1) own->parameters().groups()[0].values.fill_(1e38);
    const auto before = own->parameters().groups()[1].values.clone();
    EXPECT_TRUE(own->step(0).skipped);
    EXPECT_EQ(own->optimizer().num_updates(), 0);
    EXPECT_TRUE(torch::equal(own->parameters().groups()[1].values, before));
  });
}

TEST_F(ParallelTrainer, TakesOverTheStateOfTheFirst) {
  together(2, [&](Ranks& ranks) {
    const auto own = trainer("dropout: 0", ranks);
    if (ranks.is_first()) {
      own->parameters().groups()[0].values.fill_(0.5);
      own->optimizer().set_num_updates(7);
    }
    own->copy_from_first();
    EXPECT_EQ(own->optimizer().num_updates(), 7);
    EXPECT_TRUE((own->parameters().groups()[0].values == 0.5).all().item<bool>());
  });
}

TEST_F(ParallelTrainer, SumsEveryGradientOnceHoweverItIsCut) {
  for (const std::int64_t piece_values : {1, 3000, 1 << 30})
    together(2, [&](Ranks& ranks) {
      std::unique_ptr<Trainer> own;
      {
        const std::lock_guard guard(making_);
        own = std::make_unique<Trainer>(config("dropout: 0", 1), tiny_architecture(2), data_.train);
      }
      GradientSum sum(own->parameters(), ranks, piece_values);
      EXPECT_EQ(sum.num_pieces() > 2, piece_values < (1 << 30));
      for (auto& group : own->parameters().groups()) group.gradients.fill_(ranks.rank() + 1);
      sum.begin();
      sum.finish();
      for (auto& group : own->parameters().groups())
        EXPECT_TRUE((group.gradients == 3).all().item<bool>());
    });
}

TEST(ParallelConfig, SharesTheGlobalBatch) {
  const auto of = [](const std::string& text, int ranks) {
    return read_train_config(parse_yaml(text, "t.yaml"), ranks);
  };
  EXPECT_EQ(of("micro_batch_size: 4", 3).global_batch_size, 12);
  EXPECT_EQ(of("{global_batch_size: 96, micro_batch_size: 64}", 2).actual_micro_batch_size(), 48);
  EXPECT_EQ(of("{global_batch_size: 96, micro_batch_size: 64}", 8).actual_micro_batch_size(), 12);
  EXPECT_EQ(error_message([&] { of("{global_batch_size: 6}", 4); }),
            "t.yaml:1:21: global_batch_size is 6, which 4 ranks cannot share evenly; accepted: a "
            "multiple of 4");
}

}  // namespace
}  // namespace lts::train
