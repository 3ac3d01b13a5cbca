#pragma once

#include <filesystem>
#include <string>

#include "train/card/search_values.h"
#include "train/card/trained_model.h"

namespace lts::train {

/// trained.csv: a row per model, in the schema of the paper's tables of trained models, which
/// `lts correlate` reads: set (the folder's name), arch, the genes (per layer "256|512"),
/// attn_params, ffn_params, nonembedding_params, embedding_params, total_params, the search's
/// columns, how it was trained, and valid_ppl. Empty for what a model does not have.
/// \throws Error kUser when a search's objective has the name of another column.
std::string trained_table(const TrainedModels& trained, const SearchValues& search);

/// \throws Error kUser where `file` is something else than such a table.
void check_table_place(const std::filesystem::path& file);

}  // namespace lts::train
