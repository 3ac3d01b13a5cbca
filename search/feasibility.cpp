#include "search/feasibility.h"

#include <algorithm>
#include <map>
#include <string>
#include <variant>

#include "core/random.h"
#include "core/text.h"
#include "search/member_table.h"
#include "space/family.h"

namespace lts::search {
namespace {

using predictor::Measurement;
using predictor::Objective;
using space::Architecture;

constexpr int kFirstSamples = 100;  // most constraints are met by many
constexpr int kSamples = 20'000;

bool constrained(const Objective& objective) {
  return objective.evaluator && objective.free() && !objective.constraint.empty();
}

/// The value of a free objective; failures count as outside every bound.
std::optional<double> free_value(const Objective& objective, const Architecture& architecture) {
  const predictor::Outcome outcome = objective.evaluator->evaluate(architecture);
  const auto* measurement = std::get_if<Measurement>(&outcome);
  return measurement ? std::optional(measurement->value) : std::nullopt;
}

/// Counts, over candidates, how many fail which bound.
class BoundCounter {
 public:
  explicit BoundCounter(std::span<const Objective> objectives) : objectives_(objectives) {}

  void add(const Architecture& architecture) {
    ++candidates_;
    bool meets = true;
    for (const Objective& objective : objectives_) {
      if (!constrained(objective)) continue;
      const auto value = free_value(objective, architecture);
      const auto& [min, max] = objective.constraint;
      meets &= !fails(objective.name + " >= ", min, !value || (min && *value < *min));
      meets &= !fails(objective.name + " <= ", max, !value || (max && *value > *max));
    }
    if (meets) ++meeting_;
  }

  bool any() const { return meeting_ > 0; }

  /// `how` follows the number of candidates: "looked at".
  std::string message(const std::string& how) const {
    std::vector<std::string> parts;
    for (const auto& [bound, count] : failing_) {
      parts.push_back(std::to_string(count) + " fail " + bound);
    }
    return "no candidate meets the constraints: of " + std::to_string(candidates_) + " " + how +
           ", " + join(parts, ", ");
  }

 private:
  bool fails(const std::string& bound, const std::optional<double>& limit, bool failed) {
    if (!limit || !failed) return false;
    ++failing_[bound + short_number(*limit, 10)];
    return true;
  }

  std::span<const Objective> objectives_;
  std::int64_t candidates_ = 0, meeting_ = 0;
  std::map<std::string, std::int64_t> failing_;
};

/// Adds members one after the other until one meets the constraints.
void add_all(BoundCounter& counter, const space::SearchSpace& space) {
  space.enumerate([&](const space::Genome& genome) {
    const Architecture architecture = space.architecture(genome);
    if (!space.flaw(architecture)) counter.add(architecture);
    return !counter.any();
  });
}

void add_random(BoundCounter& counter, const space::SearchSpace& space, Rng& rng) {
  for (int i = 0; i < kSamples && !counter.any(); ++i) {
    counter.add(space.architecture(space.sample(rng)));
  }
}

}  // namespace

bool admits(const space::SearchSpace& space, std::span<const Objective> objectives,
            const Architecture& architecture) {
  if (space.flaw(architecture)) return false;
  for (const Objective& objective : objectives) {
    if (!constrained(objective)) continue;
    const auto value = free_value(objective, architecture);
    if (!value || !objective.constraint.admits(*value)) return false;
  }
  return true;
}

void refuse_unmeetable(const space::SearchSpace& space, std::span<const Objective> objectives,
                       const Place& place) {
  if (std::ranges::none_of(objectives, constrained)) return;  // the space has a member
  Rng rng(1);
  for (int i = 0; i < kFirstSamples; ++i) {
    if (admits(space, objectives, space.architecture(space.sample(rng)))) return;
  }
  BoundCounter counter(objectives);
  const bool whole = space.size() <= kMostEnumerated;
  // Random members of many layers are all of middling size: the extremes have alike layers.
  const space::SearchSpace part = whole ? space : space.uniform();
  const bool enumerated = part.size() <= kMostEnumerated;
  if (enumerated) add_all(counter, part);
  if (!whole) add_random(counter, space, rng);
  if (counter.any()) return;
  throw user_error(place,
                   counter.message(whole        ? "looked at"
                                   : enumerated ? "looked at, alike in all layers or at random"
                                                : "looked at at random"));
}

}  // namespace lts::search
