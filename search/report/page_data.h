#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "search/report/quantity.h"
#include "search/run/saved_run.h"

namespace lts::search {

/// "gpt2:n_layer=7,...": the architecture as an inline ARCH, complete: space::summary and every
/// constant that is not at its default.
std::string inline_arch(const space::Architecture& architecture);

/// The evaluations that have values, in order: the positions by which the page names them.
std::vector<std::size_t> shown_evaluations(const Archive& archive);

/// What the page's script knows, by position (shown_evaluations):
/// {objectives: [{name, unit, factor, decimals}],
///  runs: [{name, arch, id, index, state, winners, values, low, high, noisy}]}
/// `state` has a letter a position: f on the front, e evaluated, o outside a constraint. `winners`:
/// the winner's index by position. `values`, `low`, `high`, `noisy`: a list per objective; the last
/// three null where an objective has none.
nlohmann::ordered_json page_data(std::span<const SavedRun> runs,
                                 std::span<const Quantity> quantities);

}  // namespace lts::search
