// On the published space, with two closed forms as objectives, the exact front is known: does an
// algorithm find more of it than random search with as many evaluations?

#include <gtest/gtest.h>

#include <set>

#include "tests/search/fixtures.h"

namespace lts::search {
namespace {

constexpr int kEvaluations = 800;

SearchConfig config_of(const std::string& algorithm, int seed) {
  const std::string seeds = std::to_string(seed);
  return config_from(
      "objectives:\n"
      "  - {name: size, proxy: decoder_params, direction: maximize, constraint: {min: 1.0e6}}\n"
      "  - {name: latency, predictor: layer_cost, direction: minimize, per_layer: "
      "{d_model*d_model: 8, d_model*d_inner: 4, d_model: 4096, n_head: 1000}}\n"
      "search: {algorithm: " +
      algorithm + ", iterations: 100000, max_evaluations: " + std::to_string(kEvaluations) +
      ", seed: " + seeds + ", space_seed: " + seeds + "}\n");
}

/// The archids of the front of all members that meet the constraints.
std::set<std::string> exact_front() {
  const SearchConfig config = config_of("random", 1);
  const Problem problem = config.problem();
  std::vector<space::Architecture> members;
  std::vector<Point> points;
  config.space.enumerate([&](const space::Genome& genome) {
    const auto member = config.space.architecture(genome);
    if (!problem.admits(member)) return true;
    Point point;
    for (const auto& objective : config.objectives) {
      const auto outcome = objective.evaluator->evaluate(member);
      point.push_back(objective.loss(std::get<predictor::Measurement>(outcome).value));
    }
    members.push_back(member);
    points.push_back(std::move(point));
    return true;
  });
  std::set<std::string> ids;
  for (const std::size_t index : pareto_front(points, Ties::kKeepAll)) {
    ids.insert(space::archid(members[index]));
  }
  return ids;
}

std::size_t found(const std::string& algorithm, int seed, const std::set<std::string>& exact) {
  const auto ids = archids_of(run_in_memory(config_of(algorithm, seed)));
  EXPECT_EQ(ids.size(), std::size_t{kEvaluations});
  return static_cast<std::size_t>(
      std::ranges::count_if(ids, [&](const std::string& id) { return exact.contains(id); }));
}

TEST(ExactFront, IsMetMoreOftenThanByRandomSearch) {
  const std::set<std::string> exact = exact_front();
  EXPECT_GT(exact.size(), 30U);
  for (const int seed : {1, 2, 3, 4, 5}) {
    const std::size_t by_chance = found("random", seed, exact);
    for (const char* algorithm :
         {"evolution_pareto", "local_search", "regularized_evolution", "nsga2"}) {
      EXPECT_GT(found(algorithm, seed, exact), by_chance)
          << algorithm << ", seed " << seed << ", of " << exact.size();
    }
  }
}

TEST(ExactFront, IsWhatTheExactAlgorithmProposes) {
  const auto ids = archids_of(run_in_memory(config_of("exact", 1)));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), exact_front());
  EXPECT_EQ(ids.size(), exact_front().size());
}

}  // namespace
}  // namespace lts::search
