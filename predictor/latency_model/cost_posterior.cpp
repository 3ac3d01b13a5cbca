#include "predictor/latency_model/cost_posterior.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.h"
#include "predictor/latency_model/cost_features.h"
#include "predictor/latency_model/variance_components.h"

namespace lts::predictor {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// How far a term's coefficient may be off: wide enough that the readings alone decide.
constexpr double kShareSpread = 0.25;
/// Beyond so many spreads from what the others say of it a reading counts less.
constexpr double kFarOut = 3;
constexpr Index kLeastFreedom = 4;

double normal(Rng& rng) {
  // Box and Muller 1958; 1 - random() is never 0.
  const double radius = std::sqrt(-2 * std::log(1 - rng.random()));
  return radius * std::cos(2 * std::numbers::pi * rng.random());
}

std::size_t in_common(std::span<const Index> a, std::span<const Index> b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] == b[i];
  return count;
}

Likeness likeness_of(const CostFeatures& features,
                     std::span<const CostPosterior::Reading> readings) {
  const auto count = static_cast<Index>(readings.size());
  MatrixXd shares(count, features.shares().cols());
  Likeness out{.shares = {}, .choices = MatrixXd(count, count), .pairs = MatrixXd(count, count)};
  for (Index a = 0; a < count; ++a) {
    const std::size_t first = readings[static_cast<std::size_t>(a)].member;
    shares.row(a) = features.shares().row(static_cast<Index>(first));
    for (Index b = 0; b < count; ++b) {
      const std::size_t second = readings[static_cast<std::size_t>(b)].member;
      out.choices(a, b) = static_cast<double>(
          in_common(features.choices_of(first), features.choices_of(second)));
      out.pairs(a, b) =
          static_cast<double>(in_common(features.pairs_of(first), features.pairs_of(second)));
    }
  }
  out.shares = kShareSpread * kShareSpread * shares * shares.transpose();
  return out;
}

}  // namespace

/// All coefficients in one vector: the terms' shares, the choices, the pairs.
struct CostPosterior::Effects {
  CostFeatures features;
  VarianceComponents components;
  VectorXd noise_factor;
  VectorXd mean;
  MatrixXd half;  ///< spreads: mean + half * normals is a draw
  Index freedom = kLeastFreedom;

  Index first_choice() const { return features.shares().cols(); }
  Index first_pair() const { return first_choice() + features.num_choices(); }
  Index size() const { return first_pair() + features.num_pairs(); }

  /// The product of a member's features and coefficients.
  double deviation(std::size_t member, const VectorXd& coefficients) const {
    double sum = features.shares().row(static_cast<Index>(member)).dot(
        coefficients.head(first_choice()));
    for (const Index c : features.choices_of(member)) sum += coefficients[first_choice() + c];
    for (const Index p : features.pairs_of(member)) sum += coefficients[first_pair() + p];
    return sum;
  }

  VectorXd row(std::size_t member) const {
    VectorXd out = VectorXd::Zero(size());
    out.head(first_choice()) = features.shares().row(static_cast<Index>(member));
    for (const Index c : features.choices_of(member)) out[first_choice() + c] = 1;
    for (const Index p : features.pairs_of(member)) out[first_pair() + p] = 1;
    return out;
  }

  VectorXd prior_precision() const {
    VectorXd out(size());
    out.head(first_choice()).setConstant(1 / (kShareSpread * kShareSpread));
    out.segment(first_choice(), features.num_choices())
        .setConstant(1 / (components.choice * components.choice));
    out.tail(features.num_pairs()).setConstant(1 / (components.pair * components.pair));
    return out;
  }

  void fit_sizes(std::span<const Reading> readings, const VectorXd& deviations) {
    const Likeness likeness = likeness_of(features, readings);
    noise_factor = VectorXd::Ones(deviations.size());
    components = fit_components(likeness, deviations, noise_factor);
    const VectorXd distance =
        left_out_distances(likeness, deviations, noise_factor, components).cwiseAbs();
    noise_factor = (distance / kFarOut).cwiseMax(1.0).cwiseAbs2();
    if (noise_factor.maxCoeff() > 1) {
      components = fit_components(likeness, deviations, noise_factor);
    }
  }

  void solve(std::span<const Reading> readings, const VectorXd& deviations) {
    MatrixXd rows(deviations.size(), size());
    for (Index r = 0; r < rows.rows(); ++r) {
      rows.row(r) = row(readings[static_cast<std::size_t>(r)].member);
    }
    const VectorXd weight =
        (components.noise * components.noise * noise_factor).cwiseInverse();
    const MatrixXd weighted = weight.asDiagonal() * rows;
    MatrixXd precision = rows.transpose() * weighted;
    precision.diagonal() += prior_precision();
    const Eigen::LLT<MatrixXd> factor(precision);
    LTS_ASSERT(factor.info() == Eigen::Success);
    mean = factor.solve(weighted.transpose() * deviations);
    half = factor.matrixU().solve(MatrixXd::Identity(size(), size()));
    // Of the readings' degrees of freedom the effects take the trace of the hat matrix.
    const double taken = (rows * half).cwiseAbs2().rowwise().sum().dot(weight);
    freedom = std::max(kLeastFreedom, static_cast<Index>(
                                          static_cast<double>(deviations.size()) - taken));
  }
};

CostPosterior::CostPosterior(const space::SearchSpace& space, const LayerCost& base,
                             std::span<const space::Architecture> members,
                             std::span<const Reading> readings)
    : effects_(new Effects{.features = CostFeatures(space, base, members)}) {
  LTS_ASSERT(readings.size() >= 2);
  const VectorXd& of_base = effects_->features.base();
  VectorXd deviations(static_cast<Index>(readings.size()));
  for (Index r = 0; r < deviations.size(); ++r) {
    const Reading& reading = readings[static_cast<std::size_t>(r)];
    LTS_ASSERT(reading.value > 0);
    deviations[r] = std::log(reading.value / of_base[static_cast<Index>(reading.member)]);
  }
  effects_->fit_sizes(readings, deviations);
  effects_->solve(readings, deviations);
  base_.assign(of_base.begin(), of_base.end());
  for (std::size_t m = 0; m < members.size(); ++m) {
    expected_.push_back(base_[m] * std::exp(effects_->deviation(m, effects_->mean)));
  }
}

CostPosterior::~CostPosterior() = default;
CostPosterior::CostPosterior(CostPosterior&&) noexcept = default;

std::vector<double> CostPosterior::draw(Rng& rng) const {
  VectorXd normals(effects_->size());
  for (double& value : normals) value = normal(rng);
  double chi_squared = 0;
  for (Index f = 0; f < effects_->freedom; ++f) chi_squared += std::pow(normal(rng), 2);
  const double widen = std::sqrt(static_cast<double>(effects_->freedom) / chi_squared);
  const VectorXd coefficients =
      effects_->mean + widen * (effects_->half.triangularView<Eigen::Upper>() * normals);
  std::vector<double> out(base_.size());
  for (std::size_t m = 0; m < out.size(); ++m) {
    out[m] = base_[m] * std::exp(effects_->deviation(m, coefficients));
  }
  return out;
}

double CostPosterior::noise() const { return effects_->components.noise; }

}  // namespace lts::predictor
