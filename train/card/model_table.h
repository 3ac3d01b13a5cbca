#pragma once

#include "core/table.h"
#include "train/card/search_values.h"
#include "train/card/trained_model.h"

namespace lts::train {

/// The card's table: a row per model with its sizes, what the search found out about it, and what
/// training came to.
Table model_table(const TrainedModels& trained, const SearchValues& search);

/// "1.04 M"; "870" below a thousand.
std::string human_count(double count);

}  // namespace lts::train
