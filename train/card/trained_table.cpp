#include "train/card/trained_table.h"

#include <algorithm>
#include <cmath>

#include "core/csv.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "space/family.h"

namespace lts::train {

namespace {

using Fields = std::vector<std::string>;

constexpr const char* kBegin = "set,arch,n_layer,";

// Of all models, each once: families differ in some.
Fields gene_names(const TrainedModels& trained) {
  Fields names;
  for (const TrainedModel& model : trained.models)
    for (const auto& gene : model.architecture.family().genes())
      if (std::ranges::find(names, gene.name) == names.end()) names.emplace_back(gene.name);
  return names;
}

Fields column_names(const Fields& genes, const SearchValues& search) {
  Fields columns = {"set", "arch"};
  columns.insert(columns.end(), genes.begin(), genes.end());
  for (const char* name : {"attn_params", "ffn_params", "nonembedding_params", "embedding_params",
                           "total_params", "steps", "tokens", "train_loss", "valid_loss",
                           "valid_ppl", "tokens_per_s", "elapsed_s", "peak_memory_bytes"})
    columns.emplace_back(name);
  for (const auto& column : search.columns) {
    if (std::ranges::find(columns, column.name) != columns.end())
      throw user_error("the search has an objective '" + column.name +
                       "', which is another column of trained.csv");
    columns.push_back(column.name);
  }
  return columns;
}

std::string number_cell(double value) { return std::isfinite(value) ? python_repr(value) : ""; }

void add_genes(Fields& row, const TrainedModel& model, const Fields& genes) {
  for (const std::string& gene : genes) {
    const bool has = space::find_gene(model.architecture.family(), gene) != nullptr;
    row.push_back(has ? space::entries_text(model.architecture.gene(gene)) : "");
  }
}

void add_counts(Fields& row, const TrainedModel& model) {
  const space::Counts counts = model.architecture.family().counts(model.architecture);
  for (const auto count : {counts.attention_params, counts.ffn_params, counts.decoder_params(),
                           counts.embedding_params, counts.total_params()})
    row.push_back(std::to_string(count));
}

void add_training(Fields& row, const TrainedModel& model) {
  row.push_back(std::to_string(model.result.steps));
  row.push_back(std::to_string(model.result.tokens));
  for (const double value : {model.result.train_loss, model.result.validation_loss,
                             model.result.perplexity, model.result.tokens_per_s, model.elapsed_s})
    row.push_back(number_cell(value));
  row.push_back(std::to_string(model.result.peak_memory_bytes));
}

}  // namespace

std::string trained_table(const TrainedModels& trained, const SearchValues& search) {
  const Fields genes = gene_names(trained);
  std::string text = csv_line(column_names(genes, search));
  for (std::size_t m = 0; m < trained.models.size(); ++m) {
    const TrainedModel& model = trained.models[m];
    Fields row = {trained.name(), space::archid(model.architecture)};
    add_genes(row, model, genes);
    add_counts(row, model);
    add_training(row, model);
    for (const auto& column : search.columns)
      row.push_back(column.values[m] ? number_cell(*column.values[m]) : "");
    text += csv_line(row);
  }
  return text;
}

void check_table_place(const fs::path& file) {
  if (!fs::exists(file) || read_file(file).starts_with(kBegin)) return;
  throw user_error(Place{file.string()}, "is no table of lts card; --overwrite replaces it");
}

}  // namespace lts::train
