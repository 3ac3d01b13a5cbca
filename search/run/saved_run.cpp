#include "search/run/saved_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/yaml.h"
#include "predictor/command/command_config.h"
#include "predictor/proxies/closed_form.h"
#include "search/run/records.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

/// Knows the unit of a run's figures, as every profiler does; its device is elsewhere.
class AbsentProfiler final : public predictor::Profiler {
 public:
  explicit AbsentProfiler(predictor::HardwareConfig config) : config_(std::move(config)) {}

  const predictor::HardwareConfig& config() const override { return config_; }
  Json fingerprint() override { throw absent(); }
  predictor::Profile profile(const space::Architecture&) override { throw absent(); }

 private:
  Error absent() const {
    return runtime_error(config_.name, "is not opened where a finished run is read");
  }

  predictor::HardwareConfig config_;
};

/// Knows the unit of what a program or a proxy of another library gave; that is not here. Never
/// free: free objectives are evaluated where a configuration is read.
class AbsentEvaluator final : public predictor::Evaluator {
 public:
  AbsentEvaluator(std::string unit, bool measured) : unit_(std::move(unit)), measured_(measured) {}

  predictor::Cost cost() const override {
    return measured_ ? predictor::Cost::kMeasured : predictor::Cost::kCheap;
  }
  std::string unit() const override { return unit_; }
  predictor::Outcome evaluate(const space::Architecture&) override {
    throw runtime_error("", "nothing is evaluated where a finished run is read");
  }

 private:
  std::string unit_;
  bool measured_;
};

/// Takes what must be there to evaluate an objective (a program, a library with gradients) out of a
/// configuration: `absent` then stands for it.
void leave_out_evaluators(Json& objectives, predictor::ProxySource& absent) {
  const std::vector<std::string> closed_forms = predictor::closed_form_names();
  std::map<std::string, std::shared_ptr<AbsentEvaluator>> programs;
  for (Json& objective : objectives) {
    if (objective.contains("command")) {
      programs[objective.at("name")] = std::make_shared<AbsentEvaluator>(
          objective.value("unit", ""), objective.value("cost", "") == "measured");
      for (const char* key : predictor::kCommandKeys) objective.erase(key);
      objective["proxy"] = objective.at("name");
    }
    const std::string proxy = objective.value("proxy", "");
    const bool known =
        proxy.empty() || std::ranges::find(closed_forms, proxy) != closed_forms.end();
    if (!known) absent.names.push_back(proxy);
  }
  absent.make = [programs](const std::string& name, const predictor::ProxyBatch&) {
    const auto program = programs.find(name);
    return program == programs.end() ? std::make_shared<AbsentEvaluator>("", false)
                                     : program->second;
  };
}

/// How it searched is not asked again: whether an algorithm takes the objectives that stand in for
/// its own, and whether it may begin with what it began with.
SearchConfig config_of(const Json& start, const std::filesystem::path& folder,
                       const std::string& journal) {
  Json readable = start.at("config");
  const std::string algorithm = readable.at("search").at("algorithm");
  predictor::ProxySource absent;
  leave_out_evaluators(readable.at("objectives"), absent);
  const bool reference = readable.at("search").at("ids") == "reference";
  readable.erase("search");
  SearchConfig config = read_search_config(
      parse_yaml(readable.dump(), journal), folder,
      [](const predictor::HardwareConfig& hardware) {
        return std::make_shared<AbsentProfiler>(hardware);
      },
      absent);
  config.ids = reference ? Ids::kReference : Ids::kCanonical;
  const Algorithm* its = find_algorithm(algorithm);
  config.certify = its ? its->certify : nullptr;
  config.resolved = start.at("config");
  return config;
}

Candidate candidate_of(const Json& record, const space::Family& family,
                       const std::string& journal) {
  return {.genome = {},
          .architecture = recorded_architecture(record, std::string(family.name()), journal),
          .archid = record.at("archid"),
          .parent = record.at("parent"),
          .parents = record.at("parents"),
          .iteration = record.at("iteration")};
}

void add_record(SavedRun& run, const Json& record, const std::string& journal) {
  const std::string type = record.at("type");
  run.elapsed_s = record.at("elapsed_s");
  if (type == "bounds") {
    run.bounds = recorded_bounds(record);
  } else if (type == "evaluation") {
    run.archive.add(replay_evaluation(record,
                                      candidate_of(record, run.config.space.family(), journal),
                                      run.archive.objectives(), journal));
  } else if (type == "iteration") {
    run.iteration_elapsed_s.push_back(run.elapsed_s);
  } else if (type == "end") {
    run.end_reason = record.at("reason").get<std::string>();
  }
}

SavedRun begun_run(const std::filesystem::path& folder, const Json& start,
                   const std::string& journal) {
  SearchConfig config = config_of(start, folder, journal);
  Archive archive(config.objectives, config.ties());
  return {.folder = folder,
          .config = std::move(config),
          .environment = start.value("environment", Json()),
          .archive = std::move(archive),
          .elapsed_s = start.at("elapsed_s")};
}

/// "runs/a" of "./runs/a/": one name for a folder, however it was written.
std::filesystem::path plain(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

Json SavedRun::told(const char* key) const {
  return environment.is_object() ? environment.value(key, Json()) : Json();
}

SavedRun load_run(const std::filesystem::path& run_folder) {
  const std::filesystem::path folder = plain(run_folder);
  const std::string journal = journal_of(folder).string();
  std::optional<SavedRun> run;
  visit_records(journal, [&](const Json& record) {
    if (run) {
      add_record(*run, record, journal);
    } else {
      run.emplace(begun_run(folder, record, journal));
    }
  });
  if (!run) throw user_error({journal}, "has no whole record of a run's start");
  return std::move(*run);
}

bool rebuild_run_files(const SavedRun& run) {
  std::optional<FileLock> lock;
  try {
    lock.emplace(run.folder / kLockFile, "the run folder");
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUser) throw;
    return false;
  }
  write_run_start(run.folder, run.config.resolved, run.environment);
  write_run_files(run.folder, run.config, run.archive, run.iteration_elapsed_s);
  if (const auto certified = run.config.certified(run.archive, run.bounds)) {
    write_certificate(run.folder, *certified);
  }
  return true;
}

}  // namespace lts::search
