#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "predictor/objective.h"
#include "space/counts.h"

namespace lts::predictor {

/// A zero-cost proxy: a closed form of an architecture's counts.
struct ClosedForm {
  std::string_view name;
  std::string_view unit;
  /// Nothing where the architecture's family has none (space/counts.h).
  std::optional<double> (*value)(const space::Counts&);
  bool is_whole = true;          ///< every value is a whole number
  bool adds_over_layers = true;  ///< as of an Evaluator, in every family
};

/// Every closed form, in the order in which the run's files list them. decoder_params, the
/// published proxy, is the first.
std::span<const ClosedForm> closed_forms();
std::vector<std::string> closed_form_names();

/// The closed form of that name ("non_embedding_params" is decoder_params), or null.
const ClosedForm* find_closed_form(std::string_view name);

/// Every closed form by name, whole numbers as such, null where the family has none.
nlohmann::ordered_json closed_forms_json(const space::Counts& counts);

/// An evaluator of a closed form; a candidate whose family has none is a failed one. \throws Error
/// kUser naming the accepted ones.
std::shared_ptr<Evaluator> make_closed_form(std::string_view name);

}  // namespace lts::predictor
