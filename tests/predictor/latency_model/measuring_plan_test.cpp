#include "predictor/latency_model/measuring_plan.h"

#include <gtest/gtest.h>
#include <Eigen/LU>

#include <algorithm>
#include <set>

#include "predictor/latency_model/model_forms.h"
#include "tests/predictor/latency_model/laws.h"

namespace lts::predictor {
namespace {

using space::Architecture;

std::vector<Architecture> architectures(const MeasuringPlan& plan, bool held_out) {
  std::vector<Architecture> out;
  for (const Planned& planned : plan.planned()) {
    if (planned.held_out == held_out) out.push_back(planned.architecture);
  }
  return out;
}

// One feature: a row of 3 tells most, then the other 3; one of 2 tells more than one of 1.
TEST(Design, TakesTheRowsThatTellMost) {
  const Eigen::MatrixXd pool = (Eigen::MatrixXd(4, 1) << 3, 1, 2, 3).finished();
  Design design(pool, Eigen::VectorXd::Constant(1, 0.01));
  EXPECT_EQ(design.next(), 0U);
  EXPECT_EQ(design.next(), 3U);
  EXPECT_EQ(design.next(), 2U);
  EXPECT_EQ(design.next(), 1U);
  EXPECT_EQ(design.next(), std::nullopt);
}

TEST(Design, ForgetsARowThatIsExcluded) {
  const Eigen::MatrixXd pool = (Eigen::MatrixXd(3, 2) << 3, 0, 2, 0, 0, 1).finished();
  Design design(pool, Eigen::VectorXd::Constant(2, 0.01));
  EXPECT_EQ(design.next(), 0U);
  design.exclude(0);
  EXPECT_EQ(design.next(), 1U);  // the first feature is unknown again
  EXPECT_EQ(design.next(), 2U);
}

TEST(MeasuringPlan, HoldsAFifthOutAndNeverTwice) {
  for (const auto& [budget, held_out] : {std::pair{60, 12}, {20, 4}, {10, 2}, {5, 1}, {4, 1}}) {
    const auto plan = MeasuringPlan::for_space(small_space(), 192, budget);
    EXPECT_EQ(architectures(plan, true).size(), static_cast<std::size_t>(held_out));
    std::set<Architecture> all;
    for (const Planned& planned : plan.planned()) all.insert(planned.architecture);
    EXPECT_EQ(all.size(), static_cast<std::size_t>(budget));
  }
}

TEST(MeasuringPlan, IsTheSameEveryTime) {
  const auto first = MeasuringPlan::for_space(small_space(), 192, 30).planned();
  const auto second = MeasuringPlan::for_space(small_space(), 192, 30).planned();
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].architecture, second[i].architecture);
    EXPECT_EQ(first[i].held_out, second[i].held_out);
  }
}

TEST(MeasuringPlan, ASpaceOfTheBudgetsSizeIsMeasuredWhole) {
  const auto space = space::read_space(
      parse_yaml("{n_layer: [1, 2, 3], d_model: [64, 128], d_inner: 64, n_head: [2, 4]}", "s"));
  EXPECT_EQ(MeasuringPlan::for_space(space, 192, 60).planned().size(), 12U);
}

TEST(MeasuringPlan, FitsOnEveryValueOfThePublishedSpaceAndItsEnds) {
  const auto space = space::read_space(parse_yaml("{}", "published"));
  const auto plan = MeasuringPlan::for_space(space, 192, 60);
  const auto fitted = architectures(plan, false);
  for (const auto& range : space.ranges()) {
    std::set<std::int32_t> values;
    for (const Architecture& one : fitted) values.insert(one.scalar(range.gene));
    if (range.gene == "n_layer") {
      EXPECT_TRUE(values.contains(1) && values.contains(10));
    } else {
      EXPECT_EQ(values.size(), range.choices.size()) << range.gene;
    }
  }
  const auto member = [&](space::Genome genome) { return space.architecture(genome); };
  for (const auto& end : {member({1, 128, 128, 2}), member({10, 960, 960, 8})}) {
    EXPECT_TRUE(std::ranges::any_of(fitted, [&](const Architecture& one) {
      return one.family().counts(one).decoder_params() == end.family().counts(end).decoder_params();
    }));
  }
}

/// Mean variance of the products' predictions over the space after fitting on some members.
double mean_variance(const std::vector<Architecture>& fitted) {
  const space::SearchSpace space = small_space();
  const std::vector<Architecture> members = space_members(space);
  const ModelForm form = model_forms("latency.median_s", space).front();
  const auto relative = [&](const std::vector<Architecture>& some) {
    Eigen::MatrixXd values = term_values(form.terms, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      values.row(static_cast<Eigen::Index>(i)) /= nominal_cost(some[i], 192);
    }
    return values;
  };
  const Eigen::MatrixXd pool = relative(members), rows = relative(fitted);
  const Eigen::VectorXd scale = pool.colwise().norm().transpose().cwiseInverse();
  const Eigen::MatrixXd scaled = rows * scale.asDiagonal(), all = pool * scale.asDiagonal();
  Eigen::MatrixXd normal = scaled.transpose() * scaled;
  normal.diagonal().array() += 1e-12;
  return (all * normal.inverse()).cwiseProduct(all).rowwise().sum().mean();
}

TEST(MeasuringPlan, TellsMoreThanAsManyDrawnAtRandom) {
  const auto plan = MeasuringPlan::for_space(small_space(), 192, 30);
  const double chosen = mean_variance(architectures(plan, false));
  const std::vector<Architecture> members = space_members(small_space());
  Rng rng(7);
  for (int draw = 0; draw < 20; ++draw) {
    std::vector<Architecture> random;
    for (const std::size_t i : rng.sample_indices(members.size(), 24)) random.push_back(members[i]);
    EXPECT_LT(chosen, mean_variance(random));
  }
}

TEST(MeasuringPlan, ReplacesWhatFailsByWhatIsUnused) {
  auto plan = MeasuringPlan::for_space(small_space(), 192, 20);
  std::set<Architecture> seen;
  for (const Planned& planned : plan.planned()) seen.insert(planned.architecture);
  for (const Planned& planned : plan.planned()) {
    const auto other = plan.instead_of(planned);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->held_out, planned.held_out);
    EXPECT_TRUE(seen.insert(other->architecture).second);
  }
}

TEST(MeasuringPlan, EndsWhereNothingIsLeft) {
  const auto space = space::read_space(
      parse_yaml("{n_layer: [1, 2, 3], d_model: [64, 128], d_inner: 64, n_head: [2, 4]}", "s"));
  auto plan = MeasuringPlan::for_space(space, 192, 11);
  const std::vector<Planned> planned = plan.planned();
  EXPECT_TRUE(plan.instead_of(planned[0]));
  EXPECT_FALSE(plan.instead_of(planned[1]));
}

TEST(MeasuringPlan, ATransferIsPlannedOnTheOtherDevicesCost) {
  const LayerCost from = {.per_layer = {{{"d_model", "d_inner"}, 2e-9}, {{"n_head"}, 1e-6}},
                          .per_model = {{{"d_model"}, 1e-6}},
                          .constant = 1e-4};
  const auto plan = MeasuringPlan::for_transfer(small_space(), from, 10);
  EXPECT_EQ(architectures(plan, false).size(), 8U);
  EXPECT_EQ(architectures(plan, true).size(), 2U);
}

TEST(SpaceMembers, OfAVastSpaceAreDrawnOnceEach) {
  const auto vast = space::read_space(parse_yaml(
      "{d_model: {min: 64, max: 6400, step: 64}, d_inner: {min: 64, max: 6400, step: 64}}", "s"));
  const auto members = space_members(vast);
  EXPECT_GT(members.size(), 10'000U);
  EXPECT_EQ(std::set<Architecture>(members.begin(), members.end()).size(), members.size());
}

}  // namespace
}  // namespace lts::predictor
