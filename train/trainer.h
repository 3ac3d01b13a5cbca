#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "space/language_model.h"
#include "train/batches.h"
#include "train/distributed/gradient_sum.h"
#include "train/distributed/ranks.h"
#include "train/flat_parameters.h"
#include "train/head_loss.h"
#include "train/optimizer.h"
#include "train/repeated_work.h"
#include "train/train_config.h"

namespace lts::train {

/// What one step gave.
struct StepResult {
  double loss = 0;       ///< mean negative log-likelihood of the step's tokens, nats
  double grad_norm = 0;  ///< before clipping
  double learning_rate = 0;
  bool skipped = false;  ///< loss or gradient was not finite: the weights stayed
  double data_s = 0;     ///< time spent waiting for tokens
  double comm_s = 0;     ///< time spent waiting for other ranks
  double elapsed_s = 0;  ///< time of the whole step
};

/// The mathematics of a training run: a model, its optimizer and the order of its data, one step at
/// a time. Knows no folder and no signal (training_run.h does). Everything is a function of the
/// configuration, the data and the numbers of step and batch, so a run that goes on from a saved
/// state equals one that never stopped; in fp32 on one kind of CPU with the same threads and ranks,
/// bit for bit. Each of several ranks computes its share of every step's sequences; the sums over
/// all, and so the weights, are the same on each. On a GPU a step is queued on a stream of the
/// trainer's own, its passes as CUDA graphs where it trains alone, and is waited for once, at its
/// end; meanwhile the next step's tokens are read.
class Trainer {
 public:
  /// A model with fresh weights from config.seed. `config` must be checked against the
  /// architecture and the data (training_run.h: check_run), with config.ranks those of `ranks`,
  /// which must outlive this. Sets LibTorch's threads, and allow_tf32().
  Trainer(const TrainConfig& config, const space::Architecture& architecture,
          const TokenDataset& train_data, Ranks& ranks = Ranks::alone());
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;
  ~Trainer();

  /// Step `step` on global batch `batch` of the data's order, both counted from 0, on all ranks at
  /// once. \throws Error kUser when the data on disk are damaged.
  StepResult step(std::int64_t step, std::int64_t batch);
  /// The same in a run that passed over no data.
  StepResult step(std::int64_t step) { return this->step(step, step); }

  /// Back to the fresh weights, no moments and no updates.
  void start_anew();

  /// (all) Takes over weights, moments and number of updates of rank 0.
  void copy_from_first();

  space::LanguageModel& model() { return *model_; }
  FlatParameters& parameters() { return parameters_; }
  AdamW& optimizer() { return optimizer_; }
  const TrainConfig& config() const { return config_; }
  torch::Device device() const { return device_; }

 private:
  using Clock = std::chrono::steady_clock;
  void seed_pass(std::int64_t sequence);
  void take_batch(std::int64_t first, StepResult& result);
  void forward_backward();
  void passes(std::int64_t batch, StepResult& result);
  void sum_over_ranks(StepResult& result);
  void update(StepResult& result);
  std::int64_t first_sequence(std::int64_t batch) const;

  TrainConfig config_;
  Ranks& ranks_;
  torch::Device device_;
  space::ModelPtr model_;
  FlatParameters parameters_;
  AdamW optimizer_;
  GradientSum gradient_sum_;
  BatchFeed batches_;
  HeadLoss head_loss_;
  RepeatedWork pass_;
  std::optional<torch::Stream> stream_;  // of a GPU
  Batch batch_;                          // of the pass, on the device
  torch::Tensor head_weight_WD_;
  HeadLoss::Sums sums_;  // of the step's passes
};

}  // namespace lts::train
