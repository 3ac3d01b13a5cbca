#include "search/exact/certificate.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "core/csv.h"
#include "core/text.h"
#include "search/bounds.h"
#include "search/front/regret.h"

namespace lts::search {
namespace {

// Possible truths: by the first kOrdering members are ordered, by the others it is checked how far
// down that order a statement about all of them holds. The numbers keep apart from those that
// choose what to measure.
constexpr std::size_t kOrdering = 1000, kChecking = 2000, kTruths = kOrdering + kChecking;
constexpr std::uint64_t kFirstNumber = std::uint64_t{1} << 63;
constexpr std::size_t kKeptValues = 400;  ///< truths from which members' own intervals come
constexpr std::array kConfidences = {0.90, 0.99};

struct Drawn {
  std::vector<std::vector<std::size_t>> fronts;
  std::vector<std::vector<double>> values;  ///< of the first kKeptValues
  std::vector<double> missing, shortfall;
};

Drawn draw(const FrontBeliefs& beliefs, const std::map<std::string, Bounds>& bounds) {
  const std::vector<predictor::Objective>& axes = beliefs.objectives();
  Drawn out{.fronts = std::vector<std::vector<std::size_t>>(kTruths),
            .values = std::vector<std::vector<double>>(kKeptValues),
            .missing = std::vector<double>(kTruths),
            .shortfall = std::vector<double>(kTruths)};
  tbb::parallel_for(std::size_t{0}, kTruths, [&](std::size_t t) {
    FrontBeliefs::Truth truth = beliefs.truth(kFirstNumber + t);
    const std::vector<Point> found = beliefs.points(beliefs.found(), truth.values);
    const std::vector<Point> exact = beliefs.points(truth.front, truth.values);
    const double whole = hypervolume(scaled_points(exact, axes, bounds));
    const double ours = hypervolume(scaled_points(found, axes, bounds));
    out.missing[t] = whole > 0 ? std::max(0.0, (whole - ours) / whole) : 0;
    out.shortfall[t] = shortfall_of(found, exact, beliefs.axis()).worst;
    out.fronts[t] = std::move(truth.front);
    if (t < kKeptValues) out.values[t] = std::move(truth.values);
  });
  return out;
}

/// The share of the ordering truths in which each member is on the front.
std::vector<double> frequencies(const Drawn& drawn, std::size_t members) {
  std::vector<double> out(members, 0);
  for (std::size_t t = 0; t < kOrdering; ++t) {
    for (const std::size_t member : drawn.fronts[t]) out[member] += 1.0 / kOrdering;
  }
  return out;
}

std::vector<std::size_t> ordered(const std::vector<double>& frequency, bool most_first) {
  std::vector<std::size_t> order(frequency.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, {}, [&](std::size_t m) { return most_first ? -frequency[m] : frequency[m]; });
  return order;
}

/// How many of the first members of `order` are all on the front (or all off it) in a share
/// 1 - doubt of the checking truths.
std::size_t holds_down_to(const Drawn& drawn, const std::vector<std::size_t>& order, bool on_front,
                          double doubt) {
  std::vector<std::size_t> depths;
  for (std::size_t t = kOrdering; t < kTruths; ++t) {
    std::vector<bool> is_on(order.size());
    for (const std::size_t member : drawn.fronts[t]) is_on[member] = true;
    const auto wrong =
        std::ranges::find_if(order, [&](std::size_t m) { return is_on[m] != on_front; });
    depths.push_back(static_cast<std::size_t>(wrong - order.begin()));
  }
  const auto allowed = static_cast<std::ptrdiff_t>(doubt * static_cast<double>(kChecking));
  std::ranges::nth_element(depths, depths.begin() + allowed);
  return depths[static_cast<std::size_t>(allowed)];
}

/// Half of the doubt for those on the front, half for those off it.
CertificateLevel level_of(double confidence, const Drawn& drawn,
                          const std::vector<double>& frequency) {
  CertificateLevel out{.confidence = confidence};
  out.verdicts.resize(frequency.size(), FrontVerdict::kPossible);
  const double doubt = (1 - confidence) / 2;
  const auto certain = ordered(frequency, true), excluded = ordered(frequency, false);
  out.certain = holds_down_to(drawn, certain, true, doubt);
  out.excluded = holds_down_to(drawn, excluded, false, doubt);
  for (std::size_t i = 0; i < out.certain; ++i) out.verdicts[certain[i]] = FrontVerdict::kCertain;
  for (std::size_t i = 0; i < out.excluded; ++i)
    out.verdicts[excluded[i]] = FrontVerdict::kExcluded;
  out.possible = frequency.size() - out.certain - out.excluded;
  out.hypervolume_missing = quantile(drawn.missing, confidence);
  out.shortfall = quantile(drawn.shortfall, confidence);
  return out;
}

std::vector<Interval> intervals_of(const Drawn& drawn, std::size_t members) {
  std::vector<Interval> out;
  std::vector<double> values(kKeptValues);
  for (std::size_t m = 0; m < members; ++m) {
    for (std::size_t t = 0; t < kKeptValues; ++t) values[t] = drawn.values[t][m];
    out.push_back({.low = quantile(values, 0.05), .high = quantile(values, 0.95)});
  }
  return out;
}

std::string_view verdict_name(FrontVerdict verdict) {
  switch (verdict) {
    case FrontVerdict::kCertain:
      return "certain";
    case FrontVerdict::kExcluded:
      return "excluded";
    case FrontVerdict::kPossible:
      break;
  }
  return "possible";
}

std::string level_column(const CertificateLevel& level) {
  return "at_" + std::to_string(std::lround(100 * level.confidence));
}

}  // namespace

Certificate certify(const FrontBeliefs& beliefs, const std::map<std::string, Bounds>& bounds) {
  const Drawn drawn = draw(beliefs, bounds);
  const std::size_t members = beliefs.members().size();
  std::vector<double> sizes;
  for (const auto& front : drawn.fronts) sizes.push_back(static_cast<double>(front.size()));
  Certificate out{.members = members,
                  .measured = beliefs.readings().size(),
                  .noise = beliefs.posterior().noise(),
                  .front_size = {.low = quantile(sizes, 0.05), .high = quantile(sizes, 0.95)},
                  .on_front = frequencies(drawn, members),
                  .expected = beliefs.posterior().expected(),
                  .interval_90 = intervals_of(drawn, members)};
  for (const double confidence : kConfidences) {
    out.levels.push_back(level_of(confidence, drawn, out.on_front));
  }
  return out;
}

nlohmann::ordered_json certificate_json(const Certificate& certificate) {
  nlohmann::ordered_json out = {
      {"members", certificate.members},
      {"measured", certificate.measured},
      {"reading_noise", certificate.noise},
      {"front_size_90", {certificate.front_size.low, certificate.front_size.high}},
      {"levels", nlohmann::ordered_json::array()}};
  for (const CertificateLevel& level : certificate.levels) {
    out["levels"].push_back({{"confidence", level.confidence},
                             {"certain", level.certain},
                             {"possible", level.possible},
                             {"excluded", level.excluded},
                             {"hypervolume_missing", level.hypervolume_missing},
                             {"shortfall", level.shortfall}});
  }
  return out;
}

std::string certificate_csv(const Certificate& certificate, const FrontBeliefs& beliefs) {
  const MemberTable& members = beliefs.members();
  const std::vector<predictor::Objective>& objectives = beliefs.objectives();
  const std::string measured = objectives[beliefs.axis()].name;
  std::vector<std::string> row = {"archid", "architecture"};
  for (const auto& objective : objectives) {
    if (objective.free()) row.push_back(objective.name);
  }
  for (const char* what : {"_expected", "_ci90_low", "_ci90_high", ""}) {
    row.push_back(measured + what);
  }
  row.emplace_back("on_front_probability");
  for (const CertificateLevel& level : certificate.levels) row.push_back(level_column(level));
  std::string out = csv_line(row);
  for (std::size_t m = 0; m < members.size(); ++m) {
    row = {space::archid(members.architectures[m]), space::summary(members.architectures[m])};
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      const double value = objectives[o].loss(members.losses[m][o]);  // its own inverse
      if (objectives[o].free()) row.push_back(python_repr(value));
    }
    row.push_back(python_repr(certificate.expected[m]));
    row.push_back(python_repr(certificate.interval_90[m].low));
    row.push_back(python_repr(certificate.interval_90[m].high));
    const auto reading = beliefs.readings().find(m);
    row.push_back(reading == beliefs.readings().end() ? "" : python_repr(reading->second));
    row.push_back(python_repr(certificate.on_front[m]));
    for (const CertificateLevel& level : certificate.levels) {
      row.emplace_back(verdict_name(level.verdicts[m]));
    }
    out += csv_line(row);
  }
  return out;
}

}  // namespace lts::search
