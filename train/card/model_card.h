#pragma once

#include <optional>
#include <string>

#include "train/card/search_values.h"
#include "train/card/trained_model.h"

namespace lts::train {

/// What a card tells beside the models themselves.
struct CardOptions {
  std::string license{};           ///< an identifier of the Hugging Face Hub, as mit; may be empty
  std::optional<Manifest> data{};  ///< what the models were trained on, where it can be had
  SearchValues search{};           ///< empty where no search is known
};

/// The README.md of a model repository, as Hugging Face has them: front matter, the table of
/// models, how to use them, how they were trained and scored, the commands that make them again,
/// and whom to cite.
std::string model_card(const TrainedModels& trained, const CardOptions& options);

}  // namespace lts::train
