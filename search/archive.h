#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "predictor/objective.h"
#include "search/front/pareto.h"
#include "space/search_space.h"

namespace lts::search {

/// An architecture proposed for evaluation, and where it came from.
struct Candidate {
  space::Genome genome;
  space::Architecture architecture;
  std::string archid;     ///< by the run's `ids`
  std::string parent{};   ///< archid of the mutated parent, or empty
  std::string parents{};  ///< "archid,archid" of the crossed parents, or empty
  int iteration = 0;      ///< from 0, as in the reference's search_state.csv
};

enum class Status {
  kOk,
  kInfeasible,  ///< measured, outside a constraint
  kFailed,      ///< has no value; see `failure`
};

std::string status_name(Status status);
/// The inverse; any other name is kOk.
Status status_named(std::string_view name);

/// A candidate and what was found out about it.
struct Evaluation {
  Candidate candidate;
  Status status = Status::kOk;
  std::vector<predictor::Measurement> values{};  ///< one per objective; empty when failed
  predictor::Failure failure{};
  double elapsed_s = 0;  ///< since the run began
};

/// Everything evaluated so far, in order, and the Pareto front of it. Only Status::kOk points are
/// on the front.
class Archive {
 public:
  Archive(std::vector<predictor::Objective> objectives, Ties ties)
      : objectives_(std::move(objectives)), ties_(ties) {}

  void add(Evaluation evaluation);

  const std::vector<Evaluation>& evaluations() const { return evaluations_; }
  const std::vector<predictor::Objective>& objectives() const { return objectives_; }
  bool seen(const std::string& archid) const { return seen_.contains(archid); }

  /// Indices into evaluations() of those of Status::kOk, in order, and their losses, one a value.
  const std::vector<std::size_t>& ok() const { return ok_; }
  std::span<const Point> ok_points() const { return points_; }

  /// The losses of the front's members, in the order of front().
  std::vector<Point> front_points() const;

  /// Indices into evaluations() in the reference's order: lexicographic in losses, so with a
  /// maximised first objective its largest value first. Recomputed when something was added.
  const std::vector<std::size_t>& front() const;

 private:
  std::vector<predictor::Objective> objectives_;
  Ties ties_;
  std::vector<Evaluation> evaluations_;
  std::unordered_set<std::string> seen_;
  std::vector<std::size_t> ok_;
  std::vector<Point> points_;
  mutable std::vector<std::size_t> front_;
  mutable bool front_current_ = true;
};

}  // namespace lts::search
