#include "search/bounds.h"

#include <algorithm>
#include <variant>

#include "core/error.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Objective;
using space::Architecture;

constexpr std::int64_t kEnumerable = 1'000'000;

/// Visits the buildable members, at most kEnumerable combinations of them.
template <typename Visit>
void each_member(const space::SearchSpace& space, Visit visit) {
  std::int64_t looked_at = 0;
  space.enumerate([&](const space::Genome& genome) {
    const Architecture architecture = space.architecture(genome);
    if (!architecture.family().flaw(architecture)) visit(architecture);
    return ++looked_at < kEnumerable;
  });
}

struct Ends {
  Architecture fewest, most;
};

/// The members with the fewest and the most decoder parameters (the first of equals).
Ends ends_of(const space::SearchSpace& space) {
  std::optional<Ends> ends;
  std::int64_t low = 0, high = 0;
  each_member(space, [&](const Architecture& architecture) {
    const auto params = architecture.family().counts(architecture).decoder_params();
    if (!ends) {
      ends = Ends{architecture, architecture};
      low = high = params;
    } else if (params < low) {
      ends->fewest = architecture;
      low = params;
    } else if (params > high) {
      ends->most = architecture;
      high = params;
    }
  });
  LTS_ASSERT(ends.has_value());
  return *ends;
}

double value_for_bounds(const Objective& objective, const Architecture& architecture) {
  const predictor::Outcome outcome = objective.evaluator->evaluate(architecture);
  if (const auto* failure = std::get_if<predictor::Failure>(&outcome)) {
    throw runtime_error(
        "", "'" + objective.name + "' of " + space::summary(architecture) +
                " is needed for the hypervolume's bounds and failed: " + failure->reason +
                "; hypervolume: {bounds: {" + objective.name + ": [low, high]}} sets them instead");
  }
  return std::get<predictor::Measurement>(outcome).value;
}

Bounds closed_form_bounds(const Objective& objective, const space::SearchSpace& space) {
  bool first = true;
  Bounds bounds;
  each_member(space, [&](const Architecture& architecture) {
    const double value = value_for_bounds(objective, architecture);
    bounds.low = first ? value : std::min(bounds.low, value);
    bounds.high = first ? value : std::max(bounds.high, value);
    first = false;
  });
  return bounds;
}

}  // namespace

std::map<std::string, Bounds> fix_bounds(const SearchConfig& config) {
  std::map<std::string, Bounds> bounds = config.hypervolume_bounds;
  const Ends ends = ends_of(config.space);
  std::map<std::string, double> at_fewest;
  const auto open = [&](const Objective& objective) {
    return !bounds.contains(objective.name) && !objective.closed_form;
  };
  // One end after the other, so that objectives on one hardware share a measurement.
  for (const Objective& objective : config.objectives) {
    if (open(objective)) at_fewest[objective.name] = value_for_bounds(objective, ends.fewest);
  }
  for (const Objective& objective : config.objectives) {
    if (!open(objective)) continue;
    const double most = value_for_bounds(objective, ends.most);
    const auto [low, high] = std::minmax(at_fewest[objective.name], most);
    bounds[objective.name] = {low, high};
  }
  for (const Objective& objective : config.objectives) {
    if (bounds.contains(objective.name)) continue;
    bounds[objective.name] = closed_form_bounds(objective, config.space);
  }
  return bounds;
}

double hypervolume_of(const Archive& archive, const std::map<std::string, Bounds>& bounds) {
  std::vector<Point> points;
  for (const std::size_t index : archive.front()) {
    const Evaluation& evaluation = archive.evaluations()[index];
    Point point;
    for (std::size_t i = 0; i < archive.objectives().size(); ++i) {
      const Objective& objective = archive.objectives()[i];
      const bool maximize = objective.direction == predictor::Direction::kMaximize;
      point.push_back(scaled_loss(evaluation.values[i].value, bounds.at(objective.name), maximize));
    }
    points.push_back(std::move(point));
  }
  return hypervolume(points);
}

}  // namespace lts::search
