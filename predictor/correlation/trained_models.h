#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/csv.h"

namespace lts::predictor {

/// Trained models of one experiment with what a proxy says of each. All of equal length.
struct TrainedModels {
  std::string set{};  ///< "" where the file has no column `set`
  std::vector<double> perplexity{};
  std::vector<double> decoder_params{};  ///< NaN where the file does not tell
  std::vector<double> score{};           ///< of the proxy
  std::vector<std::size_t> rows{};       ///< of the table, from 0
};

/// A table of trained models: one row each, in the schema of the paper's ground truth: `set` (may
/// be missing), `n_layer`, `d_model`, `d_inner`, `n_head` (per layer "256|512"), `attn_params`,
/// `ffn_params`, `nonembedding_params`, `total_params`, a column of perplexities, any others. Our
/// own names (`attention_params`, `decoder_params`) serve as well.
class TrainedTable {
 public:
  /// \throws Error kUser with line for what is no table, or a target that is missing or no number.
  TrainedTable(const std::filesystem::path& path, const std::string& target);

  /// Proxies that the columns allow, of those a user expects: decoder_params, total_params,
  /// attention_params, ffn_params, nsc, balanced.
  std::vector<std::string> proxies() const;

  /// The models of every set, in the order of their first row, with the scores of a proxy: one of
  /// the names above or any numeric column. A model without perplexity or score is left out.
  /// \throws Error kUser where the table lacks what the proxy needs, or a cell is no number.
  std::vector<TrainedModels> scored(const std::string& proxy) const;

  /// The numbers of a column, NaN for an empty cell. \throws Error kUser.
  std::vector<double> numbers(const std::string& column) const;

 private:
  bool has(const std::string& column) const;
  std::optional<std::string> column_of(const std::string& proxy) const;
  std::vector<double> scores(const std::string& proxy) const;

  CsvTable table_;
  std::string target_;
};

}  // namespace lts::predictor
