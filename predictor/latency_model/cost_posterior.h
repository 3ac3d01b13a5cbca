#pragma once

#include <Eigen/Core>
#include <memory>
#include <span>
#include <vector>

#include "core/random.h"
#include "predictor/latency_model/cost_features.h"

namespace lts::predictor {

/// What some measurements leave open about the true costs of all members of a space, as one
/// distribution over all of them together: neighbours err alike, so much more can be said of which
/// of two is the slower than of either.
///
/// log(reading / base) = shares of the base's terms + one effect for each choice of each gene + one
/// for each pair of choices of two genes + noise, all normal (a variance-components model; Searle,
/// Casella and McCulloch, Variance Components, 1992). The sizes of the effects and of the noise are
/// averaged over, by how probable the readings make them; readings far out count less. Assumption:
/// what neither a gene nor a pair of genes explains is noise of the reading, not a property of one
/// member.
class CostPosterior {
 public:
  struct Reading {
    std::size_t member = 0;  ///< position among the members
    double value = 0;        ///< positive
  };

  /// `features`: of all members, over a base that is roughly right. Precondition: two readings or
  /// more.
  CostPosterior(std::shared_ptr<const CostFeatures> features, std::span<const Reading> readings);
  ~CostPosterior();
  CostPosterior(CostPosterior&&) noexcept;

  /// What each member's true cost is expected to be.
  const std::vector<double>& expected() const { return expected_; }
  /// Possible true costs of all members, drawn together.
  std::vector<double> draw(Rng& rng) const;
  /// Relative spread of one reading.
  double noise() const;

 private:
  struct Effects;
  void believe(std::span<const Reading> readings, const Eigen::VectorXd& deviations);

  std::unique_ptr<Effects> effects_;
  std::vector<double> expected_;
};

}  // namespace lts::predictor
