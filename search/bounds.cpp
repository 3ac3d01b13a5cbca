#include "search/bounds.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/error.h"
#include "core/random.h"
#include "search/member_table.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Objective;
using space::Architecture;

constexpr std::size_t kMostEnds = 64;
constexpr int kSamples = 20'000;

/// The lowest and highest `count` choices of a gene, ascending.
std::vector<std::int32_t> ends_of_choices(std::vector<std::int32_t> choices, std::size_t count) {
  std::ranges::sort(choices);
  if (choices.size() > 2 * count) {
    const auto skip = static_cast<std::ptrdiff_t>(count);
    choices.erase(choices.begin() + skip, choices.end() - skip);
  }
  return choices;
}

/// The space itself or, where it is too large to enumerate, what of it has alike layers, around the
/// ends of every gene's range where that is too large too: closed forms grow with every gene.
space::SearchSpace enumerable_part(const space::SearchSpace& space) {
  space::SearchSpace part = space.size() > kMostEnumerated ? space.uniform() : space;
  for (std::size_t count = kMostEnds; part.size() > kMostEnumerated && count > 0; count /= 2) {
    std::vector<space::GeneRange> ranges = part.ranges();
    for (auto& range : ranges) range.choices = ends_of_choices(std::move(range.choices), count);
    part = space.with_ranges(std::move(ranges));
  }
  return part;
}

/// Visits the buildable members of enumerable_part, or random members where it has none.
template <typename Visit>
void each_member(const space::SearchSpace& space, Visit visit) {
  bool any = false;
  const space::SearchSpace part = enumerable_part(space);
  std::int64_t looked_at = 0;
  part.enumerate([&](const space::Genome& genome) {
    const Architecture architecture = part.architecture(genome);
    if (!part.flaw(architecture)) {
      visit(architecture);
      any = true;
    }
    return static_cast<double>(++looked_at) < kMostEnumerated;
  });
  Rng rng(1);
  for (int i = 0; !any && i < kSamples; ++i) visit(space.architecture(space.sample(rng)));
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

std::string reason_of(const predictor::Outcome& outcome) {
  if (const auto* failure = std::get_if<predictor::Failure>(&outcome)) return failure->reason;
  const auto& missing = std::get<predictor::Measurement>(outcome).missing;
  return missing.empty() ? "the value is not a finite number" : missing;
}

/// The objective's value, or where it has none the range of its values as far as it is known.
Bounds value_for_bounds(const Objective& objective, const Architecture& architecture,
                        const std::string& file) {
  const predictor::Outcome outcome = objective.evaluator->evaluate(architecture);
  const auto* measurement = std::get_if<predictor::Measurement>(&outcome);
  if (measurement && std::isfinite(measurement->value)) {
    return {measurement->value, measurement->value};
  }
  if (const auto range = objective.evaluator->range()) return {range->low, range->high};
  throw runtime_error(
      file, "'" + objective.name + "' of " + space::summary(architecture) +
                " is needed for the hypervolume's bounds and failed: " + reason_of(outcome) +
                "; hypervolume: {bounds: {" + objective.name + ": [low, high]}} sets them instead");
}

Bounds closed_form_bounds(const Objective& objective, const SearchConfig& config) {
  bool first = true;
  Bounds bounds;
  each_member(config.space, [&](const Architecture& architecture) {
    const Bounds value = value_for_bounds(objective, architecture, config.place.file);
    bounds.low = first ? value.low : std::min(bounds.low, value.low);
    bounds.high = first ? value.high : std::max(bounds.high, value.high);
    first = false;
  });
  return bounds;
}

}  // namespace

std::map<std::string, Bounds> fix_bounds(const SearchConfig& config) {
  std::map<std::string, Bounds> bounds = config.hypervolume_bounds;
  std::vector<const Objective*> at_ends;
  for (const Objective& objective : config.objectives) {
    if (bounds.contains(objective.name)) continue;
    if (objective.closed_form) {
      bounds[objective.name] = closed_form_bounds(objective, config);
    } else {
      at_ends.push_back(&objective);
    }
  }
  if (at_ends.empty()) return bounds;
  const Ends ends = ends_of(config.space);
  // One end after the other, so that objectives on one hardware share a measurement.
  for (const Architecture* end : {&ends.fewest, &ends.most}) {
    for (const Objective* objective : at_ends) {
      const Bounds value = value_for_bounds(*objective, *end, config.place.file);
      Bounds& pair = bounds.try_emplace(objective->name, value).first->second;
      pair = {std::min(pair.low, value.low), std::max(pair.high, value.high)};
    }
  }
  return bounds;
}

Point scaled_losses(const Archive& archive, const Evaluation& evaluation,
                    const std::map<std::string, Bounds>& bounds) {
  Point losses;
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    losses.push_back(archive.objectives()[o].loss(evaluation.values[o].value));
  }
  return scaled_points({losses}, archive.objectives(), bounds).front();
}

std::vector<Point> scaled_points(std::vector<Point> losses, std::span<const Objective> objectives,
                                 const std::map<std::string, Bounds>& bounds) {
  for (Point& point : losses) {
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      const bool maximize = objectives[o].direction == predictor::Direction::kMaximize;
      const double value = objectives[o].loss(point[o]);  // its own inverse
      point[o] = scaled_loss(value, bounds.at(objectives[o].name), maximize);
    }
  }
  return losses;
}

double hypervolume_of(const Archive& archive, const std::map<std::string, Bounds>& bounds) {
  return hypervolume(scaled_points(archive.front_points(), archive.objectives(), bounds));
}

}  // namespace lts::search
