#include "cli/commands/search_knowledge.h"

#include <algorithm>

#include "core/text.h"
#include "search/exact/front_beliefs.h"
#include "search/run/run_regret.h"

namespace lts::cli {
namespace {

std::string percent(double share) { return short_number(100 * share, 3) + " %"; }

std::string with_unit(double value, const predictor::Objective& objective) {
  const std::string unit = objective.evaluator->unit();
  return short_number(value, 3) + (unit.empty() ? "" : " " + unit);
}

std::string regret_lines(const search::RunRegret& known,
                         const std::vector<predictor::Objective>& objectives) {
  const std::string among =
      known.members ? "the " + std::to_string(*known.members) + " members" : "the space";
  std::string out = "the exact front of " + among + " has " + std::to_string(known.exact_front) +
                    (known.members ? ": " : " points: ") + percent(known.regret.share_found) +
                    " of it found, " + percent(known.regret.hypervolume_missing) +
                    " of its hypervolume missing\n";
  for (std::size_t o = 0; o < known.regret.shortfall.size(); ++o) {
    const search::Shortfall& shortfall = known.regret.shortfall[o];
    out += "  " + objectives[o].name + ": at most " + with_unit(shortfall.worst, objectives[o]) +
           " worse than an exact member that is no better in the others";
    if (shortfall.unmatched > 0) {
      out += "; " + std::to_string(shortfall.unmatched) + " exact members are unmatched in those";
    }
    out += "\n";
  }
  return out;
}

std::string certificate_lines(const search::Certificate& certificate,
                              const predictor::Objective& measured) {
  std::string out = "of " + std::to_string(certificate.members) + " members " +
                    std::to_string(certificate.measured) + " were measured, readings scatter by " +
                    percent(certificate.noise) + "; the true front has " +
                    short_number(certificate.front_size.low) + " to " +
                    short_number(certificate.front_size.high) + " members (90 %)\n";
  for (const search::CertificateLevel& level : certificate.levels) {
    out += "  with " + percent(level.confidence) + " confidence: " + std::to_string(level.certain) +
           " certainly on it, " + std::to_string(level.possible) + " possibly, " +
           std::to_string(level.excluded) + " not; at most " + percent(level.hypervolume_missing) +
           " of its hypervolume missing here, at most " + with_unit(level.shortfall, measured) +
           " of " + measured.name + " to gain without losing in another\n";
  }
  return out;
}

}  // namespace

std::string knowledge_of_front(const search::SearchConfig& config,
                               const search::RunResult& result) {
  const auto& objectives = config.objectives;
  if (const auto regret = search::run_regret(config, result.archive, result.bounds)) {
    return regret_lines(*regret, objectives);
  }
  if (!result.certificate) return "";
  return certificate_lines(*result.certificate, objectives[search::measured_axis(objectives)]);
}

}  // namespace lts::cli
