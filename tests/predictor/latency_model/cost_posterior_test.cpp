// Readings made from a known truth: a cost, a width that is slow, a pair of genes that is fast, and
// noise. What comes back?

#include "predictor/latency_model/cost_posterior.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "core/yaml.h"
#include "predictor/latency_model/measuring_plan.h"
#include "space/space_config.h"

namespace lts::predictor {
namespace {

constexpr double kNoise = 0.015;

const LayerCost kBase = {.per_layer = {{.factors = {"d_model", "d_model"}, .coefficient = 4e-9},
                                       {.factors = {"d_model", "d_inner"}, .coefficient = 2e-9}},
                         .per_model = {{.factors = {"d_model"}, .coefficient = 1e-6}},
                         .constant = 1e-4};

double truth(const space::Architecture& a) {
  double out = 1.1 * kBase.value(a);
  if (a.scalar("d_model") == 512) out *= 1.05;
  if (a.scalar("n_head") == 2 && a.n_layer() == 10) out *= 0.96;
  return out;
}

/// Normal to the eye: a sum of twelve.
double normal(Rng& rng) {
  double out = -6;
  for (int i = 0; i < 12; ++i) out += rng.random();
  return out;
}

/// In how many of the members the middle 90 % of what is drawn holds the truth.
double share_inside(const CostPosterior& posterior, const std::vector<double>& truths) {
  std::vector<std::vector<double>> draws;
  for (std::uint64_t d = 0; d < 200; ++d) {
    Rng rng(d);
    draws.push_back(posterior.draw(rng));
  }
  double inside = 0;
  for (std::size_t m = 0; m < truths.size(); ++m) {
    std::vector<double> values;
    for (const auto& draw : draws) values.push_back(draw[m]);
    inside += quantile(values, 0.05) <= truths[m] && truths[m] <= quantile(values, 0.95);
  }
  return inside / static_cast<double>(truths.size());
}

class CostPosteriorTest : public ::testing::Test {
 protected:
  CostPosteriorTest() {
    Rng rng(7);
    for (const std::size_t member : rng.sample_indices(members_.size(), 150)) {
      readings_.push_back({member, truth(members_[member]) * std::exp(kNoise * normal(rng))});
    }
  }

  space::SearchSpace space_ = space::read_space(parse_yaml("{}", "test"));
  std::vector<space::Architecture> members_ = space_members(space_);
  std::shared_ptr<const CostFeatures> features_ =
      std::make_shared<CostFeatures>(space_, kBase, members_);
  std::vector<CostPosterior::Reading> readings_;
};

TEST_F(CostPosteriorTest, FindsTheTruthBehindTheNoise) {
  const CostPosterior posterior(features_, readings_);
  double error = 0;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    error += std::abs(posterior.expected()[m] / truth(members_[m]) - 1);
  }
  EXPECT_LT(error / static_cast<double>(members_.size()), 0.6 * kNoise);
  EXPECT_NEAR(posterior.noise(), kNoise, 0.005);
}

TEST_F(CostPosteriorTest, IntervalsOfItsDrawsHoldTheTruth) {
  std::vector<double> truths;
  for (const auto& member : members_) truths.push_back(truth(member));
  const double share = share_inside(CostPosterior(features_, readings_), truths);
  EXPECT_GT(share, 0.8);
  EXPECT_LT(share, 0.995);
}

TEST_F(CostPosteriorTest, IntervalsHoldMembersThatAreOffByThemselves) {
  Rng rng(11);
  std::vector<double> truths;
  for (const auto& member : members_) {
    truths.push_back(truth(member) * std::exp(0.01 * normal(rng)));
  }
  readings_.clear();  // so many that genes and pairs are known better than a member itself is
  for (const std::size_t member : rng.sample_indices(members_.size(), 300)) {
    readings_.push_back({member, truths[member] * std::exp(0.01 * normal(rng))});
  }
  const double share = share_inside(CostPosterior(features_, readings_), truths);
  EXPECT_NEAR(share, 0.9, 0.04);
}

TEST_F(CostPosteriorTest, AReadingFarOutHardlyCounts) {
  const CostPosterior before(features_, readings_);
  readings_[0].value *= 3;
  const CostPosterior after(features_, readings_);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    EXPECT_NEAR(after.expected()[m] / before.expected()[m], 1, 0.04);
  }
}

TEST_F(CostPosteriorTest, TheSameSeedGivesTheSameDraw) {
  const CostPosterior posterior(features_, readings_);
  Rng a(5), b(5), c(6);
  const auto first = posterior.draw(a);
  EXPECT_EQ(first, posterior.draw(b));
  EXPECT_NE(first, posterior.draw(c));
}

}  // namespace
}  // namespace lts::predictor
