// search_probe          for each line of standard input that holds a JSON list of points, one JSON
//                       line: hypervolume, front under both rules for equal points, ranks, crowding
//                       distances (of all, as if they were one front), and survivors of half
// search_probe speed ROUNDS    reads one such line; the seconds of each round, and the results

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "search/front/hypervolume.h"
#include "search/selection.h"
#include "tests/oracle/probe_main.h"

namespace {

using lts::search::Point;
using lts::search::Ties;

/// Infinite distances as null, which JSON has.
nlohmann::json finite_or_null(const std::vector<double>& values) {
  auto out = nlohmann::json::array();
  for (const double value : values) {
    out.push_back(std::isfinite(value) ? nlohmann::json(value) : nlohmann::json());
  }
  return out;
}

nlohmann::json answer(const std::vector<Point>& points) {
  const auto standings = lts::search::standings(points);
  return {{"hypervolume", lts::search::hypervolume(points)},
          {"keep_all", lts::search::pareto_front(points, Ties::kKeepAll)},
          {"keep_first", lts::search::pareto_front(points, Ties::kKeepFirst)},
          {"ranks", lts::search::pareto_ranks(points)},
          {"crowding", finite_or_null(lts::search::crowding_distances(points))},
          {"survivors", lts::search::best_of(standings, points.size() / 2)}};
}

/// The seconds of each round into `seconds[name]`, the last result into `results[name]`.
template <typename Work>
void time_rounds(int rounds, const char* name, nlohmann::json& answer, Work work) {
  for (int round = 0; round < rounds; ++round) {
    const auto begun = std::chrono::steady_clock::now();
    answer["results"][name] = work();
    const std::chrono::duration<double> lasted = std::chrono::steady_clock::now() - begun;
    answer["seconds"][name].push_back(lasted.count());
  }
}

nlohmann::json speed(const std::vector<Point>& points, int rounds) {
  nlohmann::json answer;
  time_rounds(rounds, "front", answer,
              [&] { return lts::search::pareto_front(points, Ties::kKeepAll).size(); });
  time_rounds(rounds, "hypervolume", answer, [&] { return lts::search::hypervolume(points); });
  time_rounds(rounds, "ranks", answer, [&] {
    const auto ranks = lts::search::pareto_ranks(points);
    return 1 + *std::ranges::max_element(ranks);
  });
  return answer;
}

int run(const std::vector<std::string>& words) {
  for (std::string line; std::getline(std::cin, line);) {
    const auto points = nlohmann::json::parse(line).get<std::vector<Point>>();
    const bool timed = words.size() == 2 && words[0] == "speed";
    std::cout << (timed ? speed(points, std::stoi(words[1])) : answer(points)).dump() << "\n";
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
