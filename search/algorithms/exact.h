#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/config_reader.h"
#include "search/exact/certificate.h"
#include "search/searcher.h"

namespace lts::search {

struct ExactOptions {
  int model_budget = 60;           ///< members measured first, to fit a model on
  int samples_per_iteration = 10;  ///< members measured between two looks at what is known
};

/// Reads the options from the `search:` map and writes them, resolved, into `resolved`.
ExactOptions read_exact_options(MapReader& reader, nlohmann::ordered_json& resolved);

/// The exact front of a space. With free objectives alone it is computed (exact_front.h) and its
/// members are proposed, all at once. With one measured objective, in a space of up to 10^6
/// combinations, the members that cover
/// the space best are measured first, then, a few at a time, those whose measurement is expected to
/// bring the run's front nearest to the true one; `exact_certificate` says what is known then.
std::unique_ptr<Searcher> make_exact(const Problem& problem, const ExactOptions& options);

/// Refuses larger spaces, several measured objectives, and those that are neither free nor
/// measured: of them no model is at hand.
std::optional<std::string> exact_refuses(const space::SearchSpace& space,
                                         std::span<const predictor::Objective> objectives);

/// The certificate of a run with one measured objective. Nothing of another run, nor of one with
/// fewer than kLeastReadings or none that a model fits.
std::optional<CertifiedFront> exact_certificate(const space::SearchSpace& space,
                                                const Archive& archive,
                                                const std::map<std::string, Bounds>& bounds);

}  // namespace lts::search
