#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "predictor/latency_model/model_terms.h"
#include "space/search_space.h"

namespace lts::predictor {

/// A set of terms with the strength of the prior on each (see RegressionProblem).
struct ModelForm {
  std::string name;  ///< for people: "products", "products, tables of d_model, d_inner"
  std::vector<ModelTerm> terms;
  Eigen::VectorXd strength;
};

/// The forms that a fit of a metric chooses among, the simplest first. Terms whose gene the family
/// lacks are left out.
std::vector<ModelForm> model_forms(std::string_view metric, const space::SearchSpace& space);

/// The form that architectures are chosen for: the products of a latency, and an entry for every
/// width, so that every width is measured.
ModelForm design_form(const space::SearchSpace& space);

/// A rough cost of an architecture in arbitrary units, by which rows are scaled before anything is
/// measured: parameters, those of the head counted once and the others once for each of the first
/// tokens that share a read of them.
double nominal_cost(const space::Architecture& architecture, std::int64_t tokens);

}  // namespace lts::predictor
