#include "train/trainer.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/error.h"
#include "core/hardware.h"
#include "core/seconds_since.h"
#include "train/freed_memory.h"
#include "train/schedule.h"

namespace lts::train {

// B sequences, T tokens, N = B * T, D model width, V vocabulary.

namespace {

using Clock = std::chrono::steady_clock;

space::ModelPtr fresh_model(const TrainConfig& config, const space::Architecture& architecture,
                            const Ranks& ranks) {
  keep_freed_memory();
  at::set_num_threads(threads_of(config, ranks));
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
                 const TokenDataset& train_data, Ranks& ranks)
    : config_(config),
      ranks_(ranks),
      device_(device_of(config, ranks)),
      model_(fresh_model(config, architecture, ranks)),
      parameters_(*model_, torch_dtype(config.dtype), device_),
      optimizer_(parameters_, adamw_options(config)),
      gradient_sum_(parameters_, ranks),
      batches_(train_data, config.sequence_length, static_cast<std::uint64_t>(config.seed)),
      head_weight_VD_(head_weight(*model_)),
      head_gradient_VD_(parameters_.gradient_of(model_->embedding_name())) {
  LTS_ASSERT(config.ranks == ranks.size());
}

// From a second model, so that the weights are those of the constructor on any device.
void Trainer::start_anew() {
  const auto fresh = fresh_model(config_, model_->architecture(), ranks_);
  const auto weights = fresh->named_parameters();
  {
    const torch::NoGradGuard no_grad;
    const FlatParameters::Masters masters(parameters_);
    for (const auto& slot : parameters_.slots()) slot.parameter.copy_(weights[slot.name]);
  }
  for (const auto& moments : optimizer_.buffers()) moments.zero_();
  optimizer_.set_num_updates(0);
  parameters_.refresh();
}

void Trainer::copy_from_first() {
  auto tensors = optimizer_.buffers();
  for (const auto& group : parameters_.groups()) tensors.push_back(group.values);
  ranks_.copy_from_first(tensors);
  const auto updates = ranks_.text_of_first(std::to_string(optimizer_.num_updates()));
  optimizer_.set_num_updates(std::stoll(updates));
  parameters_.refresh();
}

// Dropout is drawn from a stream of its own in every pass, that of its first sequence (counted from
// the run's start): so no generator's state is to be saved, and which rank makes a pass changes
// nothing.
void Trainer::seed_pass(std::int64_t sequence) {
  const auto seed = mix64(static_cast<std::uint64_t>(config_.seed));
  torch::manual_seed(mix64(seed + static_cast<std::uint64_t>(sequence)) >> 1);
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

// This rank's share of the step; the sum of its losses.
double Trainer::passes(std::int64_t batch, StepResult& result) {
  const std::int64_t micro = config_.actual_micro_batch_size();
  const std::int64_t share = config_.sequences_per_rank();
  const std::int64_t first = batch * config_.global_batch_size + ranks_.rank() * share;
  double loss_sum = 0;
  for (std::int64_t done = 0; done < share; done += micro) {
    const auto reading = Clock::now();
    const Batch sequences = batches_.read(first + done, micro);
    result.data_s += seconds_since(reading);
    seed_pass(first + done);
    if (done + micro == share) gradient_sum_.begin();
    loss_sum += micro_step(sequences);
  }
  return loss_sum;
}

double Trainer::sum_over_ranks(double loss_sum, StepResult& result) {
  const auto waiting = Clock::now();
  gradient_sum_.finish();
  const double sum = ranks_.sum({loss_sum})[0];
  if (ranks_.are_several()) result.comm_s = seconds_since(waiting);
  return sum;
}

StepResult Trainer::step(std::int64_t step, std::int64_t batch) {
  const auto start = Clock::now();
  StepResult result{.learning_rate = learning_rate(config_, step)};
  parameters_.zero_gradients();
  const double loss_sum = sum_over_ranks(passes(batch, result), result);
  result.loss = loss_sum / static_cast<double>(config_.tokens_per_step());
  result.grad_norm = parameters_.clip_gradients(config_.gradient_clip);
  result.skipped = !std::isfinite(result.loss) || !std::isfinite(result.grad_norm);
  if (!result.skipped) optimizer_.step(result.learning_rate);
  result.elapsed_s = seconds_since(start);
  return result;
}

// By default all cores, shared by the ranks of this machine; where a launcher bound this one to
// some, those.
int threads_of(const TrainConfig& config, const Ranks& ranks) {
  if (config.threads > 0) return static_cast<int>(config.threads);
  const auto bound = static_cast<int>(std::thread::hardware_concurrency());
  const auto cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  return std::clamp(cores / ranks.on_this_host(), 1, std::max(1, bound));
}

torch::Device device_of(const TrainConfig& config, const Ranks& ranks) {
  const torch::Device device(config.device);
  if (!ranks.are_several() || !device.is_cuda()) return device;
  if (device.has_index() && ranks.on_this_host() > 1)
    throw user_error("device is '" + config.device + "' for " +
                     std::to_string(ranks.on_this_host()) +
                     " ranks of this machine; accepted: cuda, of which each takes its own");
  if (device.has_index()) return device;
  const auto count = static_cast<int>(torch::cuda::device_count());
  if (count == 1) return {torch::kCUDA, 0};  // a launcher shows each rank its own
  if (ranks.local_rank() >= count)
    throw user_error("this machine has " + std::to_string(count) + " GPUs for " +
                     std::to_string(ranks.local_rank() + 1) +
                     " ranks or more; accepted: at most one rank a GPU");
  return {torch::kCUDA, static_cast<torch::DeviceIndex>(ranks.local_rank())};
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
