// What training does on an NVIDIA GPU that the CPU cannot show. Skipped where there is none.

#include <algorithm>
#include <cmath>
#include <set>
#include <stdexcept>

#include "space/model_folder.h"
#include "tests/train/training_fixture.h"
#include "train/evaluate.h"
#include "train/head_loss.h"
#include "train/trainer.h"

namespace lts::train {
namespace {

class CudaTraining : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!torch::cuda::is_available()) GTEST_SKIP() << "needs an NVIDIA GPU and LibTorch for CUDA";
  }

  // Two passes a step, so that the third step's are graphs.
  Trainer trainer(const std::string& device, const std::string& more = "learning_rate: 3.0e-3") {
    return {
        parse_config("{steps: 8, global_batch_size: 4, micro_batch_size: 2, sequence_length: 32, "
                     "warmup_steps: 0, device: " +
                     device + ", " + more + "}"),
        tiny_architecture(2), data_.train};
  }

  static std::vector<double> losses_of(Trainer trainer, int steps = 8) {
    std::vector<double> losses;
    for (int step = 0; step < steps; ++step) {
      const auto result = trainer.step(step);
      losses.push_back(result.loss);
      EXPECT_FALSE(result.skipped);
    }
    return losses;
  }

  static double largest_difference(const std::vector<double>& one, const std::vector<double>& two) {
    double largest = 0;
    for (std::size_t i = 0; i < one.size(); ++i)
      largest = std::max(largest, std::abs(one[i] - two[i]));
    return largest;
  }

  TemporaryFolder folder_;
  TrainData data_{make_data(folder_)};
};

TEST_F(CudaTraining, LearnsWhatTheCpuLearns) {
  const auto on_cpu = losses_of(trainer("cpu"));
  EXPECT_LT(on_cpu.back(), on_cpu.front() - 0.1);
  EXPECT_LT(largest_difference(on_cpu, losses_of(trainer("cuda"))), 1e-3);
}

// Heads of 300 values, for which LibTorch has no flash attention.
TEST_F(CudaTraining, LearnsTheSameWithWideHeads) {
  const auto architecture =
      space::parse_arch_argument("gpt2:n_layer=2,d_model=600,d_inner=64,n_head=2", "");
  const auto losses = [&](const std::string& device) {
    return losses_of({parse_config("{steps: 5, micro_batch_size: 2, sequence_length: 32, "
                                   "global_batch_size: 2, learning_rate: 1.0e-3, device: " +
                                   device + "}"),
                      architecture, data_.train},
                     5);
  };
  EXPECT_LT(largest_difference(losses("cpu"), losses("cuda")), 5e-3);
}

TEST_F(CudaTraining, LearnsTheSameInBfloat16) {
  const auto on_cpu = losses_of(trainer("cpu"));
  const auto in_bfloat16 = losses_of(trainer("cuda", "learning_rate: 3.0e-3, dtype: bfloat16"));
  EXPECT_LT(largest_difference(on_cpu, in_bfloat16), 0.1);
}

// A graph that kept the random numbers of its recording would drop the same values in every step.
TEST_F(CudaTraining, DrawsDropoutAnewInEveryPassAndTheSameInEveryRun) {
  const auto first = losses_of(trainer("cuda", "dropout: 0.3, learning_rate: 1.0e-9"));
  const auto again = losses_of(trainer("cuda", "dropout: 0.3, learning_rate: 1.0e-9"));
  EXPECT_LT(largest_difference(first, again), 1e-4);
  const auto without = losses_of(trainer("cuda", "dropout: 0, learning_rate: 1.0e-9"));
  std::set<std::int64_t> differences;
  for (std::size_t i = 0; i < first.size(); ++i)
    differences.insert(std::llround(1e6 * (first[i] - without[i])));
  EXPECT_EQ(differences.size(), first.size());
}

TEST_F(CudaTraining, SkipsAStepWhoseGradientIsNotFiniteAndGoesOn) {
  auto own = trainer("cuda", "learning_rate: 3.0e-3, dtype: bfloat16");
  for (int step = 0; step < 4; ++step) own.step(step);
  const auto good = own.parameters().groups()[1].values.clone();
  const auto weights = own.parameters().groups()[0].computed;
  const auto kept = weights.clone();
  weights.fill_(std::nan(""));
  EXPECT_TRUE(own.step(4).skipped);
  EXPECT_EQ(own.optimizer().num_updates(), 4);
  EXPECT_TRUE(torch::equal(own.parameters().groups()[1].values, good));
  weights.copy_(kept);
  EXPECT_FALSE(own.step(5).skipped);
  EXPECT_EQ(own.optimizer().num_updates(), 5);
  EXPECT_FALSE(torch::equal(own.parameters().groups()[1].values, good));
}

TEST_F(CudaTraining, GoesOnAfterItsWeightsWereReadAndSet) {
  auto undisturbed = trainer("cuda"), disturbed = trainer("cuda");
  for (int step = 0; step < 8; ++step) {
    const double loss = undisturbed.step(step).loss;
    EXPECT_NEAR(disturbed.step(step).loss, loss, 1e-4) << step;
    const FlatParameters::Masters masters(disturbed.parameters());
    for (auto& group : disturbed.parameters().groups()) {
      const auto saved = group.values.cpu();
      group.values.zero_();
      group.values.copy_(saved);
    }
  }
}

TEST_F(CudaTraining, ARunIsValidatedSavedAndResumed) {
  const auto root = parse_yaml(
      "{steps: 8, micro_batch_size: 2, global_batch_size: 4, sequence_length: 24, device: cuda, "
      "dtype: bfloat16, learning_rate: 3.0e-3, warmup_steps: 2, log_every: 1, "
      "validate: {every: 4, batches: 2}, checkpoint: {every: 2, keep: 4}}",
      "t.yaml");
  const TrainingRun run = {read_train_config(root), tiny_architecture(), data_, gpt2_tokenizer()};
  const auto whole = train(run, folder_.path() / "whole");
  TrainingEvents events;
  events.stepped = [&](std::int64_t done, std::int64_t, double) {
    if (done == 5) throw std::runtime_error("killed");
  };
  EXPECT_THROW(train(run, folder_.path() / "cut", events), std::runtime_error);
  const auto resumed = train(run, folder_.path() / "cut");
  EXPECT_NEAR(resumed.validation_loss, whole.validation_loss, 1e-2);
  EXPECT_GT(whole.peak_memory_bytes, 1 << 20);
  const auto model = space::load_model(folder_.path() / "cut");
  const auto on_cpu = evaluate(*model, data_.validation,
                               {.sequence_length = 24, .batch_size = 2, .num_batches = 2});
  EXPECT_NEAR(on_cpu.loss, resumed.validation_loss, 1e-2);
}

// N, D, V, W: several pieces, rows whose length is no multiple of anything, padded by rows that
// would change every probability if they counted.
TEST_F(CudaTraining, HeadLossEqualsCrossEntropyAndItsGradients) {
  torch::manual_seed(2);
  const std::int64_t num_tokens = 20000, vocab_size = 1013;
  for (const auto dtype : {torch::kFloat32, torch::kBFloat16}) {
    const auto options = torch::dtype(dtype).device(torch::kCUDA);
    const auto hidden_ND = torch::randn({num_tokens, 24}, options);
    const auto weight_WD = torch::randn({1024, 24}, options).fill_(3.0);
    auto weight_VD = weight_WD.narrow(0, 0, vocab_size);
    weight_VD.normal_();
    const auto targets_N =
        torch::randint(0, vocab_size, {num_tokens}, options.dtype(torch::kInt64));
    const auto exact_ND = hidden_ND.to(torch::kFloat64).requires_grad_(),
               exact_VD = weight_VD.to(torch::kFloat64).requires_grad_();
    const auto loss =
        torch::nn::functional::cross_entropy(torch::mm(exact_ND, exact_VD.t()), targets_N);
    loss.backward();
    HeadLoss head(vocab_size);
    HeadLoss::Sums sums = {torch::ones({1024, 24}, options.dtype(torch::kFloat32)),
                           torch::ones({}, options.dtype(torch::kFloat64))};
    const auto grad_ND =
        head.forward_backward(hidden_ND, weight_WD, targets_N, 1.0 / num_tokens, sums);
    const double tolerance = dtype == torch::kFloat32 ? 2e-3 : 2e-2;  // TF32 in a trainer's process
    const auto relative = [](const torch::Tensor& ours, const torch::Tensor& exact) {
      return ((ours.to(torch::kFloat64) - exact).norm() / exact.norm()).item<double>();
    };
    EXPECT_NEAR((sums.loss.item<double>() - 1) / num_tokens, loss.item<double>(), tolerance);
    EXPECT_LT(relative(grad_ND, exact_ND.grad()), tolerance) << dtype;
    const auto grad_WD = sums.grad_weight_WD - 1;
    EXPECT_LT(relative(grad_WD.narrow(0, 0, vocab_size), exact_VD.grad()), tolerance) << dtype;
    EXPECT_EQ(grad_WD.narrow(0, vocab_size, 1024 - vocab_size).abs().max().item<float>(), 0);
  }
}

}  // namespace
}  // namespace lts::train
