#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/yaml.h"
#include "space/architecture.h"
#include "train/train_config.h"

namespace lts::cli {

/// A training that is planned.
struct PlannedTraining {
  std::string archid;
  space::Architecture architecture;
  train::TrainConfig config;
  std::filesystem::path output;  ///< empty where none was named
};

/// `lts train --dry-run`: prints what each will take, and with `sum` what all do that are trained
/// one after another. The time is that of a run's log, where there is one, else follows from the
/// matrix-multiply rate of this machine, which is measured; a warning says where its device or
/// dtype is not here. `root` gives the places for it. Precondition: all have one configuration but
/// for the global batch.
int train_dry_run(const std::vector<PlannedTraining>& trainings, const YamlNode& root, bool sum,
                  bool json);

}  // namespace lts::cli
