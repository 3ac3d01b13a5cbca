#include "predictor/latency_model/cost_posterior.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>

#include "core/error.h"
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
/// Draws take turns among so many sets of components, each as often as it is probable.
constexpr std::size_t kTurns = 8;

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
      out.choices(a, b) =
          static_cast<double>(in_common(features.choices_of(first), features.choices_of(second)));
      out.pairs(a, b) =
          static_cast<double>(in_common(features.pairs_of(first), features.pairs_of(second)));
    }
  }
  out.shares = kShareSpread * kShareSpread * shares * shares.transpose();
  return out;
}

}  // namespace

/// Coefficients in one vector (the terms' shares, the choices, the pairs), believed under one set
/// of components, and members' own effects.
struct Belief {
  VectorXd mean;
  MatrixXd half;  ///< mean + half * normals is a draw
  double own;     ///< spread of the own effects
  VectorXd
      told;  ///< by reading: the share of what the coefficients leave that is expected to be own
};

/// A member's own effect, given its coefficients' sum.
struct OwnEffect {
  double mean = 0, spread = 0;
};

struct CostPosterior::Effects {
  std::shared_ptr<const CostFeatures> shared;
  std::map<std::size_t, Index> reading_of{};  ///< by member, of those that were read
  VectorXd deviations{};                      ///< by reading: log(reading / base)
  double noise = 0;
  std::vector<Belief> beliefs{};  ///< kTurns, each as probable as any other

  const CostFeatures& features() const { return *shared; }
  std::size_t members() const { return static_cast<std::size_t>(features().base().size()); }
  double base(std::size_t member) const { return features().base()[static_cast<Index>(member)]; }
  Index first_choice() const { return features().shares().cols(); }
  Index first_pair() const { return first_choice() + features().num_choices(); }
  Index size() const { return first_pair() + features().num_pairs(); }

  /// The product of a member's features and coefficients.
  double deviation(std::size_t member, const VectorXd& coefficients) const {
    double sum =
        features().shares().row(static_cast<Index>(member)).dot(coefficients.head(first_choice()));
    for (const Index c : features().choices_of(member)) sum += coefficients[first_choice() + c];
    for (const Index p : features().pairs_of(member)) sum += coefficients[first_pair() + p];
    return sum;
  }

  OwnEffect own_effect(const Belief& belief, std::size_t member, double deviation) const {
    const auto reading = reading_of.find(member);
    if (reading == reading_of.end()) return {.mean = 0, .spread = belief.own};
    const double told = belief.told[reading->second];
    return {.mean = told * (deviations[reading->second] - deviation),
            .spread = belief.own * std::sqrt(1 - told)};
  }

  /// The readings' features.
  MatrixXd rows(std::span<const Reading> readings) const {
    MatrixXd out = MatrixXd::Zero(static_cast<Index>(readings.size()), size());
    for (Index r = 0; r < out.rows(); ++r) {
      const std::size_t member = readings[static_cast<std::size_t>(r)].member;
      out.row(r).head(first_choice()) = features().shares().row(static_cast<Index>(member));
      for (const Index c : features().choices_of(member)) out(r, first_choice() + c) = 1;
      for (const Index p : features().pairs_of(member)) out(r, first_pair() + p) = 1;
    }
    return out;
  }

  VectorXd prior_precision(const VarianceComponents& components) const {
    VectorXd out(size());
    out.head(first_choice()).setConstant(1 / (kShareSpread * kShareSpread));
    out.segment(first_choice(), features().num_choices())
        .setConstant(1 / (components.choice * components.choice));
    out.tail(features().num_pairs()).setConstant(1 / (components.pair * components.pair));
    return out;
  }

  Belief believe(const MatrixXd& rows, const VectorXd& noise_factor,
                 const VarianceComponents& components) const {
    const double variance = components.noise * components.noise;
    const double own = std::min(kOwnSpread * kOwnSpread, variance / 2);
    const VectorXd weight = (variance * noise_factor).cwiseInverse();
    const MatrixXd weighted = weight.asDiagonal() * rows;
    MatrixXd precision = rows.transpose() * weighted;
    precision.diagonal() += prior_precision(components);
    const Eigen::LLT<MatrixXd> factor(precision);
    LTS_ASSERT(factor.info() == Eigen::Success);
    return {.mean = factor.solve(weighted.transpose() * deviations),
            .half = factor.matrixU().solve(MatrixXd::Identity(size(), size())),
            .own = std::sqrt(own),
            .told = own * weight};
  }
};

namespace {

/// The components of each turn: where the weights laid end to end reach the middle of its part.
std::vector<VarianceComponents> turns_of(const std::vector<ProbableComponents>& probable) {
  std::vector<VarianceComponents> out;
  double reached = 0;
  for (const ProbableComponents& one : probable) {
    reached += one.weight;
    while (out.size() < kTurns &&
           reached > (static_cast<double>(out.size()) + 0.5) / static_cast<double>(kTurns)) {
      out.push_back(one.components);
    }
  }
  while (out.size() < kTurns) out.push_back(probable.back().components);
  return out;
}

}  // namespace

CostPosterior::CostPosterior(std::shared_ptr<const CostFeatures> features,
                             std::span<const Reading> readings)
    : effects_(new Effects{.shared = std::move(features)}) {
  LTS_ASSERT(readings.size() >= 2);
  effects_->deviations.resize(static_cast<Index>(readings.size()));
  for (std::size_t r = 0; r < readings.size(); ++r) {
    const Reading& reading = readings[r];
    LTS_ASSERT(reading.value > 0);
    const bool is_new = effects_->reading_of.emplace(reading.member, static_cast<Index>(r)).second;
    LTS_ASSERT(is_new);
    effects_->deviations[static_cast<Index>(r)] =
        std::log(reading.value / effects_->base(reading.member));
  }
  believe(readings);
  for (std::size_t m = 0; m < effects_->members(); ++m) {
    double deviation = 0;
    for (const Belief& belief : effects_->beliefs) {
      const double explained = effects_->deviation(m, belief.mean);
      deviation += (explained + effects_->own_effect(belief, m, explained).mean) /
                   static_cast<double>(kTurns);
    }
    expected_.push_back(effects_->base(m) * std::exp(deviation));
  }
}

void CostPosterior::believe(std::span<const Reading> readings) {
  const VectorXd& deviations = effects_->deviations;
  const Likeness likeness = likeness_of(effects_->features(), readings);
  const VectorXd even = VectorXd::Ones(deviations.size());
  VarianceComponents likeliest = fit_components(likeness, deviations, even);
  const VectorXd distance = left_out_distances(likeness, deviations, even, likeliest).cwiseAbs();
  const VectorXd noise_factor = (distance / kFarOut).cwiseMax(1.0).cwiseAbs2();
  if (noise_factor.maxCoeff() > 1) {
    likeliest = fit_components(likeness, deviations, noise_factor);
  }
  effects_->noise = likeliest.noise;
  const MatrixXd rows = effects_->rows(readings);
  for (const VarianceComponents& components :
       turns_of(probable_components(likeness, deviations, noise_factor, likeliest))) {
    effects_->beliefs.push_back(effects_->believe(rows, noise_factor, components));
  }
}

CostPosterior::~CostPosterior() = default;
CostPosterior::CostPosterior(CostPosterior&&) noexcept = default;

std::vector<double> CostPosterior::draw(Rng& rng) const {
  const Belief& belief = effects_->beliefs[rng.below(static_cast<std::uint32_t>(kTurns))];
  VectorXd normals(effects_->size());
  for (double& value : normals) value = normal(rng);
  const VectorXd deviations = belief.half.triangularView<Eigen::Upper>() * normals;
  const VectorXd coefficients = belief.mean + deviations;
  std::vector<double> out(effects_->members());
  for (std::size_t m = 0; m < out.size(); ++m) {
    const double explained = effects_->deviation(m, coefficients);
    const OwnEffect own = effects_->own_effect(belief, m, explained);
    out[m] = effects_->base(m) * std::exp(explained + own.mean + own.spread * normal(rng));
  }
  return out;
}

double CostPosterior::noise() const { return effects_->noise; }

}  // namespace lts::predictor
