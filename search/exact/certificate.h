#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "search/exact/front_beliefs.h"
#include "search/front/hypervolume.h"

namespace lts::search {

/// What a certificate says of one member.
enum class FrontVerdict { kPossible, kCertain, kExcluded };

/// What holds with one confidence, of all members together.
struct CertificateLevel {
  double confidence = 0;
  /// By member. That all kCertain are on the front and no kExcluded is, holds with `confidence`.
  std::vector<FrontVerdict> verdicts{};
  std::size_t certain = 0, possible = 0, excluded = 0;
  double hypervolume_missing = 0;  ///< of the run's front, at most
  /// By which a member of the true front is at most better in the measured objective than every
  /// member of the run's front that is as good in the others, in its unit.
  double shortfall = 0;
};

/// How well the front of a space is known from some measurements (docs/metrics.md).
struct Certificate {
  std::size_t members = 0, measured = 0;
  double noise = 0;                        ///< relative spread of one reading
  Interval front_size{};                   ///< of the true front, 90 %
  std::vector<double> on_front{};          ///< by member: how probable it is
  std::vector<double> expected{};          ///< by member: the measured objective
  std::vector<Interval> interval_90{};     ///< by member: of its true value, each on its own
  std::vector<CertificateLevel> levels{};  ///< 90 % and 99 %
};

/// A certificate, and what it says of each member as the text of a CSV file.
struct CertifiedFront {
  Certificate certificate;
  std::string csv{};
};

/// `bounds`: of the run, by objective, for the hypervolume. The same beliefs, the same certificate,
/// with any number of threads.
Certificate certify(const FrontBeliefs& beliefs, const std::map<std::string, Bounds>& bounds);

/// Everything but what it says of single members.
nlohmann::ordered_json certificate_json(const Certificate& certificate);
/// A row a member: archid, architecture, free objectives, the measured one as expected, with its
/// interval and reading, the probability to be on the front and the verdicts.
std::string certificate_csv(const Certificate& certificate, const FrontBeliefs& beliefs);

}  // namespace lts::search
