#include "train/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/error.h"
#include "core/hardware.h"
#include "train/schedule.h"

namespace lts::train {

// B sequences, T tokens, N = B * T, D model width, V vocabulary.

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

space::ModelPtr fresh_model(const TrainConfig& config, const space::Architecture& architecture) {
  const int threads = static_cast<int>(config.threads);
  at::set_num_threads(threads > 0 ? threads
                                  : static_cast<int>(std::thread::hardware_concurrency()));
  auto model = space::make_model(architecture, {.dropout = config.dropout});
  torch::manual_seed(static_cast<std::uint64_t>(config.seed));
  model->init_weights();
  model->train();
  return model;
}

torch::Dtype torch_dtype(Precision precision) {
  return precision == Precision::kBfloat16 ? torch::kBFloat16 : torch::kFloat32;
}

AdamWOptions adamw_options(const TrainConfig& config) {
  return {.betas = config.betas, .weight_decay = config.weight_decay};
}

// The embedding, which the head is tied to: a handle that follows the parameter wherever its values
// are moved.
torch::Tensor head_weight(const space::LanguageModel& model) {
  const auto parameters = model.named_parameters();
  return parameters[model.embedding_name()];
}

}  // namespace

Trainer::Trainer(const TrainConfig& config, const space::Architecture& architecture,
                 const TokenDataset& train_data)
    : config_(config),
      device_(config.device),
      model_(fresh_model(config, architecture)),
      parameters_(*model_, torch_dtype(config.dtype), device_),
      optimizer_(parameters_, adamw_options(config)),
      batches_(train_data, config.sequence_length, static_cast<std::uint64_t>(config.seed)),
      head_weight_VD_(head_weight(*model_)),
      head_gradient_VD_(parameters_.gradient_of(model_->embedding_name())) {}

// Dropout is drawn from a stream of its own in every step, so no generator's state is to be saved.
void Trainer::seed_step(std::int64_t step) {
  const auto seed = mix64(static_cast<std::uint64_t>(config_.seed));
  torch::manual_seed(mix64(seed + static_cast<std::uint64_t>(step)) >> 1);
}

// Adds the gradient of the batch's share of the step's mean loss; returns the sum of its losses.
double Trainer::micro_step(const Batch& batch) {
  const auto hidden_ND = model_->trunk(batch.inputs_BT.to(device_)).flatten(0, 1);
  const double scale = 1.0 / static_cast<double>(config_.tokens_per_step());
  const auto head =
      head_loss_.forward_backward(hidden_ND.detach(), head_weight_VD_.detach(),
                                  batch.targets_N.to(device_), scale, head_gradient_VD_);
  hidden_ND.backward(head.grad_hidden_ND);
  parameters_.collect_gradients();
  return head.loss_sum;
}

StepResult Trainer::step(std::int64_t step) {
  const auto start = Clock::now();
  StepResult result{.learning_rate = learning_rate(config_, step)};
  const std::int64_t micro = config_.actual_micro_batch_size();
  const std::int64_t first = step * config_.global_batch_size;
  double loss_sum = 0;
  seed_step(step);
  parameters_.zero_gradients();
  for (std::int64_t done = 0; done < config_.global_batch_size; done += micro) {
    const auto reading = Clock::now();
    const Batch batch = batches_.read(first + done, micro);
    result.data_s += seconds_since(reading);
    loss_sum += micro_step(batch);
  }
  result.loss = loss_sum / static_cast<double>(config_.tokens_per_step());
  result.grad_norm = parameters_.clip_gradients(config_.gradient_clip);
  result.skipped = !std::isfinite(result.loss) || !std::isfinite(result.grad_norm);
  if (!result.skipped) optimizer_.step(result.learning_rate);
  result.elapsed_s = seconds_since(start);
  return result;
}

torch::Device device_named(const std::string& name, const Place& place) {
  if (name == "cpu") return torch::kCPU;
  const bool cuda =
      name == "cuda" ||
      (name.starts_with("cuda:") && name.size() > 5 && name.size() < 8 &&
       std::ranges::all_of(name.substr(5), [](char c) { return c >= '0' && c <= '9'; }));
  if (!cuda) throw user_error(place, "device is '" + name + "'; accepted: cpu, cuda, cuda:N");
  if (!torch::hasCUDA())
    throw user_error(place, "device is '" + name +
                                "', but this LibTorch was built without CUDA (or finds no GPU); "
                                "accepted: cpu");
  const torch::Device device(name);
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (device.has_index() && device.index() >= count)
    throw user_error(place,
                     "device is '" + name + "', but there are " + std::to_string(count) + " GPUs");
  return device;
}

void check_precision(Precision precision, torch::Device device, const Place& place) {
  if (precision == Precision::kFloat32 || !device.is_cpu()) return;
  const auto fingerprint = hardware_fingerprint();
  const auto isa = fingerprint.find("isa");
  if (isa != fingerprint.end() && isa->is_array())
    for (const auto& name : *isa)
      if (name == "avx512_bf16" || name == "amx_bf16") return;
  throw user_error(place,
                   "dtype is bfloat16, which this processor has no instructions for "
                   "(avx512_bf16, amx); accepted: float32");
}

}  // namespace lts::train
