#include "train/trainer.h"

#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <chrono>

#include "core/seconds_since.h"
#include "train/device.h"
#include "train/freed_memory.h"
#include "train/schedule.h"

namespace lts::train {

// B sequences, T tokens, N = B * T, D model width, W vocabulary and padding.

namespace {

space::ModelPtr fresh_model(const TrainConfig& config, const space::Architecture& architecture,
                            const Ranks& ranks) {
  keep_freed_memory();
  allow_tf32();
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

// The embedding, which the head is tied to, and its gradient; on a GPU with the rows that follow.
FlatParameters::Padded head_of(FlatParameters& parameters, const space::LanguageModel& model,
                               torch::Device device) {
  auto head = parameters.padded(model.embedding_name());
  if (device.is_cuda()) return head;
  const std::int64_t vocab_size = model.architecture().scalar("vocab_size");
  return {.computed = head.computed.narrow(0, 0, vocab_size),
          .gradient = head.gradient.narrow(0, 0, vocab_size)};
}

// Where a graph can be recorded: the default stream cannot be.
std::optional<torch::Stream> own_stream(torch::Device device) {
  if (!device.is_cuda()) return std::nullopt;
  return c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
}

/// While it lives, work is queued on `stream`, after all that the default one was given.
class OnStream {
 public:
  explicit OnStream(torch::Stream stream) : guard_(stream) {
    const c10::impl::VirtualGuardImpl device(stream.device_type());
    c10::Event queued(stream.device_type());
    queued.record(device.getDefaultStream(stream.device()));
    queued.block(stream);
  }

 private:
  c10::StreamGuard guard_;
};

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
      batches_({train_data, config.sequence_length, static_cast<std::uint64_t>(config.seed)},
               {.ahead = device_.is_cuda(), .pinned = device_.is_cuda()}),
      head_loss_(architecture.scalar("vocab_size")),
      pass_(device_.is_cuda() && !ranks.are_several()),
      stream_(own_stream(device_)) {
  const auto head = head_of(parameters_, *model_, device_);
  head_weight_WD_ = head.computed;
  sums_ = {.grad_weight_WD = head.gradient,
           .loss = torch::zeros({}, torch::dtype(torch::kFloat64).device(device_))};
  LTS_ASSERT(config.ranks == ranks.size());
}

// What is queued uses memory that the members give back.
Trainer::~Trainer() {
  if (stream_) stream_->synchronize();
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

// To where the pass reads it: on a GPU the same addresses each time, copied without waiting.
void Trainer::take_batch(std::int64_t first, StepResult& result) {
  const auto reading = Clock::now();
  const Batch read = batches_.take(first, config_.actual_micro_batch_size());
  result.data_s += seconds_since(reading);
  if (!stream_) {
    batch_ = read;
    return;
  }
  if (!batch_.inputs_BT.defined())
    batch_ = {.inputs_BT = torch::empty_like(read.inputs_BT, device_),
              .targets_N = torch::empty_like(read.targets_N, device_)};
  batch_.inputs_BT.copy_(read.inputs_BT, /*non_blocking=*/true);
  batch_.targets_N.copy_(read.targets_N, /*non_blocking=*/true);
}

// Adds the gradient of the batch's share of the step's mean loss, and the sum of its losses.
void Trainer::forward_backward() {
  parameters_.drop_uncollected_gradients();
  const auto hidden_ND = model_->trunk(batch_.inputs_BT).flatten(0, 1);
  const double scale = 1.0 / static_cast<double>(config_.tokens_per_step());
  const auto grad_hidden_ND = head_loss_.forward_backward(hidden_ND.detach(), head_weight_WD_,
                                                          batch_.targets_N, scale, sums_);
  hidden_ND.backward(grad_hidden_ND);
  parameters_.collect_gradients();
}

std::int64_t Trainer::first_sequence(std::int64_t batch) const {
  return batch * config_.global_batch_size + ranks_.rank() * config_.sequences_per_rank();
}

// This rank's share of the step.
void Trainer::passes(std::int64_t batch, StepResult& result) {
  const std::int64_t micro = config_.actual_micro_batch_size();
  const std::int64_t share = config_.sequences_per_rank();
  for (std::int64_t done = 0; done < share; done += micro) {
    const std::int64_t first = first_sequence(batch) + done;
    take_batch(first, result);
    seed_pass(first);
    if (done + micro == share) gradient_sum_.begin();
    pass_.run([this] { forward_backward(); });
    const auto reading = Clock::now();
    batches_.read_ahead(done + micro == share ? first_sequence(batch + 1) : first + micro, micro);
    // A GPU that has come to the end of its work waited for some of this time.
    if (stream_ && stream_->query()) result.data_s += seconds_since(reading);
  }
}

void Trainer::sum_over_ranks(StepResult& result) {
  const auto waiting = Clock::now();
  gradient_sum_.finish();
  ranks_.start_sum(sums_.loss)();
  if (ranks_.are_several()) result.comm_s = seconds_since(waiting);
}

// A GPU decides for itself whether the step is bad, and is asked only when all is queued.
void Trainer::update(StepResult& result) {
  const torch::NoGradGuard no_grad;
  const auto norm = parameters_.gradient_norm();
  const auto is_bad = at::logical_not(at::isfinite(sums_.loss + norm)).to(torch::kFloat32);
  parameters_.clip_gradients(norm, config_.gradient_clip);
  optimizer_.step(result.learning_rate, is_bad);
  const auto figures = at::stack({sums_.loss, norm, is_bad}).cpu();
  const auto* const figure = figures.data_ptr<double>();
  result.loss = figure[0] / static_cast<double>(config_.tokens_per_step());
  result.grad_norm = figure[1];
  result.skipped = figure[2] != 0;
  if (!result.skipped) optimizer_.count_update();
}

StepResult Trainer::step(std::int64_t step, std::int64_t batch) {
  const auto start = Clock::now();
  std::optional<OnStream> on_stream;
  if (stream_) on_stream.emplace(*stream_);
  StepResult result{.learning_rate = learning_rate(config_, step)};
  parameters_.zero_gradients();
  sums_.loss.zero_();
  passes(batch, result);
  sum_over_ranks(result);
  update(result);
  result.elapsed_s = seconds_since(start);
  return result;
}

}  // namespace lts::train
