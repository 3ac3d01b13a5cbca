#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "predictor/layer_cost.h"

namespace lts::predictor {

/// A term that a fit may use: a product of genes and counts, summed over the layers or once for the
/// model, or one entry of a table over one gene.
struct ModelTerm {
  enum class Scope { kLayer, kModel };

  Scope scope = Scope::kModel;
  std::vector<std::string> factors{};  ///< none: the constant
  /// The entries of the table of which this is entry `knot`; empty for a product. Between two
  /// entries a value counts for both, by how near it is.
  std::vector<std::int64_t> knots{};
  std::size_t knot = 0;
  bool nonnegative = true;  ///< physics knows no negative share of it

  bool is_table() const { return !knots.empty(); }
};

/// The value of every term for every architecture: rows are architectures.
Eigen::MatrixXd term_values(std::span<const ModelTerm> terms,
                            std::span<const space::Architecture> architectures);

/// The terms with their coefficients as a cost. Entries of a table are folded with the products of
/// its own factor alone ("d_model", "d_model*d_model"), which they correct: the file then has one
/// table that says it all.
LayerCost cost_of(std::span<const ModelTerm> terms, const Eigen::VectorXd& coefficients);

}  // namespace lts::predictor
