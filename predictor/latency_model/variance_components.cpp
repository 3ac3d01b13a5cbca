#include "predictor/latency_model/variance_components.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace lts::predictor {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSteps = 12;
constexpr double kLeastSpread = 0.0005;  // 0.05 %; the steps end at 2.3 %, 0.05 % * sqrt(2)^11
constexpr double kLeastNoise = 0.002;    // 0.2 % to 9 %
constexpr int kMostSweeps = 10;
// Of the grid of probable components: 0.5 to 8 % in factors of 2, the noise within a factor of 2.
// Not less: what a few readings do not show is not thereby absent.
constexpr double kLeastEffect = 0.005, kMostEffect = 0.081;
constexpr int kNoiseSteps = 2;

double on_grid(double least, int step) { return least * std::pow(2.0, step / 2.0); }

MatrixXd covariance(const Likeness& likeness, const VectorXd& noise_factor,
                    const VarianceComponents& components) {
  MatrixXd out = likeness.shares + components.choice * components.choice * likeness.choices +
                 components.pair * components.pair * likeness.pairs;
  out.diagonal() += components.noise * components.noise * noise_factor;
  return out;
}

double log_likelihood(const Likeness& likeness, const VectorXd& deviations,
                      const VectorXd& noise_factor, const VarianceComponents& components) {
  const Eigen::LLT<MatrixXd> factor(covariance(likeness, noise_factor, components));
  if (factor.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
  const double half_log_determinant = factor.matrixLLT().diagonal().array().log().sum();
  return -deviations.dot(factor.solve(deviations)) / 2 - half_log_determinant;
}

}  // namespace

VarianceComponents fit_components(const Likeness& likeness, const VectorXd& deviations,
                                  const VectorXd& noise_factor) {
  VarianceComponents best{.choice = on_grid(kLeastSpread, kSteps / 2),
                          .pair = kLeastSpread,
                          .noise = on_grid(kLeastNoise, kSteps / 2)};
  double highest = log_likelihood(likeness, deviations, noise_factor, best);
  struct Axis {
    double VarianceComponents::*component;
    double least;
  };
  constexpr std::array kAxes = {Axis{&VarianceComponents::noise, kLeastNoise},
                                Axis{&VarianceComponents::choice, kLeastSpread},
                                Axis{&VarianceComponents::pair, kLeastSpread}};
  bool moved = true;
  for (int sweep = 0; moved && sweep < kMostSweeps; ++sweep) {
    moved = false;
    for (const Axis& axis : kAxes) {
      for (int step = 0; step < kSteps; ++step) {
        VarianceComponents tried = best;
        tried.*axis.component = on_grid(axis.least, step);
        const double likelihood = log_likelihood(likeness, deviations, noise_factor, tried);
        if (!(likelihood > highest)) continue;
        highest = likelihood;
        best = tried;
        moved = true;
      }
    }
  }
  return best;
}

std::vector<ProbableComponents> probable_components(const Likeness& likeness,
                                                    const VectorXd& deviations,
                                                    const VectorXd& noise_factor,
                                                    const VarianceComponents& likeliest) {
  std::vector<ProbableComponents> out;
  for (double choice = kLeastEffect; choice <= kMostEffect; choice *= 2) {
    for (double pair = kLeastEffect; pair <= kMostEffect; pair *= 2) {
      for (int step = -kNoiseSteps; step <= kNoiseSteps; ++step) {
        out.push_back(
            {.components = {
                 .choice = choice, .pair = pair, .noise = on_grid(likeliest.noise, step)}});
      }
    }
  }
  double highest = -std::numeric_limits<double>::infinity(), sum = 0;
  for (ProbableComponents& one : out) {
    one.weight = log_likelihood(likeness, deviations, noise_factor, one.components);
    highest = std::max(highest, one.weight);
  }
  for (ProbableComponents& one : out) sum += one.weight = std::exp(one.weight - highest);
  for (ProbableComponents& one : out) one.weight /= sum;
  return out;
}

VectorXd left_out_distances(const Likeness& likeness, const VectorXd& deviations,
                            const VectorXd& noise_factor, const VarianceComponents& components) {
  // Sundararajan and Keerthi, Predictive Approaches for Choosing Hyperparameters (2001), eq. 8.
  const Eigen::LLT<MatrixXd> factor(covariance(likeness, noise_factor, components));
  const MatrixXd inverse = factor.solve(MatrixXd::Identity(deviations.size(), deviations.size()));
  return (inverse * deviations).cwiseQuotient(inverse.diagonal().cwiseSqrt());
}

}  // namespace lts::predictor
