#pragma once

#include <string>

#include "train/card/trained_model.h"

namespace lts::train {

/// The YAML between two lines of three dashes with which the README.md of a Hugging Face
/// repository begins: library, task, tags, and the perplexities as a model index. `license` is left
/// out where empty.
std::string front_matter(const TrainedModels& trained, const std::string& license);

}  // namespace lts::train
