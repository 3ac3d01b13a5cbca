#include "predictor/latency_model/latency_model.h"

#include <algorithm>
#include <cmath>

#include "core/digest.h"

namespace lts::predictor {
namespace {

using space::Architecture;
using space::SearchSpace;

const std::vector<std::string> kMetrics = {"latency.median_s", "memory.peak_bytes"};
const std::vector<std::string> kUnits = {"s", "bytes"};

/// Members over which the spread of predictions is averaged: enough for a mean.
constexpr std::size_t kSampledMembers = 500;

std::vector<Architecture> sampled(const std::vector<Architecture>& members) {
  if (members.size() <= kSampledMembers) return members;
  std::vector<Architecture> out;
  for (std::size_t i = 0; i < kSampledMembers; ++i) {
    out.push_back(members[i * members.size() / kSampledMembers]);
  }
  return out;
}

/// The rows of one metric; none when a reading lacks it.
std::vector<CostRow> cost_rows(const std::vector<MeasuredRow>& rows, std::size_t metric) {
  std::vector<CostRow> out;
  for (const MeasuredRow& row : rows) {
    const double value = row.value(metric);
    if (!(value > 0) || !std::isfinite(value)) return {};
    out.push_back({row.planned.architecture, value, row.planned.held_out});
  }
  return out;
}

std::optional<CostSource> cost_from(const FitOptions& options, const std::string& metric,
                                    const SearchSpace& space) {
  if (!options.from) return std::nullopt;
  return load_cost(*options.from, metric, space.family());
}

MeasuringPlan plan_of(const SearchSpace& space, const HardwareConfig& config,
                      const FitOptions& options, int budget) {
  if (const auto from = cost_from(options, kMetrics[0], space)) {
    return MeasuringPlan::for_transfer(space, from->cost, budget);
  }
  return MeasuringPlan::for_space(space, config.batch_size * config.sequence_length, budget);
}

FittedCost fitted_cost(const SearchSpace& space, const FitOptions& options, std::size_t metric,
                       const std::vector<CostRow>& rows, const MeasuringPlan& plan) {
  const std::vector<Architecture> members = sampled(plan.members());
  if (const auto from = cost_from(options, kMetrics[metric], space)) {
    return transfer_cost(from->cost, rows, members);
  }
  return fit_cost(model_forms(kMetrics[metric], space), rows, members);
}

}  // namespace

int check_fit(const SearchSpace& space, const HardwareConfig& config, const FitOptions& options) {
  const int least = options.from ? kLeastTransferBudget : kLeastBudget;
  const std::vector<Architecture> members = space_members(space);
  if (members.size() < static_cast<std::size_t>(least)) {
    throw user_error("the space has " + std::to_string(members.size()) +
                     " members that can be built; a fit needs " + std::to_string(least));
  }
  require_positions(config, members.front());
  if (options.from) {
    const CostSource from = load_cost(*options.from, kMetrics[0], space.family());
    if (from.fitted) {
      if (const auto difference = space_difference(from.fitted->space, space)) {
        throw user_error({options.from->string()}, "was fitted for another space: " + *difference);
      }
    }
  }
  return static_cast<int>(std::min(members.size(), static_cast<std::size_t>(options.budget)));
}

nlohmann::ordered_json fit_description(const SearchSpace& space, const HardwareConfig& config,
                                       const FitOptions& options) {
  nlohmann::ordered_json out = {{"budget", options.budget}, {"from_sha256", nullptr}};
  if (options.from) out["from_sha256"] = sha256_hex_of_file(*options.from);
  out.update(fitted_for_json({.space = space, .protocol = config}));
  return out;
}

LatencyModel fit_latency_model(const SearchSpace& space, std::shared_ptr<Profiler> profiler,
                               const FitOptions& options) {
  const HardwareConfig config = profiler->config();
  const int budget = check_fit(space, config, options);
  MeasuringPlan plan = plan_of(space, config, options, budget);
  LatencyModel model{.fitted = {.space = space, .protocol = config}, .budget = options.budget};
  model.from = options.from;
  model.measured = measure_plan(plan, std::move(profiler), kMetrics, options.campaign);
  for (std::size_t metric = 0; metric < kMetrics.size(); ++metric) {
    const std::vector<CostRow> rows = cost_rows(model.measured.rows, metric);
    if (rows.empty()) continue;
    FittedCost fit = fitted_cost(space, options, metric, rows, plan);
    model.metrics.push_back({.source = {.metric = kMetrics[metric],
                                        .unit = kUnits[metric],
                                        .cost = fit.cost,
                                        .error_quantiles = fit.error_quantiles},
                             .fit = fit});
  }
  return model;
}

}  // namespace lts::predictor
