#include "cli/commands/train_dry_run.h"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>

#include "cli/command.h"
#include "core/error.h"
#include "core/log.h"
#include "core/or_null.h"
#include "core/table.h"
#include "core/text.h"
#include "core/turn.h"
#include "train/device.h"
#include "train/distributed/ranks.h"
#include "train/gemm_rate.h"
#include "train/plan.h"
#include "train/run_folder.h"
#include "train/training_log.h"

namespace lts::cli {

namespace {

using nlohmann::ordered_json;
using train::TrainPlan;

/// What a plan's time follows from.
struct Pace {
  std::optional<double> tokens_per_s = {};      ///< nothing: not known
  std::optional<double> gemm_flops_per_s = {};  ///< the measured rate it follows from
};

/// Of all ranks on this machine, or nothing, with a warning, where it cannot train so.
std::optional<double> measured_rate(const train::TrainConfig& config, const YamlNode& root) {
  try {
    const auto device = train::device_named(config.device, train::place_of(root, "device"));
    train::check_precision(config.dtype, device, train::place_of(root, "dtype"));
    train::allow_tf32();
    const WorkTurn turn;  // another process may be measuring
    train::TrainConfig all = config;
    all.threads *= config.ranks;
    at::set_num_threads(train::threads_of(all, train::Ranks::alone()));
    const auto gpus = device.is_cuda() ? static_cast<double>(torch::cuda::device_count()) : 1.0;
    const double used = std::min(static_cast<double>(config.ranks), gpus);
    return used * train::gemm_flops_per_s(device, config.dtype);
  } catch (const Error& error) {
    log::warning(std::string(error.what()) + "; so the time that training takes is not known");
    return std::nullopt;
  }
}

/// The rate of the run in `output` so far.
std::optional<double> logged_tokens_per_s(const std::filesystem::path& output) {
  if (output.empty()) return std::nullopt;
  const auto step = train::read_log_end(output / train::kLogFile).step;
  if (!step || !(step->tokens_per_s > 0)) return std::nullopt;
  return step->tokens_per_s;
}

/// Plans, all on this machine.
class DryRun {
 public:
  DryRun(const std::vector<PlannedTraining>& trainings, const YamlNode& root, bool sum);

  ordered_json json() const;
  /// A table, and what its times follow from.
  std::string text() const;

 private:
  Pace pace_of(const PlannedTraining& training, const YamlNode& root);

  std::vector<std::string> names_;
  std::vector<TrainPlan> plans_;
  std::vector<Pace> paces_;  // none for the sum
  std::optional<std::optional<double>> rate_;
};

DryRun::DryRun(const std::vector<PlannedTraining>& trainings, const YamlNode& root, bool sum) {
  for (const auto& training : trainings) {
    names_.push_back(training.archid);
    paces_.push_back(pace_of(training, root));
    plans_.push_back(train::plan(training.config, training.architecture));
    if (const auto rate = paces_.back().tokens_per_s)
      plans_.back().time_s = static_cast<double>(plans_.back().tokens) / *rate;
  }
  if (!sum) return;
  names_.emplace_back("all");
  plans_.push_back(train::one_after_another(plans_));
}

Pace DryRun::pace_of(const PlannedTraining& training, const YamlNode& root) {
  if (const auto logged = logged_tokens_per_s(training.output)) return {.tokens_per_s = logged};
  if (!rate_) rate_ = measured_rate(training.config, root);
  if (!*rate_) return {};
  const double flops = train::training_flops_per_token(training.config, training.architecture);
  return {.tokens_per_s = train::kExpectedGemmFraction * **rate_ / flops,
          .gemm_flops_per_s = *rate_};
}

ordered_json DryRun::json() const {
  auto documents = ordered_json::array();
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const TrainPlan& plan = plans_[i];
    ordered_json document = {{"archid", names_[i]},
                             {"parameters", plan.parameters},
                             {"steps", plan.steps},
                             {"tokens", plan.tokens}};
    if (i < paces_.size()) {
      document["micro_batch_size"] = plan.micro_batch_size;
      document["passes_per_step"] = plan.passes_per_step;
    }
    document["flops"] = plan.flops;
    document["time_s"] = or_null(plan.time_s);
    if (i < paces_.size()) {
      const auto& rate = paces_[i].gemm_flops_per_s;
      document["tokens_per_s"] = or_null(paces_[i].tokens_per_s);
      document["gemm_flops_per_s"] = or_null(rate);
      document["gemm_fraction"] = rate ? ordered_json(train::kExpectedGemmFraction) : nullptr;
    }
    document["memory_bytes"] = plan.memory_bytes;
    document["disk_bytes"] = plan.disk_bytes;
    documents.push_back(document);
  }
  return documents;
}

std::string DryRun::text() const {
  Table table{.columns = {"archid", "parameters", "steps", "tokens", "FLOPs", "time here", "memory",
                          "disk"},
              .rows = {}};
  for (std::size_t i = 0; i < plans_.size(); ++i) {
    const TrainPlan& plan = plans_[i];
    table.rows.push_back({names_[i], std::to_string(plan.parameters), std::to_string(plan.steps),
                          std::to_string(plan.tokens), short_number(plan.flops, 3),
                          plan.time_s ? human_duration(*plan.time_s) : "-",
                          human_bytes(static_cast<double>(plan.memory_bytes)),
                          human_bytes(static_cast<double>(plan.disk_bytes))});
  }
  std::string out = format_table(table);
  if (rate_ && *rate_)
    out += "time here: at " + human_percent(train::kExpectedGemmFraction) +
           " of this machine's measured matrix-multiply rate, " + short_number(**rate_ / 1e9, 3) +
           " GFLOP/s\n";
  if (std::ranges::any_of(
          paces_, [](const Pace& pace) { return pace.tokens_per_s && !pace.gemm_flops_per_s; }))
    out += "time here of a run that has begun: at the tokens a second of its log\n";
  return out;
}

}  // namespace

int train_dry_run(const std::vector<PlannedTraining>& trainings, const YamlNode& root, bool sum,
                  bool json) {
  const DryRun run(trainings, root, sum);
  if (json)
    print_json(sum ? run.json() : run.json().front());
  else
    std::cout << run.text();
  return 0;
}

}  // namespace lts::cli
