#pragma once

#include <optional>

#include "core/table.h"
#include "train/card/trained_model.h"

namespace lts::train {

/// How the models were trained, a row per fact: data, batch, recipe, machine, time. Where the
/// models differ in one, its row says so.
Table training_facts(const TrainedModels& trained, const std::optional<Manifest>& data);

}  // namespace lts::train
