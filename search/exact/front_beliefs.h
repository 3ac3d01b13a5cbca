#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "predictor/latency_model/cost_posterior.h"
#include "search/archive.h"
#include "search/member_table.h"

namespace lts::search {

/// What the readings of a run leave open about the front of all members of a space: the free
/// objectives of each are known, its one measured objective is believed as a CostPosterior says.
class FrontBeliefs {
 public:
  /// One way in which things may truly be.
  struct Truth {
    std::vector<double> values;      ///< of the measured objective, by member
    std::vector<std::size_t> front;  ///< members, ascending
  };

  /// What all beliefs of a run share: a base cost, fitted on the archive's first iteration, and how
  /// the members differ by it. Null where that iteration has fewer than kLeastReadings, or no base
  /// is positive for all members. Precondition: exactly one objective is measured.
  static std::shared_ptr<const predictor::CostFeatures> features(const space::SearchSpace& space,
                                                                 const MemberTable& members,
                                                                 const Archive& archive);
  /// Nothing without features or with fewer than kLeastReadings. `members` and `archive` are kept
  /// by reference.
  static std::optional<FrontBeliefs> form(std::shared_ptr<const predictor::CostFeatures> features,
                                          const MemberTable& members, const Archive& archive);

  /// The truth of this number; the same number, the same truth. Thread-safe.
  Truth truth(std::uint64_t number) const;

  const predictor::CostPosterior& posterior() const { return posterior_; }
  /// Positions of the measured members among all, ascending, with their readings.
  const std::map<std::size_t, double>& readings() const { return readings_; }
  /// Members of the run's own front.
  std::span<const std::size_t> found() const { return found_; }
  std::size_t axis() const { return axis_; }  ///< of the measured objective
  const std::vector<predictor::Objective>& objectives() const { return archive_->objectives(); }
  const predictor::Objective& objective() const { return objectives()[axis_]; }
  const MemberTable& members() const { return *members_; }
  /// The losses of some members where the measured objective has these values.
  std::vector<Point> points(std::span<const std::size_t> of,
                            const std::vector<double>& values) const;

 private:
  FrontBeliefs(const MemberTable& members, const Archive& archive, std::size_t axis,
               std::map<std::size_t, double> readings, std::vector<std::size_t> found,
               predictor::CostPosterior posterior);

  const MemberTable* members_;
  const Archive* archive_;
  std::size_t axis_;
  std::map<std::size_t, double> readings_;
  std::vector<std::size_t> found_;
  predictor::CostPosterior posterior_;
};

/// The fewest measured members from which beliefs are formed.
inline constexpr std::size_t kLeastReadings = 10;

/// Which objective is measured. Precondition: one of them is.
std::size_t measured_axis(std::span<const predictor::Objective> objectives);

}  // namespace lts::search
