// What training_oracle.py and experiments/training ask of lts_train, JSON on standard output:
//   training_probe prepare  TEXT DATA                 token shards of a text
//   training_probe schedule CONFIG                    the learning rate of every step
//   training_probe steps    CONFIG ARCH DATA OUT      OUT/initial and OUT/final are model folders;
//                                                     losses, norms, rates and tokens of each step
//   training_probe batches  CONFIG ARCH DATA OUT      OUT/initial, and OUT/batches.bin: of the
//                                                     sequences of every step the tokens and the
//                                                     one after, int32
//   training_probe speed    CONFIG ARCH DATA          tokens_per_s and peak memory
//   training_probe kernels  CONFIG ARCH DATA          on a GPU: time and calls of each kernel in a
//                                                     step
//   training_probe ngram    DATA                      baselines
#include <torch/csrc/autograd/profiler_kineto.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/yaml.h"
#include "space/arch_argument.h"
#include "space/model_folder.h"
#include "train/data/prepare.h"
#include "train/ngram.h"
#include "train/peak_memory.h"
#include "train/plan.h"
#include "train/schedule.h"
#include "train/step_times.h"
#include "train/trainer.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using namespace lts::train;

TrainConfig config_of(const std::string& path) { return read_train_config(lts::load_yaml(path)); }

json prepare_text(const std::vector<std::string>& words) {
  const auto tokenizer = Tokenizer::from_gpt2_files(gpt2_tokenizer_folder());
  const auto result = prepare({.inputs = {words[1]}, .output = words[2]}, tokenizer);
  return {{"tokens", result.tokens}};
}

json schedule(const std::vector<std::string>& words) {
  const auto config = config_of(words[1]);
  std::vector<double> rates;
  for (std::int64_t step = 0; step <= config.steps; ++step)
    rates.push_back(learning_rate(config, step));
  return rates;
}

void save(Trainer& trainer, const fs::path& folder) {
  fs::create_directories(folder);
  const FlatParameters::Masters masters(trainer.parameters());
  for (const auto& file : lts::space::model_files(trainer.model()))
    std::ofstream(folder / file.name, std::ios::binary) << file.content;
}

json tokens_of(const Batch& batch) {
  const auto inputs = batch.inputs_BT.flatten();
  const auto targets = batch.targets_N;
  const auto as_vector = [](const torch::Tensor& tensor) {
    return std::vector<std::int64_t>(tensor.data_ptr<std::int64_t>(),
                                     tensor.data_ptr<std::int64_t>() + tensor.numel());
  };
  return {{"inputs", as_vector(inputs)}, {"targets", as_vector(targets)}};
}

json steps(const std::vector<std::string>& words) {
  const auto config = config_of(words[1]);
  const TokenDataset data(words[3], Split::kTrain);
  const auto seed = static_cast<std::uint64_t>(config.seed);
  Trainer trainer(config, lts::space::parse_arch_argument(words[2], ""), data);
  const BatchReader reader(data, config.sequence_length, seed);
  save(trainer, fs::path(words[4]) / "initial");
  json out = {{"steps", json::array()}};
  for (std::int64_t step = 0; step < config.steps; ++step) {
    const auto batch = reader.read(step * config.global_batch_size, config.global_batch_size);
    const auto result = trainer.step(step);
    out["steps"].push_back({{"loss", result.loss},
                            {"grad_norm", result.grad_norm},
                            {"learning_rate", result.learning_rate},
                            {"batch", tokens_of(batch)}});
  }
  save(trainer, fs::path(words[4]) / "final");
  return out;
}

json batches(const std::vector<std::string>& words) {
  const auto config = config_of(words[1]);
  const TokenDataset data(words[3], Split::kTrain);
  Trainer trainer(config, lts::space::parse_arch_argument(words[2], ""), data);
  save(trainer, fs::path(words[4]) / "initial");
  const BatchReader reader(data, config.sequence_length, static_cast<std::uint64_t>(config.seed));
  std::ofstream file(fs::path(words[4]) / "batches.bin", std::ios::binary);
  for (std::int64_t step = 0; step < config.steps; ++step) {
    const auto batch = reader.read(step * config.global_batch_size, config.global_batch_size);
    const auto targets_BT = batch.targets_N.view_as(batch.inputs_BT);
    const auto tokens = torch::cat({batch.inputs_BT, targets_BT.narrow(1, -1, 1)}, 1)
                            .to(torch::kInt32)
                            .contiguous();
    file.write(static_cast<const char*>(tokens.data_ptr()),
               static_cast<std::streamsize>(tokens.nbytes()));
  }
  return {{"steps", config.steps}};
}

json speed(const std::vector<std::string>& words) {
  const auto config = config_of(words[1]);
  const TokenDataset data(words[3], Split::kTrain);
  const auto architecture = lts::space::parse_arch_argument(words[2], "");
  Trainer trainer(config, architecture, data);
  StepTimes times(config.tokens_per_step());
  for (std::int64_t step = 0; step < config.steps; ++step) {
    const auto result = trainer.step(step);
    times.add(result.elapsed_s, result.data_s);
  }
  return {{"tokens_per_s", times.tokens_per_s()},
          {"flops_per_token", training_flops_per_token(config, architecture)},
          {"data_wait_fraction", times.data_wait_fraction()},
          {"peak_memory_bytes", peak_memory_bytes(trainer.device())}};
}

// Of the last three steps, after which the first ones have warmed up.
json kernels(const std::vector<std::string>& words) {
  namespace profiler = torch::autograd::profiler;
  using torch::profiler::impl::ActivityType;
  constexpr std::int64_t kSteps = 3;
  const auto config = config_of(words[1]);
  const TokenDataset data(words[3], Split::kTrain);
  Trainer trainer(config, lts::space::parse_arch_argument(words[2], ""), data);
  const std::set<ActivityType> activities = {ActivityType::CPU, ActivityType::CUDA};
  const profiler::ProfilerConfig how(profiler::ProfilerState::KINETO);
  profiler::prepareProfiler(how, activities);
  for (std::int64_t step = 0; step < config.steps; ++step) {
    if (step == config.steps - kSteps) profiler::enableProfiler(how, activities);
    trainer.step(step);
  }
  std::map<std::string, std::pair<double, int>> sums;
  const auto profile = profiler::disableProfiler();
  for (const auto& event : profile->events()) {
    if (event.deviceType() != c10::DeviceType::CUDA) continue;
    auto& [time_s, calls] = sums[event.name()];
    time_s += 1e-9 * static_cast<double>(event.durationNs()) / kSteps;
    ++calls;
  }
  json out = json::array();
  for (const auto& [name, sum] : sums)
    out.push_back({{"kernel", name},
                   {"time_s", sum.first},
                   {"calls", static_cast<double>(sum.second) / kSteps}});
  return out;
}

json ngram(const std::vector<std::string>& words) {
  const auto scores = score_ngrams(TokenDataset(words[1], Split::kTrain),
                                   TokenDataset(words[1], Split::kValidation));
  return {{"unigram_loss", scores.unigram_loss},
          {"bigram_loss", scores.bigram_loss},
          {"tokens", scores.tokens}};
}

json answer(const std::vector<std::string>& words) {
  const std::string& what = words.at(0);
  if (what == "prepare") return prepare_text(words);
  if (what == "schedule") return schedule(words);
  if (what == "steps") return steps(words);
  if (what == "batches") return batches(words);
  if (what == "speed") return speed(words);
  if (what == "kernels") return kernels(words);
  if (what == "ngram") return ngram(words);
  throw std::runtime_error("unknown question " + what);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::cout << answer({argv + 1, argv + argc}) << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
