#include "search/exact/front_beliefs.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/error.h"
#include "predictor/latency_model/cost_fit.h"
#include "predictor/latency_model/model_forms.h"

namespace lts::search {
namespace {

using Readings = std::map<std::size_t, double>;
using predictor::CostRow;
using Positions = std::map<space::Architecture, std::size_t>;

Positions positions_of(const MemberTable& members) {
  Positions out;
  for (std::size_t m = 0; m < members.size(); ++m) {
    out.emplace(members.architectures[m], m);
  }
  return out;
}

/// The first iteration's readings, to fit a base on: a fixed part of the archive, so that the base
/// stays what it is while the run goes on.
std::vector<CostRow> first_rows(const Archive& archive, std::size_t axis) {
  std::vector<CostRow> rows;
  for (const Evaluation& evaluation : archive.evaluations()) {
    if (evaluation.candidate.iteration != 0 || evaluation.values.empty()) continue;
    rows.push_back({.architecture = evaluation.candidate.architecture,
                    .value = evaluation.values[axis].value});
  }
  return rows;
}

Readings readings_of(const Archive& archive, std::size_t axis, const Positions& positions) {
  Readings out;
  for (const Evaluation& evaluation : archive.evaluations()) {
    const auto at = positions.find(evaluation.candidate.architecture);
    if (at == positions.end() || evaluation.values.empty()) continue;
    if (evaluation.values[axis].value > 0) out[at->second] = evaluation.values[axis].value;
  }
  return out;
}

std::vector<std::size_t> found_of(const Archive& archive, const Positions& positions) {
  std::vector<std::size_t> out;
  for (const std::size_t index : archive.front()) {
    const auto at = positions.find(archive.evaluations()[index].candidate.architecture);
    if (at != positions.end()) out.push_back(at->second);
  }
  return out;
}

/// A base that gives every member something positive, as beliefs want it.
bool usable(const predictor::LayerCost& base, const MemberTable& members) {
  return std::ranges::all_of(members.architectures,
                             [&](const auto& member) { return base.value(member) > 0; });
}

/// The best form whose fit is usable, else the simplest one, else nothing.
std::optional<predictor::LayerCost> base_of(const space::SearchSpace& space,
                                            const MemberTable& members, const std::string& unit,
                                            std::span<const CostRow> rows) {
  const char* metric = unit == "bytes" ? "memory.peak_bytes" : "latency.median_s";
  const auto forms = predictor::model_forms(metric, space);
  const std::vector<space::Architecture>& all = members.architectures;
  predictor::LayerCost best = predictor::fit_cost(forms, rows, all).cost;
  if (usable(best, members)) return best;
  best = predictor::fit_cost(std::span(forms).first(1), rows, all).cost;
  if (usable(best, members)) return best;
  return std::nullopt;
}

}  // namespace

std::size_t measured_axis(std::span<const predictor::Objective> objectives) {
  const auto measured = std::ranges::find_if(objectives, [](const auto& o) { return !o.free(); });
  LTS_ASSERT(measured != objectives.end());
  return static_cast<std::size_t>(measured - objectives.begin());
}

std::shared_ptr<const predictor::CostFeatures> FrontBeliefs::features(
    const space::SearchSpace& space, const MemberTable& members, const Archive& archive) {
  const std::size_t axis = measured_axis(archive.objectives());
  const std::vector<CostRow> rows = first_rows(archive, axis);
  if (rows.size() < kLeastReadings) return nullptr;
  const auto base = base_of(space, members, archive.objectives()[axis].evaluator->unit(), rows);
  if (!base) return nullptr;
  return std::make_shared<predictor::CostFeatures>(space, *base, members.architectures);
}

std::optional<FrontBeliefs> FrontBeliefs::form(
    std::shared_ptr<const predictor::CostFeatures> features, const MemberTable& members,
    const Archive& archive) {
  const std::size_t axis = measured_axis(archive.objectives());
  const Positions positions = positions_of(members);
  Readings readings = readings_of(archive, axis, positions);
  if (!features || readings.size() < kLeastReadings) return std::nullopt;
  std::vector<predictor::CostPosterior::Reading> list;
  for (const auto& [member, value] : readings) list.push_back({.member = member, .value = value});
  predictor::CostPosterior posterior(std::move(features), list);
  return FrontBeliefs(members, archive, axis, std::move(readings), found_of(archive, positions),
                      std::move(posterior));
}

FrontBeliefs::FrontBeliefs(const MemberTable& members, const Archive& archive, std::size_t axis,
                           Readings readings, std::vector<std::size_t> found,
                           predictor::CostPosterior posterior)
    : members_(&members),
      archive_(&archive),
      axis_(axis),
      readings_(std::move(readings)),
      found_(std::move(found)),
      posterior_(std::move(posterior)) {}

FrontBeliefs::Truth FrontBeliefs::truth(std::uint64_t number) const {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  Rng rng(number);
  Truth out{.values = posterior_.draw(rng), .front = {}};
  const auto admits = [&](std::size_t m) { return objective().constraint.admits(out.values[m]); };
  std::vector<Point> losses = members_->losses;
  for (std::size_t m = 0; m < losses.size(); ++m) {
    losses[m][axis_] = admits(m) ? objective().loss(out.values[m]) : kNever;
  }
  out.front = pareto_front(losses, Ties::kKeepAll);
  std::erase_if(out.front, [&](std::size_t m) { return !admits(m); });
  std::ranges::sort(out.front);
  return out;
}

std::vector<Point> FrontBeliefs::points(std::span<const std::size_t> of,
                                        const std::vector<double>& values) const {
  std::vector<Point> out;
  for (const std::size_t member : of) {
    out.push_back(members_->losses[member]);
    out.back()[axis_] = objective().loss(values[member]);
  }
  return out;
}

}  // namespace lts::search
