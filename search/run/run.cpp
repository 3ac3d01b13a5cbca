#include "search/run/run.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <span>
#include <utility>

#include "core/digest.h"
#include "core/error.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "search/bounds.h"
#include "search/evaluation.h"
#include "search/report/report.h"
#include "search/run/budget.h"
#include "search/run/journal.h"
#include "search/run/records.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

/// The journal's records in order: those of an earlier process first, then new ones.
class Records {
 public:
  explicit Records(JournalContent content) : old_(std::move(content.records)) {}

  /// The next old record if it has this type; nothing when all are taken or it has another type.
  std::optional<Json> take(std::string_view type) {
    if (next_ == old_.size() || old_[next_].value("type", "") != type) return std::nullopt;
    return std::move(old_[next_++]);
  }
  bool replaying() const { return next_ < old_.size(); }
  /// How many old records of this type come next.
  std::size_t ahead(std::string_view type) const {
    std::size_t count = 0;
    while (next_ + count < old_.size() && old_[next_ + count].value("type", "") == type) ++count;
    return count;
  }

  /// Seconds the run had lasted when its last record was written.
  double elapsed_s() const { return old_.empty() ? 0 : old_.back().value("elapsed_s", 0.0); }

 private:
  std::vector<Json> old_;
  std::size_t next_ = 0;
};

class Run {
 public:
  Run(const SearchConfig& config, const RunOptions& options)
      : config_(config),
        options_(options),
        lock_(options.folder / kLockFile, "the run folder"),
        opened_(open_checked(config, options)),
        records_(std::move(opened_.content)),
        journal_(options.folder / kJournalFile, opened_.keep_bytes),
        archive_(config.objectives, config.ties()),
        problem_(config.problem()),
        searcher_(config.make_searcher(problem_)),
        begun_(std::chrono::steady_clock::now()) {}

  RunResult go() {
    remove_leftovers(options_.folder);
    offset_s_ = records_.elapsed_s();
    begin();
    std::string reason = "iterations";
    for (iteration_ = 0; iteration_ < config_.budget.iterations; ++iteration_) {
      const std::string ended = one_iteration();
      if (!ended.empty()) {
        reason = ended;
        break;
      }
    }
    finish(reason);
    return {.archive = std::move(archive_),
            .bounds = std::move(bounds_),
            .hypervolume = hypervolume_,
            .wall_s = wall_s_,
            .certificate = std::move(certificate_),
            .end_reason = std::move(reason)};
  }

 private:
  /// Another process may have begun here between the first check and the lock.
  static OpenedJournal open_checked(const SearchConfig& config, const RunOptions& options) {
    prepare_run_folder(config, options);
    return open_journal(options);
  }

  double elapsed_s() const {
    const std::chrono::duration<double> now = std::chrono::steady_clock::now() - begun_;
    return offset_s_ + now.count();
  }

  /// As Records::take, but another record than expected is refused.
  std::optional<Json> take(std::string_view type) {
    auto record = records_.take(type);
    if (!record && records_.replaying()) throw does_not_repeat();
    return record;
  }

  std::string journal_file() const { return (options_.folder / kJournalFile).string(); }

  Error does_not_repeat() const {
    return runtime_error(journal_file(), "does not repeat in iteration " +
                                             std::to_string(iteration_ + 1) +
                                             "; it was written by another version of the search");
  }

  /// The start record, then the bounds: both fixed before the first evaluation.
  void begin() {
    if (const auto record = records_.take("start")) {
      warn_of_other_machine(*record);
    } else {
      write_run_start(options_.folder, config_.resolved, options_.environment);
      journal_.append({{{"type", "start"},
                        {"format", kJournalFormat},
                        {"config", config_.resolved},
                        {"environment", options_.environment},
                        {"elapsed_s", elapsed_s()}}});
    }
    if (const auto record = take("bounds")) {
      bounds_ = recorded_bounds(*record);
      return;
    }
    bounds_ = fix_bounds(config_);
    journal_.append({bounds_record(bounds_, elapsed_s())});
  }

  /// Latencies of two machines do not belong on one front; the user may know better.
  void warn_of_other_machine(const Json& start) const {
    const auto measured = [](const predictor::Objective& objective) {
      return objective.evaluator->cost() == predictor::Cost::kMeasured;
    };
    if (std::ranges::none_of(config_.objectives, measured)) return;
    const auto part = [](const Json& whole, const char* key) {
      return whole.is_object() ? whole.value(key, Json()) : Json();
    };
    const Json before = part(part(start, "environment"), "hardware");
    const Json now = part(options_.environment, "hardware");
    for (const char* key : {"cpu_model", "num_cpus", "isa"}) {
      const Json was = part(before, key), is = part(now, key);
      if (was == is) continue;
      log::warning(options_.folder.string() + ": was measured on another machine: " + key +
                   " was " + was.dump() + ", is " + is.dump() +
                   "; latencies of two machines make no front");
      return;
    }
  }

  /// Why the run ends with this iteration, or "".
  std::string one_iteration() {
    std::vector<Candidate> population = searcher_->ask(archive_);
    if (population.empty()) return "exhausted";
    const bool last = cut_to_budget(config_.budget, archive_.evaluations().size(), population);
    if (!evaluate(population)) return "max_seconds";
    close_iteration();
    return ended_by(config_.budget, last, history_);
  }

  /// False when the budget of seconds ended before the population did.
  bool evaluate(std::vector<Candidate>& population) {
    // What the journal holds need not be asked for again: a free value may be a program's.
    const std::size_t known = std::min(records_.ahead("evaluation"), population.size());
    auto outcomes = evaluate_free(std::span(population).subspan(known), config_.objectives);
    const bool measured =
        std::ranges::any_of(config_.objectives, [](auto& o) { return !o.free(); });
    std::vector<Json> pending;
    bool in_time = true, announced = false;
    for (std::size_t c = 0; c < population.size() && in_time; ++c) {
      if (auto record = records_.take("evaluation")) {
        archive_.add(replay_evaluation(*record, std::move(population[c]), config_.objectives,
                                       journal_file()));
      } else if (records_.take("end")) {  // an earlier process ran out of its seconds here
        ended_before_ = true;
        in_time = false;
      } else if (records_.replaying()) {
        throw does_not_repeat();
      } else if (out_of_time(config_.budget, elapsed_s())) {
        in_time = false;
      } else {
        if (measured && !std::exchange(announced, true)) {
          announce_measured(std::span(population).subspan(c),
                            std::span(outcomes).subspan(c - known), config_.objectives);
        }
        pending.push_back(evaluate_one(std::move(population[c]), std::move(outcomes[c - known])));
        if (measured) {
          journal_.append(pending);
          pending.clear();
        }
      }
      if (in_time) report(c + 1, population.size());
    }
    journal_.append(pending);
    return in_time;
  }

  Json evaluate_one(Candidate candidate, std::vector<predictor::Outcome> free_outcomes) {
    throw_if_interrupted("");
    Evaluation evaluation =
        evaluate_measured(std::move(candidate), std::move(free_outcomes), config_.objectives);
    evaluation.elapsed_s = elapsed_s();
    Json record = evaluation_record(archive_.evaluations().size(), evaluation, config_.objectives);
    archive_.add(std::move(evaluation));
    return record;
  }

  /// Records what the iteration came to; a repeated one must come to the same.
  void close_iteration() {
    hypervolume_ = hypervolume_of(archive_, bounds_);
    history_.push_back(hypervolume_);
    const std::string streams = hex64(checksum64(searcher_->state().dump()));
    if (const auto record = take("iteration")) {
      iteration_elapsed_s_.push_back(record->value("elapsed_s", 0.0));
      if (record->value("streams", "") == streams) return;
      throw does_not_repeat();
    }
    const double at_end_s = elapsed_s();
    iteration_elapsed_s_.push_back(at_end_s);
    journal_.append({{{"type", "iteration"},
                      {"iteration", iteration_},
                      {"evaluated", archive_.evaluations().size()},
                      {"front", archive_.front().size()},
                      {"hypervolume", hypervolume_},
                      {"streams", streams},
                      {"elapsed_s", at_end_s}}});
    write_tables(options_.folder, archive_, iteration_elapsed_s_);
  }

  void finish(const std::string& reason) {
    hypervolume_ = hypervolume_of(archive_, bounds_);
    if (auto certified = config_.certified(archive_, bounds_)) {
      write_certificate(options_.folder, *certified);
      certificate_ = std::move(certified->certificate);
    }
    wall_s_ = offset_s_;
    if (!take("end") && !ended_before_) {
      wall_s_ = elapsed_s();
      journal_.append({{{"type", "end"}, {"reason", reason}, {"elapsed_s", wall_s_}}});
    }
    write_run_files(options_.folder, config_, archive_, iteration_elapsed_s_);
    const SavedRun run = load_run(options_.folder);
    write_report(options_.folder, std::span(&run, 1));
  }

  /// An estimate: the mean time of an evaluation so far, for what the budget still allows.
  double time_left_s(std::size_t left_in_iteration, std::size_t population) const {
    const auto evaluated = static_cast<double>(archive_.evaluations().size());
    if (evaluated == 0) return 0;
    const double elapsed = elapsed_s();
    const int iterations_left = config_.budget.iterations - iteration_ - 1;
    double left =
        static_cast<double>(left_in_iteration) + iterations_left * static_cast<double>(population);
    if (const auto& most = config_.budget.max_evaluations)
      left = std::min(left, static_cast<double>(*most) - evaluated);
    double left_s = left * elapsed / evaluated;
    if (const auto& most_s = config_.budget.max_seconds)
      left_s = std::min(left_s, std::max(0.0, *most_s - elapsed));
    return left_s;
  }

  void report(std::size_t done, std::size_t population) const {
    if (!options_.progress || records_.replaying()) return;
    options_.progress({.iteration = iteration_ + 1,
                       .iterations = config_.budget.iterations,
                       .done = done,
                       .population = population,
                       .evaluated = archive_.evaluations().size(),
                       .front_size = archive_.front().size(),
                       .hypervolume = history_.empty() ? 0 : history_.back(),
                       .elapsed_s = elapsed_s(),
                       .time_left_s = time_left_s(population - done, population)});
  }

  const SearchConfig& config_;
  const RunOptions& options_;
  FileLock lock_;
  OpenedJournal opened_;
  Records records_;
  Journal journal_;
  Archive archive_;
  Problem problem_;
  std::unique_ptr<Searcher> searcher_;
  std::chrono::steady_clock::time_point begun_;
  std::map<std::string, Bounds> bounds_;
  std::optional<Certificate> certificate_;
  std::vector<double> history_;              ///< hypervolume after each iteration
  std::vector<double> iteration_elapsed_s_;  ///< likewise
  double hypervolume_ = 0, offset_s_ = 0, wall_s_ = 0;
  int iteration_ = 0;
  bool ended_before_ = false;
};

/// Asked before the run's folder is made, so that a refused run leaves nothing.
void require_first_population(const SearchConfig& config) {
  const Problem problem = config.problem();
  const Archive nothing(config.objectives, Ties::kKeepAll);
  if (!config.make_searcher(problem)->ask(nothing).empty()) return;
  throw user_error(config.place,
                   "too few architectures meet the constraints: no random one was found that "
                   "does; ids: canonical looks longer than ids: reference, which gives up after "
                   "5 random populations");
}

/// What stopped the run, and that it can go on.
Error stopped(const fs::path& folder, const Error& cause) {
  const std::string why = interrupted() ? "stopped by a signal" : cause.what();
  return {ErrorKind::kStopped,
          folder.string() + ": " + why + "; everything measured is saved, --resume goes on"};
}

}  // namespace

RunResult run_search(const SearchConfig& config, const RunOptions& options) {
  require_first_population(config);
  prepare_run_folder(config, options);
  try {
    return Run(config, options).go();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStopped) throw;
    throw stopped(options.folder, error);
  }
}

}  // namespace lts::search
