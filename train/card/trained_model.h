#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "space/architecture.h"
#include "train/data/manifest.h"
#include "train/train_result.h"

namespace lts::train {

/// A finished training run, as its folder tells it.
struct TrainedModel {
  std::filesystem::path folder;
  std::string name;  ///< the folder's name among several models, else the archid
  space::Architecture architecture;
  nlohmann::ordered_json config;       ///< config.yaml
  nlohmann::ordered_json environment;  ///< environment.json; an empty object where there is none
  TrainResult result;
  double elapsed_s = 0;  ///< over all restarts
  std::int64_t restarts = 0, skipped_steps = 0, rollbacks = 0;

  /// The data folder's name where the run read it.
  std::string data_name() const;
  /// SHA-256 of the data's manifest; "" where the run does not tell.
  std::string data_sha256() const;
};

struct TrainedModels {
  std::filesystem::path folder;  ///< the run, or the folder of several
  bool is_collection = false;    ///< whether each model has a folder of its own in `folder`
  std::vector<TrainedModel> models;
  std::vector<std::filesystem::path> unfinished;  ///< runs that are not at their end

  /// The folder's name, wherever the program runs.
  std::string name() const;
};

/// The finished run in `folder`, or every finished one directly in it, in the order of their names.
/// \throws Error kUser where there is none, with what there is instead.
TrainedModels read_trained_models(const std::filesystem::path& folder);

/// What the models were trained on: the manifest in `folder`, or where that is empty the one that
/// the runs read, as far as it is still there and the same. Nothing where the models have not the
/// same data. \throws Error kUser when `folder` holds other data than they were trained on.
std::optional<Manifest> read_data_of(const TrainedModels& trained,
                                     const std::filesystem::path& folder);

}  // namespace lts::train
