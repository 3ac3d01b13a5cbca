// Prints, for each line of standard input that holds a JSON list of points, one JSON line: the
// hypervolume and the indices of the front under both rules for equal points.

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "search/hypervolume.h"

int main() {
  using lts::search::Point;
  using lts::search::Ties;
  for (std::string line; std::getline(std::cin, line);) {
    const auto points = nlohmann::json::parse(line).get<std::vector<Point>>();
    const nlohmann::json answer = {
        {"hypervolume", lts::search::hypervolume(points)},
        {"keep_all", lts::search::pareto_front(points, Ties::kKeepAll)},
        {"keep_first", lts::search::pareto_front(points, Ties::kKeepFirst)}};
    std::cout << answer.dump() << "\n";
  }
}
