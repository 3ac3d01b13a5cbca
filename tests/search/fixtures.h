#pragma once

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/file.h"
#include "search/evaluation.h"
#include "search/run/run.h"
#include "search/search_config.h"
#include "tests/fakes/fake_profiler.h"

namespace lts::search {

/// The objectives of the golden traces (reference/archai.md 2.11) as a configuration.
inline std::string golden_yaml(const std::string& search,
                               const std::string& space = "{family: gpt2}") {
  return "space: " + space +
         "\n"
         "objectives:\n"
         "  - {name: non_embedding_params, proxy: decoder_params, direction: maximize, "
         "constraint: {min: 1.0e6, max: 1.0e9}}\n"
         "  - {name: latency, predictor: layer_cost, direction: minimize, per_layer: "
         "{d_model*d_model: 8, d_model*d_inner: 4, d_model: 4096, n_head: 1000}}\n"
         "  - {name: memory, predictor: layer_cost, direction: minimize, per_model: "
         "{non_embedding_params: 4, d_model: 205124}}\n"
         "search: " +
         search + "\n";
}

/// A measured search over 48 small models: size against latency on a fake device.
inline std::string measured_yaml(const std::string& more = "search: {iterations: 3}",
                                 const std::string& latency_constraint = "") {
  return "space: {n_layer: [1, 2, 3, 4], d_model: [64, 128, 192], d_inner: [64, 128], "
         "n_head: [1, 2], vocab_size: 100, max_sequence_length: 256}\n"
         "objectives:\n"
         "  - {name: size, proxy: decoder_params, direction: maximize}\n"
         "  - {name: latency, hardware: {name: fake}, direction: minimize" +
         latency_constraint + "}\n" + more + "\n";
}

/// A configuration from text; asking for hardware is the test's mistake unless it lends a profiler.
inline SearchConfig config_from(const std::string& yaml,
                                std::shared_ptr<predictor::Profiler> profiler = nullptr) {
  return read_search_config(parse_yaml(yaml, "test.yaml"), ".",
                            [&](const predictor::HardwareConfig&) {
                              if (!profiler) throw user_error("no hardware in this test");
                              return profiler;
                            });
}

/// How many may still be evaluated.
inline std::size_t evaluations_left(const Budget& budget, const Archive& archive) {
  if (!budget.max_evaluations) return std::numeric_limits<std::size_t>::max();
  return static_cast<std::size_t>(*budget.max_evaluations) - archive.evaluations().size();
}

/// Runs `iterations` populations through an archive, all evaluated up to `max_evaluations`.
inline Archive run_in_memory(const SearchConfig& config, Ties ties = Ties::kKeepAll,
                             int max_iterations = 1'000'000) {
  Archive archive(config.objectives, ties);
  const Problem problem = config.problem();
  const auto searcher = config.make_searcher(problem);
  const int iterations = std::min(config.budget.iterations, max_iterations);
  for (int i = 0; i < iterations && evaluations_left(config.budget, archive) > 0; ++i) {
    std::vector<Candidate> population = searcher->ask(archive);
    if (population.empty()) break;
    auto outcomes = evaluate_free(population, config.objectives);
    const std::size_t count = std::min(population.size(), evaluations_left(config.budget, archive));
    for (std::size_t c = 0; c < count; ++c) {
      archive.add(
          evaluate_measured(std::move(population[c]), std::move(outcomes[c]), config.objectives));
    }
  }
  return archive;
}

/// A CSV file's text without one column.
inline std::string csv_without(const std::filesystem::path& file, const std::string& column) {
  const CsvTable table = read_csv(file);
  const std::size_t drop = table.column(column);
  std::string out;
  for (auto row : table.rows) {
    row.erase(row.begin() + static_cast<std::ptrdiff_t>(drop));
    out += csv_line(row);
  }
  return out;
}

inline std::vector<std::string> archids_of(const Archive& archive) {
  std::vector<std::string> ids;
  for (const auto& evaluation : archive.evaluations()) ids.push_back(evaluation.candidate.archid);
  return ids;
}

}  // namespace lts::search
