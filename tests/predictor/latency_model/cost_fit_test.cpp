#include "predictor/latency_model/cost_fit.h"

#include <gtest/gtest.h>

#include <functional>

#include "predictor/latency_model/measuring_plan.h"
#include "tests/predictor/latency_model/laws.h"

namespace lts::predictor {
namespace {

using space::Architecture;
using Law = std::function<double(const Architecture&)>;

std::vector<CostRow> rows_of(const MeasuringPlan& plan, const Law& law) {
  std::vector<CostRow> rows;
  for (const Planned& planned : plan.planned()) {
    rows.push_back({planned.architecture, law(planned.architecture), planned.held_out});
  }
  return rows;
}

const MeasuringPlan& plan_of_60() {
  static const auto plan = MeasuringPlan::for_space(small_space(), 192, 60);
  return plan;
}

FittedCost fit(const std::vector<CostRow>& rows) {
  return fit_cost(model_forms("latency.median_s", small_space()), rows, plan_of_60().members());
}

Law noisy(const Law& law, double sigma, Rng& rng) {
  return [&rng, law, sigma](const Architecture& a) { return law(a) * (1 + sigma * normal(rng)); };
}

TEST(CostFit, RecoversALawInTheSpanOfItsTerms) {
  const FittedCost fitted = fit(rows_of(plan_of_60(), law_s));
  for (const Architecture& member : plan_of_60().members()) {
    EXPECT_NEAR(fitted.cost.value(member) / law_s(member), 1, 1e-3);
  }
  EXPECT_EQ(fitted.form, "products");
  EXPECT_LT(fitted.holdout.mape, 1e-3);
  EXPECT_EQ(fitted.holdout.within_5, 1);
  EXPECT_EQ(fitted.holdout.n, 12);
}

// A width that the products do not explain: all of d_model 256 is slower by 10 %.
TEST(CostFit, FindsAWidthThatIsSlow) {
  const Law law = [](const Architecture& a) {
    return law_s(a) * (a.scalar("d_model") == 256 ? 1.1 : 1.0);
  };
  Rng rng(3);
  const auto rows = rows_of(plan_of_60(), noisy(law, 0.01, rng));
  const FittedCost fitted = fit(rows);
  EXPECT_EQ(fitted.form, "products, tables of widths");
  double products = 0, tables = 0;
  const std::vector<ModelForm> forms = model_forms("latency.median_s", small_space());
  const FittedCost plain = fit_cost(std::span(forms).first(1), rows, plan_of_60().members());
  for (const Architecture& member : plan_of_60().members()) {
    products += std::abs(plain.cost.value(member) / law(member) - 1);
    tables += std::abs(fitted.cost.value(member) / law(member) - 1);
  }
  EXPECT_LT(tables, 0.7 * products);
}

TEST(CostFit, NeverFitsOnWhatIsHeldOut) {
  Rng rng(1);
  std::vector<CostRow> rows = rows_of(plan_of_60(), noisy(law_s, 0.02, rng));
  const FittedCost before = fit(rows);
  for (CostRow& row : rows) row.value *= row.held_out ? 3 : 1;
  const FittedCost after = fit(rows);
  EXPECT_EQ(layer_cost_json(before.cost), layer_cost_json(after.cost));
  EXPECT_EQ(before.error_quantiles, after.error_quantiles);
  EXPECT_EQ(before.cross_validated_mape, after.cross_validated_mape);
  EXPECT_LT(before.holdout.mape, 0.05);
  EXPECT_GT(after.holdout.mape, 0.6);
}

/// Share of members whose new measurement lies in the interval, over several fits.
double coverage(double sigma, int fits) {
  Rng rng(5);
  double inside = 0;
  for (int f = 0; f < fits; ++f) {
    const FittedCost fitted = fit(rows_of(plan_of_60(), noisy(law_s, sigma, rng)));
    for (const Architecture& member : plan_of_60().members()) {
      const double predicted = fitted.cost.value(member);
      const double measured = law_s(member) * (1 + sigma * normal(rng));
      const double error = std::abs(measured / predicted - 1);
      inside += error <= fitted.error_quantiles.at(kIntervalLevel);
    }
  }
  return inside / (fits * static_cast<double>(plan_of_60().members().size()));
}

TEST(CostFit, NinetyPercentIntervalsHoldNinetyPercentOfNewMeasurements) {
  const double share = coverage(0.03, 8);
  EXPECT_GE(share, 0.83);
  EXPECT_LE(share, 0.97);
}

// A row is the median of two readings and errs less than either: the interval is for one reading.
TEST(CostFit, IntervalsAreForOneReadingWhereRowsAreMediansOfTwo) {
  constexpr double kSigma = 0.03;
  Rng rng(6);
  const Law reading = noisy(law_s, kSigma, rng);
  double inside = 0, held_out = 0;
  constexpr int kFits = 8;
  for (int f = 0; f < kFits; ++f) {
    std::vector<CostRow> rows = rows_of(plan_of_60(), law_s);
    for (CostRow& row : rows) {
      row.readings = {reading(row.architecture), reading(row.architecture)};
      row.value = (row.readings[0] + row.readings[1]) / 2;
    }
    const FittedCost fitted = fit(rows);
    held_out += fitted.holdout.interval_coverage / kFits;
    for (const Architecture& member : plan_of_60().members()) {
      const double error = std::abs(reading(member) / fitted.cost.value(member) - 1);
      inside += error <= fitted.error_quantiles.at(kIntervalLevel);
    }
  }
  const double share = inside / (kFits * static_cast<double>(plan_of_60().members().size()));
  EXPECT_GE(share, 0.85);
  EXPECT_LE(share, 0.95);
  EXPECT_NEAR(held_out, share, 0.08);
}

TEST(CostFit, QuantilesGrowWithTheirLevel) {
  Rng rng(2);
  const FittedCost fitted = fit(rows_of(plan_of_60(), noisy(law_s, 0.03, rng)));
  double before = 0;
  for (const double level : kErrorLevels) {
    EXPECT_GE(fitted.error_quantiles.at(level), before);
    before = fitted.error_quantiles.at(level);
  }
  EXPECT_GT(before, 0.03);
}

// Predicted 1, 2, 4 for measured 1, 2.1, 5: errors 0, 0.0476, 0.2; of the prediction 0, 0.05, 0.25.
TEST(CostFit, HoldoutErrorsAreThoseOfTheHeldOutRows) {
  const LayerCost cost = {.per_model = {{{"n_layer"}, 1}}};
  const auto member = [](int n_layer) {
    return Architecture(space::family_named("gpt2"), {n_layer, 64, 64, 2, 100, 256});
  };
  const std::vector<CostRow> rows = {
      {member(1), 1, true}, {member(2), 2.1, true}, {member(4), 5, true}, {member(8), 99, false}};
  const HoldoutErrors errors = holdout_errors(cost, rows, 0.1);
  EXPECT_EQ(errors.n, 3);
  EXPECT_NEAR(errors.mape, (0 + 0.1 / 2.1 + 0.2) / 3, 1e-12);
  EXPECT_NEAR(errors.within_5, 2.0 / 3, 1e-12);
  EXPECT_NEAR(errors.within_10, 2.0 / 3, 1e-12);
  EXPECT_NEAR(errors.interval_coverage, 2.0 / 3, 1e-12);
  EXPECT_NEAR(errors.worst, 0.2, 1e-12);
  EXPECT_EQ(errors.worst_archid, space::archid(member(4)));
  EXPECT_EQ(holdout_errors(cost, {}, 0.1).n, 0);
}

double transfer_mape(double sigma, std::uint64_t seed) {
  Rng rng(seed);
  const FittedCost old = fit(rows_of(plan_of_60(), noisy(law_s, sigma, rng)));
  const auto plan = MeasuringPlan::for_transfer(small_space(), old.cost, 10);
  const FittedCost adapted =
      transfer_cost(old.cost, rows_of(plan, noisy(other_law_s, sigma, rng)), plan.members());
  double sum = 0;
  for (const Architecture& member : plan.members()) {
    sum += std::abs(adapted.cost.value(member) / other_law_s(member) - 1);
  }
  return sum / static_cast<double>(plan.members().size());
}

TEST(CostFit, AnotherDeviceIsLearntFromEightMeasurements) {
  EXPECT_LT(transfer_mape(0, 1), 0.02);
  EXPECT_LT(transfer_mape(0.02, 2), 0.05);
  EXPECT_LT(transfer_mape(0.02, 3), 0.05);
}

// Five on the same law, only all of it twice as slow: the factors follow, the terms stay.
TEST(CostFit, ATransferScalesWhatIsOnlySlower) {
  const FittedCost old = fit(rows_of(plan_of_60(), law_s));
  const auto plan = MeasuringPlan::for_transfer(small_space(), old.cost, 5);
  const FittedCost adapted = transfer_cost(
      old.cost, rows_of(plan, [](const Architecture& a) { return 2 * law_s(a); }), plan.members());
  for (const Architecture& member : plan.members()) {
    EXPECT_NEAR(adapted.cost.value(member) / law_s(member), 2, 0.02);
  }
}

}  // namespace
}  // namespace lts::predictor
