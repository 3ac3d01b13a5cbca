#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/yaml.h"
#include "space/architecture.h"

namespace lts::train {

enum class Schedule { kCosine, kLinear, kConstant, kWsd };
/// What the model computes in. Master weights, moments and the loss are fp32 in either.
enum class Precision { kFloat32, kBfloat16 };

/// A training run as its YAML says it, every value in range. Defaults fit a small run.
struct TrainConfig {
  std::int64_t steps = 1000;           ///< optimizer steps, skipped ones included
  std::int64_t global_batch_size = 8;  ///< sequences a step, over all ranks
  std::int64_t micro_batch_size = 8;   ///< sequences a pass, at most
  std::int64_t sequence_length = 256;  ///< tokens predicted in a sequence
  Precision dtype = Precision::kFloat32;
  double learning_rate = 6.0e-4;  ///< the peak, after warm-up
  Schedule schedule = Schedule::kCosine;
  std::int64_t warmup_steps = 100;  ///< default: a tenth of steps, at most 150
  double min_learning_rate = 0.0;   ///< where cosine, linear and wsd end
  std::array<double, 2> betas = {0.9, 0.95};
  double weight_decay = 0.1;             ///< of matrices (embeddings too), not biases and norms
  double gradient_clip = 1.0;            ///< largest global norm; 0: never clipped
  double dropout = 0.0;                  ///< embeddings, residual branches, attention
  std::int64_t seed = 1;                 ///< weights, order of the data, dropout
  std::int64_t threads = 0;              ///< 0: all cores
  std::string device = "cpu";            ///< cpu, cuda, cuda:N
  std::int64_t validate_every = 500;     ///< steps; 0: at the end only
  std::int64_t validate_batches = 50;    ///< of micro_batch_size sequences; 0: the whole split
  std::int64_t checkpoint_every = 500;   ///< steps; 0: by time and at the end only
  double checkpoint_every_minutes = 15;  ///< 0: by steps and at the end only
  std::int64_t checkpoint_keep = 3;      ///< the newest so many are kept
  std::int64_t log_every = 10;           ///< steps
  double timeout_s = 60;  ///< of several ranks: the longest time from the end of a step to the next
  double shutdown_timeout_s =
      60;                  ///< of several ranks: for all but saving, after a request to stop
  std::int64_t ranks = 1;  ///< processes that train together; from their launcher, not the file

  /// The `model:` of the file, a string (an ARCH) or a map of genes; null where absent.
  YamlNode model = {};
  /// The `data:` of the file, relative to the file's folder; empty where absent.
  std::filesystem::path data = {};

  std::int64_t sequences_per_rank() const { return global_batch_size / ranks; }
  /// The largest size up to micro_batch_size that divides sequences_per_rank().
  std::int64_t actual_micro_batch_size() const;
  std::int64_t tokens_per_step() const { return global_batch_size * sequence_length; }
};

/// Reads a whole training configuration, for so many ranks. \throws Error kUser with line and
/// column for unknown keys, wrong types, values out of range or in contradiction.
TrainConfig read_train_config(const YamlNode& root, std::int64_t ranks = 1);

/// \throws Error kUser when the ranks cannot share global_batch_size evenly.
void check_shares(const TrainConfig& config, const Place& place);

/// The resolved configuration, complete; read_train_config reads it back.
nlohmann::ordered_json train_config_json(const TrainConfig& config,
                                         const space::Architecture& architecture,
                                         const std::filesystem::path& data);

/// Where a (dotted) key of the configuration stands, or the whole of it where the key is absent.
Place place_of(const YamlNode& root, std::string_view key);

std::string_view name_of(Schedule schedule);
std::string_view name_of(Precision precision);

}  // namespace lts::train
