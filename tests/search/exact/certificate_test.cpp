// On spaces whose true front is known by brute force, with readings that err: are the statements of
// a certificate true, and does measuring more say more?

#include "search/exact/certificate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "search/bounds.h"
#include "tests/expect_error.h"
#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

const std::string kSpace =
    "space: {n_layer: [1, 2, 3, 4, 5, 6], d_model: [64, 128, 192, 256, 320, 384], "
    "d_inner: [128, 256, 384, 512], n_head: [2, 4], vocab_size: 1000, max_sequence_length: 256}\n";

std::string exact_yaml(int iterations) {
  return kSpace +
         "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: latency, hardware: {name: fake}, direction: minimize}\n"
         "  - {name: memory, proxy: onnx_file_mib, direction: minimize}\n"
         "search: {algorithm: exact, model_budget: 40, samples_per_iteration: 10, iterations: " +
         std::to_string(iterations) + "}\n";
}

/// A latency that no sum of products gives: some widths are slow, two heads cost more when wide.
double true_latency_s(const space::Architecture& a) {
  const double model = a.scalar("d_model"), inner = a.scalar("d_inner");
  const double layer = 4e-9 * model * model + 2e-9 * model * inner + 1e-7 * model;
  const double slow_width = a.scalar("d_model") == 256 ? 1.06 : 1;
  const double few_heads = a.scalar("n_head") == 2 ? 1 + model / 20'000 : 1;
  return (a.n_layer() * layer + 3e-8 * model + 2e-5) * slow_width * few_heads;
}

/// A device whose readings err by a relative `noise`, normal to the eye (a sum of twelve).
std::shared_ptr<testing::FakeProfiler> noisy_device(double noise, std::uint64_t seed) {
  auto device = std::make_shared<testing::FakeProfiler>();
  auto rng = std::make_shared<Rng>(seed);
  device->latency_s = [=](const space::Architecture& architecture) {
    double error = -6;
    for (int i = 0; i < 12; ++i) error += rng->random();
    return true_latency_s(architecture) * (1 + noise * error);
  };
  return device;
}

struct Done {
  SearchConfig config;
  Archive archive;
  Certificate certificate;
  std::string csv;
};

std::map<std::string, Bounds> true_bounds(const MemberTable& members) {
  double most = 0;
  for (const auto& member : members.architectures) most = std::max(most, true_latency_s(member));
  return {{"size", {0, 2e7}}, {"latency", {0, most}}, {"memory", {0, 40}}};
}

Done run(int iterations, double noise, std::uint64_t seed) {
  SearchConfig config = config_from(exact_yaml(iterations), noisy_device(noise, seed));
  const Problem problem = config.problem();
  const auto searcher = config.make_searcher(problem);
  Archive archive(config.objectives, Ties::kKeepAll);
  for (int i = 0; i < iterations; ++i) {
    for (Candidate& candidate : searcher->ask(archive)) {
      auto outcomes = evaluate_free({&candidate, 1}, config.objectives);
      archive.add(
          evaluate_measured(std::move(candidate), std::move(outcomes[0]), config.objectives));
    }
  }
  const MemberTable members = member_table(config.space, config.objectives);
  auto certified = config.certified(archive, true_bounds(members)).value();
  return {std::move(config), std::move(archive), std::move(certified.certificate),
          std::move(certified.csv)};
}

/// Members on the true front.
std::set<std::size_t> true_front(const MemberTable& members) {
  std::vector<Point> losses = members.losses;
  for (std::size_t m = 0; m < losses.size(); ++m) {
    losses[m][1] = true_latency_s(members.architectures[m]);
  }
  const auto front = pareto_front(losses, Ties::kKeepAll);
  return {front.begin(), front.end()};
}

std::size_t false_statements(const CertificateLevel& level, const std::set<std::size_t>& front) {
  std::size_t count = 0;
  for (std::size_t m = 0; m < level.verdicts.size(); ++m) {
    if (level.verdicts[m] == FrontVerdict::kCertain) count += !front.contains(m);
    if (level.verdicts[m] == FrontVerdict::kExcluded) count += front.contains(m);
  }
  return count;
}

TEST(Certificate, SaysWhatIsTrueOfAllMembersTogether) {
  int broken_90 = 0, broken_99 = 0;
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    const Done done = run(6, 0.02, seed);
    const MemberTable members = member_table(done.config.space, done.config.objectives);
    const auto front = true_front(members);
    const auto& levels = done.certificate.levels;
    broken_90 += false_statements(levels[0], front) > 0;
    broken_99 += false_statements(levels[1], front) > 0;
    EXPECT_GT(levels[0].certain + levels[0].excluded, 15U) << seed;
  }
  EXPECT_LE(broken_90, 2);  // of 6; three or more by chance in one of 63
  EXPECT_LE(broken_99, 1);
}

TEST(Certificate, CountsEveryMemberOnceAndSaysLessWithMoreConfidence) {
  const Done done = run(3, 0.02, 1);
  ASSERT_EQ(done.certificate.levels.size(), 2U);
  for (const auto& level : done.certificate.levels) {
    EXPECT_EQ(level.certain + level.possible + level.excluded, 288U);
  }
  const auto &low = done.certificate.levels[0], &high = done.certificate.levels[1];
  EXPECT_GE(low.certain, high.certain);
  EXPECT_GE(low.excluded, high.excluded);
  EXPECT_LE(low.hypervolume_missing, high.hypervolume_missing);
  EXPECT_LE(low.shortfall, high.shortfall);
}

TEST(Certificate, BoundsTheTrueRegret) {
  int broken = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Done done = run(4, 0.02, seed);
    const MemberTable members = member_table(done.config.space, done.config.objectives);
    std::map<std::string, std::size_t> at;
    for (std::size_t m = 0; m < members.size(); ++m) {
      at[space::archid(members.architectures[m])] = m;
    }
    const auto point = [&](std::size_t m) {
      Point out = members.losses[m];
      out[1] = true_latency_s(members.architectures[m]);
      return out;
    };
    std::vector<Point> found, exact;
    for (const std::size_t index : done.archive.front()) {
      found.push_back(point(at.at(done.archive.evaluations()[index].candidate.archid)));
    }
    for (const std::size_t member : true_front(members)) exact.push_back(point(member));
    const auto scaled = [&](const std::vector<Point>& points) {
      return scaled_points(points, done.config.objectives, true_bounds(members));
    };
    const double missing = 1 - hypervolume(scaled(found)) / hypervolume(scaled(exact));
    broken += missing > done.certificate.levels[0].hypervolume_missing;
  }
  EXPECT_LE(broken, 2);  // of 5
}

TEST(Certificate, SaysMoreWhereMoreWasMeasured) {
  const Certificate early = run(1, 0.01, 3).certificate, late = run(12, 0.01, 3).certificate;
  EXPECT_GT(late.measured, early.measured);
  EXPECT_LT(late.levels[0].hypervolume_missing, early.levels[0].hypervolume_missing);
  EXPECT_LT(late.levels[0].shortfall, early.levels[0].shortfall);
  EXPECT_LE(late.levels[0].possible, early.levels[0].possible);
}

TEST(Certificate, KnowsTheNoiseOfAReading) {
  EXPECT_NEAR(run(6, 0.02, 1).certificate.noise, 0.02, 0.006);
  EXPECT_NEAR(run(6, 0.005, 1).certificate.noise, 0.005, 0.003);
}

TEST(Certificate, TableHasARowForEachMember) {
  const Done done = run(2, 0.02, 1);
  const CsvTable table = parse_csv(done.csv, "certificate.csv");
  EXPECT_EQ(table.columns,
            (std::vector<std::string>{"archid", "architecture", "size", "memory",
                                      "latency_expected", "latency_ci90_low", "latency_ci90_high",
                                      "latency", "on_front_probability", "at_90", "at_99"}));
  ASSERT_EQ(table.rows.size(), 288U);
  std::size_t measured = 0, certain = 0;
  for (const auto& row : table.rows) {
    measured += !row[table.column("latency")].empty();
    certain += row[table.column("at_90")] == "certain";
    EXPECT_LE(std::stod(row[table.column("latency_ci90_low")]),
              std::stod(row[table.column("latency_ci90_high")]));
  }
  EXPECT_EQ(measured, done.certificate.measured);
  EXPECT_EQ(certain, done.certificate.levels[0].certain);
  const auto json = certificate_json(done.certificate);
  EXPECT_EQ(json.at("levels").at(0).at("certain"), certain);
  EXPECT_EQ(json.at("members"), 288);
}

TEST(Exact, RefusesTwoMeasuredObjectives) {
  const std::string yaml =
      kSpace +
      "objectives:\n"
      "  - {name: latency, hardware: {name: fake}, direction: minimize}\n"
      "  - {name: peak, hardware: {name: fake}, metric: memory.peak_bytes, direction: minimize}\n"
      "search: {algorithm: exact}\n";
  EXPECT_EQ(testing::error_message([&] { config_from(yaml, noisy_device(0, 1)); }),
            "test.yaml:5:21: objectives 'latency', 'peak' are measured; algorithm exact takes one "
            "measured objective");
}

TEST(Exact, RefusesAnObjectiveThatIsNeitherFreeNorMeasured) {
  const std::string yaml = kSpace +
                           "objectives:\n"
                           "  - {name: size, proxy: decoder_params, direction: maximize}\n"
                           "  - {name: mine, command: [cat], direction: maximize}\n"
                           "search: {algorithm: exact}\n";
  EXPECT_EQ(testing::error_message([&] { config_from(yaml); }),
            "test.yaml:5:21: objective 'mine' is neither free nor measured; algorithm exact takes "
            "free objectives and one measured one");
}

TEST(Exact, RefusesASpaceThatCannotBeEnumerated) {
  const std::string yaml =
      "space: {n_layer: {min: 1, max: 100}, d_model: {min: 64, max: 6400, step: 64}, "
      "d_inner: {min: 64, max: 25600, step: 64}, n_head: [2, 4]}\n"
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize}\n"
      "search: {algorithm: exact}\n";
  EXPECT_EQ(testing::error_message([&] { config_from(yaml); }),
            "test.yaml:4:21: the space has 8e+06 combinations, more than the 1e+06 that algorithm "
            "exact enumerates; larger ones need genes that each layer draws (family: gpt2_flex, "
            "per_layer: true)");
  const std::string measured =
      "  - {name: latency, hardware: {name: fake}, direction: minimize}\nsearch:";
  std::string with_latency = yaml;
  with_latency.replace(yaml.find("search:"), 7, measured);
  EXPECT_EQ(testing::error_message(
                [&] { config_from(with_latency, std::make_shared<testing::FakeProfiler>()); }),
            "test.yaml:5:21: the space has 8e+06 combinations; with a measured objective algorithm "
            "exact takes 1e+06 or fewer");
}

}  // namespace
}  // namespace lts::search
