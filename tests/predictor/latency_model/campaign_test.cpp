#include "predictor/latency_model/campaign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "predictor/latency_model/campaign_records.h"
#include "tests/expect_error.h"
#include "tests/fakes/fake_profiler.h"
#include "tests/predictor/latency_model/laws.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using testing::FakeProfiler;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::vector<std::string> kMetrics = {"latency.median_s", "memory.peak_bytes"};

std::shared_ptr<FakeProfiler> lawful() {
  const auto profiler = std::make_shared<FakeProfiler>();
  profiler->latency_s = law_s;
  return profiler;
}

MeasuringPlan plan_of(int budget) { return MeasuringPlan::for_space(small_space(), 192, budget); }

/// Runs a plan of 20 and keeps its records.
struct Kept {
  std::vector<ordered_json> records;
  CampaignResult result;

  void run(const std::shared_ptr<FakeProfiler>& profiler, std::vector<ordered_json> saved = {}) {
    MeasuringPlan plan = plan_of(20);
    records = saved;
    result = measure_plan(plan, profiler, kMetrics,
                          {.saved = saved, .saved_in = {"m.rows"}, .save = [&](const auto& r) {
                             records.push_back(r);
                           }});
  }
};

ordered_json values(const CampaignResult& result) {
  ordered_json out;
  for (const MeasuredRow& row : result.rows) {
    out.push_back({space::archid(row.planned.architecture), row.planned.held_out,
                   row.readings.size(), row.value(0), row.value(1)});
  }
  for (const FailedRow& row : result.failed) out.push_back(row.reason);
  out.push_back(result.noise_floor);
  return out;
}

TEST(Campaign, MeasuresEveryArchitectureInBothHalves) {
  const auto profiler = lawful();
  Kept kept;
  kept.run(profiler);
  ASSERT_EQ(profiler->profiled.size(), 40U);
  std::map<std::string, std::vector<std::size_t>> when;
  for (std::size_t i = 0; i < 40; ++i) when[profiler->profiled[i]].push_back(i);
  EXPECT_EQ(when.size(), 20U);
  for (const auto& [archid, at] : when) {
    EXPECT_LT(at[0], 20U);
    EXPECT_GE(at[1], 20U);
  }
  EXPECT_EQ(kept.result.noise_floor, 0);
  EXPECT_EQ(kept.result.rows.front().value(0), law_s(kept.result.rows[0].planned.architecture));
  EXPECT_EQ(kept.result.hardware, ordered_json({{"fake", true}}));
}

// The second reading of each is 2 % above the first, so that they differ by 0.02 / 1.01.
TEST(Campaign, TheNoiseFloorIsTheDifferenceOfTheHalves) {
  const auto profiler = lawful();
  profiler->latency_s = [&](const auto& a) {
    return law_s(a) * (profiler->calls() > 20 ? 1.02 : 1.0);
  };
  Kept kept;
  kept.run(profiler);
  EXPECT_NEAR(kept.result.noise_floor, 0.02 / 1.01, 1e-12);
  EXPECT_EQ(profiler->calls(), 40U);
}

// Seven of the second half are half as slow again: the worst five (a quarter) are measured a third
// time, and the median of three is the undisturbed value.
TEST(Campaign, MeasuresAThirdTimeWhatDisagrees) {
  const auto profiler = lawful();
  profiler->latency_s = [&](const auto& a) {
    const bool disturbed = profiler->calls() > 20 && profiler->calls() <= 27;
    return law_s(a) * (disturbed ? 1.5 : 1.0);
  };
  Kept kept;
  kept.run(profiler);
  EXPECT_EQ(profiler->calls(), 45U);
  int undisturbed = 0;
  for (const MeasuredRow& row : kept.result.rows) {
    undisturbed += row.value(0) == law_s(row.planned.architecture);
  }
  EXPECT_EQ(undisturbed, 18);
}

TEST(Campaign, GoesOnAfterAnyInterruptionAsIfThereWereNone) {
  Kept whole;
  whole.run(lawful());
  for (std::size_t stop = 1; stop <= 40; stop += 3) {
    const auto profiler = lawful();
    profiler->before = [&](const auto&) {
      if (profiler->calls() == stop) throw Error(ErrorKind::kStopped, "device lost");
    };
    Kept kept;
    EXPECT_EQ(testing::error_message([&] { kept.run(profiler); }, ErrorKind::kStopped),
              "device lost");
    const auto again = lawful();
    const std::vector<ordered_json> saved = worth_keeping(kept.records);
    kept.run(again, saved);
    EXPECT_EQ(values(kept.result), values(whole.result));
    EXPECT_EQ(again->calls(), 40 - (stop - 1));
  }
}

/// As several boards see it: all that is left of a pass is known when its first one is asked for,
/// and nothing of what is saved.
TEST(Campaign, AnnouncesWhatIsLeftOfAPass) {
  const auto profiler = lawful();
  std::vector<std::size_t> announced;
  profiler->before = [&](const auto& architecture) {
    announced.push_back(profiler->announced.size());
    EXPECT_EQ(profiler->announced.front(), architecture);
  };
  Kept kept;
  kept.run(profiler);
  ASSERT_EQ(announced.size(), 40U);
  for (std::size_t i = 0; i < 40; ++i) EXPECT_EQ(announced[i], 20 - i % 20);
  announced.clear();
  const std::vector<ordered_json> saved(kept.records.begin(), kept.records.begin() + 16);
  kept.run(profiler, saved);
  ASSERT_EQ(announced.size(), 25U) << "a record is the hardware's";
  EXPECT_EQ(announced.front(), 5U);
}

TEST(Campaign, ReplacesWhatFailsAndSaysSo) {
  const auto profiler = lawful();
  int failures = 0;
  profiler->before = [&](const auto&) {
    if (profiler->calls() % 7 == 3 && profiler->calls() < 20) {
      ++failures;
      throw runtime_error("cpu", "out of memory");
    }
  };
  Kept kept;
  kept.run(profiler);
  EXPECT_EQ(failures, 3);
  EXPECT_EQ(kept.result.rows.size(), 20U);
  ASSERT_EQ(kept.result.failed.size(), 3U);
  EXPECT_EQ(kept.result.failed[0].reason, "cpu: out of memory");
  int held_out = 0;
  for (const MeasuredRow& row : kept.result.rows) held_out += row.planned.held_out;
  EXPECT_EQ(held_out, 4);

  Kept again;
  again.run(lawful(), kept.records);  // replayed wholly, failures too
  EXPECT_EQ(values(again.result), values(kept.result));
}

TEST(Campaign, ATimeThatIsNoneIsAFailure) {
  const auto profiler = lawful();
  profiler->latency_s = [&](const auto& a) { return profiler->calls() == 2 ? 0.0 : law_s(a); };
  Kept kept;
  kept.run(profiler);
  ASSERT_EQ(kept.result.failed.size(), 1U);
  EXPECT_EQ(kept.result.failed[0].reason, "latency.median_s is no positive number");
}

TEST(Campaign, AFailureInTheSecondHalfCostsAReadingOnly) {
  const auto profiler = lawful();
  profiler->before = [&](const auto&) {
    if (profiler->calls() == 25) throw runtime_error("cpu", "out of memory");
  };
  Kept kept;
  kept.run(profiler);
  EXPECT_EQ(kept.result.rows.size(), 20U);
  EXPECT_EQ(kept.result.failed.size(), 1U);
}

TEST(Campaign, StopsSavedAfterFiveFailuresInARow) {
  const auto profiler = lawful();
  bool broken = true;
  profiler->before = [&](const auto& architecture) {
    if (broken && profiler->calls() > 3) {
      throw runtime_error("npu", "no answer to " + std::to_string(architecture.n_layer()));
    }
  };
  Kept kept;
  const std::string message =
      testing::error_message([&] { kept.run(profiler); }, ErrorKind::kStopped);
  EXPECT_THAT(message, StartsWith("5 architectures failed in a row:\n  gpt2:n_layer="));
  EXPECT_THAT(message, HasSubstr(": npu: no answer to "));
  EXPECT_EQ(std::ranges::count(message, '\n'), 5);
  broken = false;
  Kept whole;
  whole.run(lawful());
  const std::vector<ordered_json> saved = worth_keeping(kept.records);
  kept.run(profiler, saved);  // the device is back: nothing of it is held against an architecture
  EXPECT_EQ(values(kept.result), values(whole.result));
}

TEST(Campaign, EndsWhenHalfOfThePlanFails) {
  const auto profiler = lawful();
  profiler->before = [&](const auto&) {
    if (profiler->calls() % 2 == 0) throw user_error("too long");
  };
  Kept kept;
  EXPECT_THAT(testing::error_message([&] { kept.run(profiler); }, ErrorKind::kRuntime),
              StartsWith("11 architectures failed where 20 are wanted; the last:\n  gpt2:"));
}

TEST(Campaign, RefusesRecordsOfAnotherFitOrMachine) {
  Kept kept;
  kept.run(lawful());
  std::vector<ordered_json> swapped = kept.records;
  std::swap(swapped[1], swapped[2]);
  EXPECT_EQ(testing::error_message([&] { Kept().run(lawful(), swapped); }),
            "m.rows: the saved measurements are not those of this fit");
  std::vector<ordered_json> other(kept.records.begin(), kept.records.begin() + 5);
  other[0]["hardware"] = {{"cpu_model", "elsewhere"}};
  EXPECT_EQ(testing::error_message([&] { Kept().run(lawful(), other); }),
            "m.rows: the saved measurements are another machine's: hardware.cpu_model is null, was "
            "\"elsewhere\"");
}

TEST(Campaign, ShowsItsProgress) {
  MeasuringPlan plan = plan_of(10);
  std::vector<std::size_t> done;
  measure_plan(plan, lawful(), kMetrics, {.progress = [&](const CampaignProgress& progress) {
                 done.push_back(progress.done);
                 EXPECT_EQ(progress.total, 20U);
                 EXPECT_GT(progress.reading.values[0], 0);
               }});
  EXPECT_EQ(done.size(), 20U);
  EXPECT_EQ(done.back(), 20U);
}

TEST(Campaign, KeepsFailuresThatSuccessFollows) {
  const ordered_json good = {{"pass", 1}}, bad = {{"failure", "x"}};
  EXPECT_EQ(worth_keeping({bad, good, bad, bad}), (std::vector<ordered_json>{bad, good}));
  EXPECT_EQ(worth_keeping({good, bad, resumed_record(), bad, good}),
            (std::vector<ordered_json>{good, bad, good}));
}

}  // namespace
}  // namespace lts::predictor
