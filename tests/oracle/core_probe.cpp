// Answers core_oracle.py: a JSON request a line in, a JSON answer a line out.

#include <bit>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/digest.h"
#include "core/python_json.h"
#include "core/random.h"
#include "core/statistics.h"

namespace {

using lts::Rng;
using nlohmann::json;

std::string from_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return out;
}

json draw(Rng& rng, const json& call) {
  const auto name = call[0].get<std::string>();
  if (name == "random") return rng.random();
  if (name == "getrandbits") return rng.bits(call[1]);
  if (name == "randint") return rng.randint(call[1], call[2]);
  if (name == "sample") return rng.sample_indices(call[1], call[2]);
  std::vector<int> values(call[1].get<std::size_t>());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int>(3 * i);
  if (name == "choice") return rng.choice(values);
  rng.shuffle(values);
  return values;
}

json draws(const json& request) {
  Rng rng(request["seed"].get<std::uint64_t>());
  json out = json::array();
  for (const json& call : request["calls"]) {
    if (call[0] == "reload") rng = Rng::from_state(json::parse(rng.state().dump()));
    out.push_back(call[0] == "reload" ? rng.state() : draw(rng, call));
  }
  return out;
}

/// JSON holds no NaN: a number stands as {"bits": "<its 16 hex digits>"}.
json untagged(const json& value) {
  if (value.is_object() && value.size() == 1 && value.contains("bits")) {
    return std::bit_cast<double>(
        static_cast<std::uint64_t>(std::stoull(value["bits"].get<std::string>(), nullptr, 16)));
  }
  if (!value.is_structured()) return value;
  json out = value;
  for (auto& item : out) item = untagged(item);
  return out;
}

json statistics(const json& request) {
  const auto a = request["a"].get<std::vector<double>>();
  const auto b = request["b"].get<std::vector<double>>();
  json quantiles = json::array();
  for (const double q : request["q"]) quantiles.push_back(lts::quantile(a, q));
  return {
      {"mean", lts::mean(a)},   {"median", lts::median(a)},        {"quantiles", quantiles},
      {"ranks", lts::ranks(a)}, {"spearman", lts::spearman(a, b)}, {"kendall", lts::kendall(a, b)}};
}

json csv(const json& request) {
  std::string text;
  for (const auto& row : request["rows"]) text += lts::csv_line(row);
  return {{"text", text}, {"rows", lts::parse_csv(request["python"].get<std::string>(), "x").rows}};
}

json answer(const json& request) {
  const auto what = request["op"].get<std::string>();
  if (what == "random") return draws(request);
  if (what == "json") return lts::python_json(untagged(request["value"]));
  if (what == "statistics") return statistics(request);
  if (what == "csv") return csv(request);
  const std::string bytes = from_hex(request["hex"]);
  return {lts::sha1_hex(bytes), lts::sha256_hex(bytes)};
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) {
      std::cout << answer(json::parse(line)).dump() << "\n";
    }
  } catch (const std::exception& error) {
    std::cerr << "core_probe: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
