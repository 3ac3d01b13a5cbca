#include "predictor/latency_model/latency_model.h"

#include <algorithm>
#include <cmath>

#include "core/digest.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

namespace fs = std::filesystem;
using space::Architecture;
using space::SearchSpace;

const std::vector<std::string> kMetrics = {"latency.median_s", "memory.peak_bytes"};
const std::vector<std::string> kUnits = {"s", "bytes"};

/// The rows of one metric; none when a reading lacks it.
std::vector<CostRow> cost_rows(const std::vector<MeasuredRow>& rows, std::size_t metric) {
  std::vector<CostRow> out;
  for (const MeasuredRow& row : rows) {
    const double value = row.value(metric);
    if (!(value > 0) || !std::isfinite(value)) return {};
    out.push_back({.architecture = row.planned.architecture,
                   .value = value,
                   .held_out = row.planned.held_out,
                   .readings = row.first_readings(metric)});
  }
  return out;
}

/// The cost of a metric of the model that is adapted: one that names no metric is the latency.
std::optional<CostSource> cost_from(const FitOptions& options, std::size_t metric,
                                    const SearchSpace& space) {
  if (!options.from) return std::nullopt;
  for (CostSource& cost : load_costs(*options.from, space.family())) {
    if (cost.metric == kMetrics[metric]) return std::move(cost);
    if (cost.metric.empty() && metric == 0) return std::move(cost);
  }
  return std::nullopt;
}

/// A model that is adapted must be of this space, and of a latency.
void check_from(const fs::path& file, const std::optional<CostSource>& from,
                const SearchSpace& space, const std::vector<Architecture>& members) {
  if (!from) throw user_error({file.string()}, "has no cost of metric '" + kMetrics[0] + "'");
  if (from->fitted) {
    if (const auto difference = space_difference(from->fitted->space, space)) {
      throw user_error({file.string()}, "was fitted for another space: " + *difference);
    }
  }
  for (const Architecture& member : members) {
    const double value = from->cost.value(member);
    if (value > 0 && std::isfinite(value)) continue;
    throw user_error({file.string()}, "predicts " + short_number(value) + " for " +
                                          space::summary(member) +
                                          "; a latency must be positive to be adapted");
  }
}

MeasuringPlan plan_of(const SearchSpace& space, const HardwareConfig& config,
                      const FitOptions& options, int budget) {
  if (const auto from = cost_from(options, 0, space)) {
    return MeasuringPlan::for_transfer(space, from->cost, budget);
  }
  return MeasuringPlan::for_space(space, config.batch_size * config.sequence_length, budget);
}

/// Nothing for a metric that the model to be adapted does not have.
std::optional<FittedCost> fitted_cost(const SearchSpace& space, const FitOptions& options,
                                      std::size_t metric, const std::vector<CostRow>& rows,
                                      const MeasuringPlan& plan) {
  const std::vector<Architecture>& members = plan.members();
  if (!options.from) return fit_cost(model_forms(kMetrics[metric], space), rows, members);
  const auto from = cost_from(options, metric, space);
  if (!from) return std::nullopt;
  return transfer_cost(from->cost, rows, members);
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
  if (options.from) check_from(*options.from, cost_from(options, 0, space), space, members);
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
    const auto fit = fitted_cost(space, options, metric, rows, plan);
    if (!fit) continue;
    model.metrics.push_back({.index = metric,
                             .source = {.metric = kMetrics[metric],
                                        .unit = kUnits[metric],
                                        .cost = fit->cost,
                                        .error_quantiles = fit->error_quantiles},
                             .fit = *fit});
  }
  return model;
}

}  // namespace lts::predictor
