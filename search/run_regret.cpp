#include "search/run_regret.h"

#include <algorithm>

#include "search/bounds.h"
#include "search/member_table.h"

namespace lts::search {
namespace {

/// The losses of the exact front.
std::vector<Point> exact_points(const MemberTable& members) {
  std::vector<Point> out;
  for (const std::size_t member : pareto_front(members.losses, Ties::kKeepAll)) {
    out.push_back(members.losses[member]);
  }
  return out;
}

}  // namespace

std::optional<RunRegret> run_regret(const SearchConfig& config, const Archive& archive,
                                    const std::map<std::string, Bounds>& bounds) {
  const auto& objectives = config.objectives;
  if (!std::ranges::all_of(objectives, [](const auto& o) { return o.free(); })) return std::nullopt;
  if (config.space.size() > kMostEnumerated) return std::nullopt;
  const MemberTable members = member_table(config.space, objectives);
  const std::vector<Point> exact = exact_points(members), found = archive.front_points();
  return RunRegret{.members = members.size(),
                   .exact_front = exact.size(),
                   .regret = regret_of(found, exact, scaled_points(found, objectives, bounds),
                                       scaled_points(exact, objectives, bounds))};
}

nlohmann::ordered_json regret_json(const RunRegret& regret,
                                   std::span<const predictor::Objective> objectives) {
  nlohmann::ordered_json out = {{"members", regret.members},
                                {"exact_front", regret.exact_front},
                                {"hypervolume_missing", regret.regret.hypervolume_missing},
                                {"share_found", regret.regret.share_found}};
  for (std::size_t o = 0; o < objectives.size() && o < regret.regret.shortfall.size(); ++o) {
    const Shortfall& shortfall = regret.regret.shortfall[o];
    out["shortfall"][objectives[o].name] = {{"worst", shortfall.worst},
                                            {"unmatched", shortfall.unmatched}};
  }
  return out;
}

}  // namespace lts::search
