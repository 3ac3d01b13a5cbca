#include "search/forecast/rehearsal.h"

#include <chrono>
#include <memory>
#include <utility>

#include "core/interrupt.h"
#include "core/record_line.h"
#include "search/bounds.h"
#include "search/evaluation.h"
#include "search/run/budget.h"
#include "search/run/records.h"

namespace lts::search {
namespace {

using predictor::Objective;

std::vector<Objective> without_measured_constraints(std::vector<Objective> objectives) {
  for (Objective& objective : objectives) {
    if (!objective.free()) objective.constraint = {};
  }
  return objectives;
}

class Play {
 public:
  Play(const SearchConfig& config, double candidate_s)
      : config_(config),
        candidate_s_(candidate_s),
        objectives_(without_measured_constraints(config.objectives)),
        problem_(config.problem()),
        searcher_(config.make_searcher(problem_)),
        out_{.archive = Archive(objectives_, config.ties())} {}

  Rehearsal go(std::size_t most) {
    if (config_.budget.plateau) bounds_ = fix_bounds(config_);
    for (int iteration = 0; iteration < config_.budget.iterations; ++iteration) {
      if (num_evaluated() >= most) {
        cut(iteration);
        break;
      }
      const std::string ended = one_iteration();
      if (ended.empty()) continue;
      out_.end_reason = ended;
      break;
    }
    out_.wall_s = wall_s();
    return std::move(out_);
  }

 private:
  /// The play is long enough; whether the run would go on, its searcher knows.
  void cut(int iteration) {
    if (searcher_->ask(out_.archive).empty()) {
      out_.end_reason = "exhausted";
    } else {
      out_.share = static_cast<double>(iteration) / config_.budget.iterations;
    }
  }

  std::size_t num_evaluated() const { return out_.archive.evaluations().size(); }

  double wall_s() const {
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begun_;
    return wall.count();
  }
  double elapsed_s() const {
    return wall_s() + static_cast<double>(num_evaluated()) * candidate_s_;
  }

  /// Why the run ends with this iteration, or "".
  std::string one_iteration() {
    std::vector<Candidate> population = searcher_->ask(out_.archive);
    if (population.empty()) return "exhausted";
    const bool last = cut_to_budget(config_.budget, num_evaluated(), population);
    auto outcomes = evaluate_free(population, objectives_);
    for (std::size_t c = 0; c < population.size(); ++c) {
      throw_if_interrupted("nothing was kept");
      if (out_of_time(config_.budget, elapsed_s())) return "max_seconds";
      add(evaluate_measured(std::move(population[c]), std::move(outcomes[c]), objectives_));
    }
    out_.iteration_elapsed_s.push_back(elapsed_s());
    if (config_.budget.plateau) hypervolumes_.push_back(hypervolume_of(out_.archive, bounds_));
    return ended_by(config_.budget, last, hypervolumes_);
  }

  /// Keeps no details: a run's journal has them, thousands of them are too much to hold.
  void add(Evaluation evaluation) {
    evaluation.elapsed_s = elapsed_s();
    const auto record = evaluation_record(num_evaluated(), evaluation, objectives_);
    out_.journal_bytes += static_cast<double>(record_line(record).size());
    for (auto& value : evaluation.values) value.details = nullptr;
    out_.archive.add(std::move(evaluation));
  }

  const SearchConfig& config_;
  double candidate_s_;
  std::vector<Objective> objectives_;
  Problem problem_;
  std::unique_ptr<Searcher> searcher_;
  Rehearsal out_;
  std::map<std::string, Bounds> bounds_;
  std::vector<double> hypervolumes_;  ///< after each iteration
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace

Rehearsal rehearse(const SearchConfig& config, double candidate_s, std::size_t most) {
  return Play(config, candidate_s).go(most);
}

}  // namespace lts::search
