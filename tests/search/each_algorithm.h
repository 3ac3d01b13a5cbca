#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "search/algorithms.h"

namespace lts::search {

/// Keys of `search:` with which an algorithm asks for four to eight candidates at a time. A new
/// algorithm needs an entry here.
inline std::string few_at_a_time(const std::string& algorithm) {
  static const std::map<std::string, std::string> kKeys = {
      {"evolution_pareto", "initial_models: 6, random_mix: 2, max_unseen: 8"},
      {"random", "samples_per_iteration: 6"},
      {"local_search", "initial_models: 4, neighbour_share: 0.5, max_unseen: 6"},
      {"regularized_evolution",
       "initial_models: 6, population_size: 8, sample_size: 3, children: 5"},
      {"nsga2", "population_size: 6"},
      {"exact", "model_budget: 10, samples_per_iteration: 6"},
  };
  return "algorithm: " + algorithm + ", " + kKeys.at(algorithm);
}

/// Whether an algorithm looks around the whole space by chance; `exact` computes where to look.
inline bool explores(const std::string& algorithm) { return algorithm != "exact"; }

/// A test for each line of the table of algorithms; GetParam() is its name.
class EachAlgorithm : public ::testing::TestWithParam<std::string> {
 public:
  static std::vector<std::string> names() {
    std::vector<std::string> out;
    for (const Algorithm& algorithm : algorithms()) out.emplace_back(algorithm.name);
    return out;
  }
  static std::string name(const ::testing::TestParamInfo<std::string>& info) { return info.param; }
};

}  // namespace lts::search
