#include "search/run/run_regret.h"

#include <algorithm>

#include "search/bounds.h"
#include "search/exact/value_grid.h"

namespace lts::search {
namespace {

/// Sums over layers depend on their order in the last bits: such points are compared on a grid.
void round_together(std::vector<Point>& first, std::vector<Point>& second) {
  std::vector<Point> all = first;
  all.insert(all.end(), second.begin(), second.end());
  if (all.empty()) return;
  const ValueGrid grid(all);
  for (std::vector<Point>* points : {&first, &second}) {
    for (Point& point : *points) point = grid.rounded(std::move(point));
  }
}

/// Whether a value is a program's, which a finished run is not asked for again.
bool asks_a_program(const SearchConfig& config) {
  return std::ranges::any_of(config.resolved.at("objectives"),
                             [](const auto& objective) { return objective.contains("command"); });
}

}  // namespace

ExactYardstick::ExactYardstick(const SearchConfig& config) {
  if (!exact_front_refuses(config.space, config.objectives))
    front_ = exact_front(config.space, config.objectives);
}

std::optional<RunRegret> ExactYardstick::regret(const Archive& archive,
                                                const std::map<std::string, Bounds>& bounds) const {
  if (!front_) return std::nullopt;
  const auto& objectives = archive.objectives();
  std::vector<Point> exact = front_->points(), found = archive.front_points();
  if (!front_->enumerated) round_together(exact, found);
  RunRegret out{.exact_front = exact.size(),
                .regret = regret_of(found, exact, scaled_points(found, objectives, bounds),
                                    scaled_points(exact, objectives, bounds))};
  if (front_->enumerated) out.members = front_->members.size();
  return out;
}

std::optional<RunRegret> run_regret(const SearchConfig& config, const Archive& archive,
                                    const std::map<std::string, Bounds>& bounds) {
  return ExactYardstick(config).regret(archive, bounds);
}

std::optional<double> exact_hypervolume(const SearchConfig& config,
                                        const std::map<std::string, Bounds>& bounds) {
  const auto& objectives = config.objectives;
  const bool enumerated = config.space.size() <= kMostEnumerated;
  if (!enumerated || bounds.empty() || asks_a_program(config) ||
      exact_front_refuses(config.space, objectives))
    return std::nullopt;
  const auto front = exact_front(config.space, objectives);
  return hypervolume(scaled_points(front.value().points(), objectives, bounds));
}

nlohmann::ordered_json regret_json(const RunRegret& regret,
                                   std::span<const predictor::Objective> objectives) {
  nlohmann::ordered_json out = {{"members", nullptr},
                                {"exact_front", regret.exact_front},
                                {"hypervolume_missing", regret.regret.hypervolume_missing},
                                {"share_found", regret.regret.share_found}};
  if (regret.members) out["members"] = *regret.members;
  for (std::size_t o = 0; o < objectives.size() && o < regret.regret.shortfall.size(); ++o) {
    const Shortfall& shortfall = regret.regret.shortfall[o];
    out["shortfall"][objectives[o].name] = {{"worst", shortfall.worst},
                                            {"unmatched", shortfall.unmatched}};
  }
  return out;
}

}  // namespace lts::search
