#include "predictor/latency_model/measuring_plan.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "predictor/latency_model/model_forms.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using space::Architecture;

constexpr double kMostMembers = 20'000;
constexpr std::uint64_t kMembersSeed = 1, kHoldoutSeed = 2, kOrderSeed = 3;
/// The relative error of one measurement that a design reckons with.
constexpr double kError = 0.02;
/// How far a transfer's design thinks the factors may be from the common one (ScaledTerms).
constexpr double kTransferFirmness = 0.004;

VectorXd column_sizes(const MatrixXd& rows) {
  return (rows.colwise().squaredNorm() / static_cast<double>(rows.rows())).cwiseSqrt().transpose();
}

/// Rows over their cost, columns over their size, all in units of one measurement's error.
MatrixXd in_errors(const MatrixXd& relative, const VectorXd& size) {
  return relative * size.cwiseMax(1e-300).cwiseInverse().asDiagonal() / kError;
}

MatrixXd relative_to(const MatrixXd& values, const std::vector<double>& costs) {
  const Eigen::Map<const VectorXd> cost(costs.data(), static_cast<Index>(costs.size()));
  return cost.cwiseInverse().asDiagonal() * values;
}

VectorXd in_error_units(const VectorXd& strength) { return strength / (kError * kError); }

}  // namespace

std::vector<Architecture> space_members(const space::SearchSpace& space) {
  std::vector<Architecture> out;
  if (space.size() <= kMostMembers) {
    space.enumerate([&](const space::Genome& genome) {
      Architecture member = space.architecture(genome);
      if (!space.family().flaw(member)) out.push_back(std::move(member));
      return true;
    });
    return out;
  }
  Rng rng(kMembersSeed);
  std::set<Architecture> seen;
  for (int draw = 0; draw < static_cast<int>(kMostMembers); ++draw) {
    Architecture member = space.architecture(space.sample(rng));
    if (seen.insert(member).second) out.push_back(std::move(member));
  }
  return out;
}

MeasuringPlan MeasuringPlan::for_space(const space::SearchSpace& space, std::int64_t tokens,
                                       int budget) {
  return for_members(space_members(space), space, tokens, budget);
}

MeasuringPlan MeasuringPlan::for_members(std::vector<Architecture> members,
                                         const space::SearchSpace& space, std::int64_t tokens,
                                         int budget) {
  const ModelForm form = design_form(space);
  std::vector<double> costs;
  for (const Architecture& member : members) costs.push_back(nominal_cost(member, tokens));
  const MatrixXd relative = relative_to(term_values(form.terms, members), costs);
  Design design(in_errors(relative, column_sizes(relative)), in_error_units(form.strength));
  return {std::move(members), costs, std::move(design), budget};
}

MeasuringPlan MeasuringPlan::for_transfer(const space::SearchSpace& space, const LayerCost& from,
                                          int budget) {
  std::vector<Architecture> members = space_members(space);
  const ScaledTerms scaled(from);
  std::vector<double> costs;
  for (const Architecture& member : members) costs.push_back(std::max(from.value(member), 1e-300));
  const MatrixXd relative = relative_to(scaled.values(members), costs);
  const VectorXd size = column_sizes(relative);
  Design design(in_errors(relative, size),
                in_error_units(scaled.strength(size, kTransferFirmness)));
  return {std::move(members), costs, std::move(design), budget};
}

MeasuringPlan::MeasuringPlan(std::vector<Architecture> members, const std::vector<double>& costs,
                             Design design, int budget)
    : members_(std::move(members)),
      by_cost_(members_.size()),
      design_(std::move(design)),
      rng_(kHoldoutSeed) {
  std::iota(by_cost_.begin(), by_cost_.end(), std::size_t{0});
  std::ranges::stable_sort(by_cost_, {}, [&](std::size_t i) { return costs[i]; });
  const std::size_t count = std::min(static_cast<std::size_t>(budget), members_.size());
  const std::size_t held_out = std::max<std::size_t>(count / 5, 1);
  LTS_ASSERT(count >= 3);
  take_extremes(count);
  hold_out(held_out);
  while (fitted_.size() < count - held_out) {
    const auto row = design_.next();
    LTS_ASSERT(row);
    fitted_.push_back(*row);
    used_.insert(*row);
  }
}

void MeasuringPlan::take_extremes(std::size_t count) {
  for (const std::size_t row : {by_cost_.front(), by_cost_.back()}) {
    if (fitted_.size() + 1 >= count) return;
    design_.take(row);
    fitted_.push_back(row);
    used_.insert(row);
  }
}

void MeasuringPlan::hold_out(std::size_t count) {
  for (std::size_t part = 0; part < count; ++part) {
    const std::size_t begin = part * by_cost_.size() / count;
    const std::size_t end = (part + 1) * by_cost_.size() / count;
    std::size_t row = 0;
    do {
      row = by_cost_[begin + rng_.below(static_cast<std::uint32_t>(end - begin))];
    } while (used_.contains(row));
    used_.insert(row);
    held_out_.push_back(row);
    design_.exclude(row);
  }
}

std::vector<Planned> MeasuringPlan::planned() const {
  std::vector<Planned> out;
  for (const std::size_t row : fitted_) out.push_back({members_[row], false});
  for (const std::size_t row : held_out_) out.push_back({members_[row], true});
  Rng rng(kOrderSeed);
  rng.shuffle(out);
  return out;
}

std::size_t MeasuringPlan::index_of(const Architecture& architecture) const {
  const auto found = std::ranges::find(members_, architecture);
  LTS_ASSERT(found != members_.end());
  return static_cast<std::size_t>(found - members_.begin());
}

std::optional<Planned> MeasuringPlan::instead_of(const Planned& failed) {
  if (used_.size() == members_.size()) return std::nullopt;
  const std::size_t row = index_of(failed.architecture);
  design_.exclude(row);
  if (!failed.held_out) {
    const auto next = design_.next();
    if (!next) return std::nullopt;
    used_.insert(*next);
    return Planned{members_[*next], false};
  }
  // The nearest in cost that is still unused, so that the parts stay what they were.
  const auto at = std::ranges::find(by_cost_, row) - by_cost_.begin();
  const auto size = static_cast<std::ptrdiff_t>(by_cost_.size());
  for (std::ptrdiff_t step = 1; step < size; ++step) {
    for (const std::ptrdiff_t near : {at - step, at + step}) {
      if (near < 0 || near >= size) continue;
      const std::size_t candidate = by_cost_[static_cast<std::size_t>(near)];
      if (!used_.insert(candidate).second) continue;
      design_.exclude(candidate);
      return Planned{members_[candidate], true};
    }
  }
  return std::nullopt;
}

}  // namespace lts::predictor
