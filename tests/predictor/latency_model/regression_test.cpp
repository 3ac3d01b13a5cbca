#include "predictor/latency_model/regression.h"

#include <gtest/gtest.h>

#include "predictor/latency_model/calibration.h"

namespace lts::predictor {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

RegressionProblem problem(const MatrixXd& features, const VectorXd& target) {
  return {.features = features,
          .target = target,
          .nonnegative = std::vector<bool>(static_cast<std::size_t>(features.cols()), true),
          .prior = VectorXd::Zero(features.cols()),
          .strength = VectorXd::Constant(features.cols(), 1e-12)};
}

TEST(Regression, RecoversALawWithoutNoise) {
  MatrixXd features(5, 2);
  features << 1, 1, 1, 2, 1, 4, 1, 8, 1, 100;
  const VectorXd law = (VectorXd(2) << 3, 0.5).finished();
  const Regression fit = regress(problem(features, features * law));
  EXPECT_NEAR(fit.coefficients[0], 3, 1e-6);
  EXPECT_NEAR(fit.coefficients[1], 0.5, 1e-6);
}

// One constant c for targets 1 and 2: the least relative squares are at sum(1/y) / sum(1/y^2) =
// 6/5.
TEST(Regression, MinimisesTheRelativeError) {
  const Regression fit = regress(problem(MatrixXd::Ones(2, 1), (VectorXd(2) << 1, 2).finished()));
  EXPECT_NEAR(fit.coefficients[0], 1.2, 1e-9);
}

// Without the row 1 the constant is 2, without the row 2 it is 1.
TEST(Regression, LeavesEachRowOut) {
  const RegressionProblem two = problem(MatrixXd::Ones(2, 1), (VectorXd(2) << 1, 2).finished());
  const VectorXd left_out = left_out_residuals(two, regress(two));
  EXPECT_NEAR(left_out[0], 1.0 / 2 - 1, 1e-9);
  EXPECT_NEAR(left_out[1], 2.0 / 1 - 1, 1e-9);
}

// y = 4 x - 1 would need a negative constant; y / x is then nearest to 1 at the constant 0, where
// the slope c minimises sum (c x / y - 1)^2 over (1, 3) and (2, 7): c = (1/3 + 2/7) / (1/9 + 4/49).
TEST(Regression, KeepsCoefficientsFromBecomingNegative) {
  MatrixXd features(2, 2);
  features << 1, 1, 1, 2;
  const VectorXd target = (VectorXd(2) << 3, 7).finished();
  const Regression fit = regress(problem(features, target));
  EXPECT_EQ(fit.coefficients[0], 0);
  EXPECT_NEAR(fit.coefficients[1], (1.0 / 3 + 2.0 / 7) / (1.0 / 9 + 4.0 / 49), 1e-9);
  RegressionProblem free = problem(features, target);
  free.nonnegative = {false, false};
  EXPECT_NEAR(regress(free).coefficients[0], -1, 1e-6);
}

TEST(Regression, IsNotMovedMuchByOneWrongRow) {
  MatrixXd features(12, 2);
  VectorXd target(12);
  for (int i = 0; i < 12; ++i) {
    features.row(i) << 1, i + 1;
    target[i] = 2 + 3 * (i + 1) + (i % 2 == 0 ? 0.02 : -0.02);
  }
  target[6] *= 1.5;
  const Regression fit = regress(problem(features, target));
  EXPECT_NEAR(fit.coefficients[1], 3, 0.03);
  EXPECT_LT(fit.weights[6], 0.1);
}

TEST(Regression, IsDrawnToItsPriorWhereTheRowsSayNothing) {
  MatrixXd features(2, 2);
  features << 1, 0, 1, 0;
  RegressionProblem p = problem(features, VectorXd::Constant(2, 5.0));
  p.prior = (VectorXd(2) << 1, 7).finished();
  const Regression fit = regress(p);
  EXPECT_NEAR(fit.coefficients[0], 5, 1e-6);
  EXPECT_NEAR(fit.coefficients[1], 7, 1e-6);
}

TEST(Calibration, TakesTheConformalRank) {
  const std::vector<double> nine = {9, 1, 8, 2, 7, 3, 6, 4, 5};
  EXPECT_EQ(conformal_quantile(nine, 0.9), 9);  // ceil(10 * 0.9) = 9
  EXPECT_EQ(conformal_quantile(nine, 0.5), 5);
  EXPECT_EQ(conformal_quantile(nine, 0.99), 9);  // too few for the level: the greatest
}

// One constant fitted on n rows of 1: each has the leverage 1 / n, and so has a member. With rows
// 0.9 and 1.1 by turns the residuals of left out rows are about 0.1 n / (n - 1).
TEST(Calibration, BringsRowsAndMembersToOneSpread) {
  VectorXd target(20);
  for (int i = 0; i < 20; ++i) target[i] = i % 2 == 0 ? 0.999 : 1.001;
  const RegressionProblem p = problem(MatrixXd::Ones(20, 1), target);
  const Regression fit = regress(p);
  const std::vector<double> levels = {0.9};
  const std::vector<std::vector<double>> one_reading(20, {1.0});
  const auto quantiles = conformal_quantiles(fit, left_out_residuals(p, fit), one_reading, levels,
                                             MatrixXd::Ones(3, 1));
  const double h = 1.0 / 20;
  EXPECT_NEAR(quantiles.at(0.9), 0.001 / (1 - h) * std::sqrt(1 - h) * std::sqrt(1 + h), 5e-6);
}

}  // namespace
}  // namespace lts::predictor
