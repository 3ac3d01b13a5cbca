#pragma once

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
/// for each pair of choices of two genes + the member's own effect + noise, all normal (a
/// variance-components model; Searle, Casella and McCulloch, Variance Components, 1992). The sizes
/// of the effects are averaged over, by how probable the readings make them; readings far out count
/// less. One reading of a member does not tell its own effect from noise: kOwnSpread says how much
/// of what genes and pairs leave is the member's own, half of its variance at most.
class CostPosterior {
 public:
  struct Reading {
    std::size_t member = 0;  ///< position among the members
    double value = 0;        ///< positive
  };

  /// `features`: of all members, over a base that is roughly right. Precondition: two readings or
  /// more, no member twice.
  CostPosterior(std::shared_ptr<const CostFeatures> features, std::span<const Reading> readings);
  ~CostPosterior();
  CostPosterior(CostPosterior&&) noexcept;

  /// What each member's true cost is expected to be.
  const std::vector<double>& expected() const { return expected_; }
  /// Possible true costs of all members, drawn together.
  std::vector<double> draw(Rng& rng) const;
  /// Relative spread of one reading about what genes and pairs of genes explain.
  double noise() const;

 private:
  struct Effects;
  void believe(std::span<const Reading> readings);

  std::unique_ptr<Effects> effects_;
  std::vector<double> expected_;
};

/// Relative spread of members' own effects: what two readings, by two processes, of 200 members had
/// in common beside the effects of genes and pairs (experiments/exact/score.py).
inline constexpr double kOwnSpread = 0.011;

}  // namespace lts::predictor
