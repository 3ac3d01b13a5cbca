#include <algorithm>
#include <chrono>
#include <iostream>
#include <utility>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/fit_journal.h"
#include "cli/hardware_option.h"
#include "core/error.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/seconds_since.h"
#include "core/table.h"
#include "core/text.h"
#include "predictor/latency_model/latency_model.h"
#include "predictor/profilers/profilers.h"
#include "space/space_config.h"

namespace lts::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

Arguments arguments() {
  Arguments args(
      "fit --hardware FILE [--budget 60] [--from MODEL.yaml] -o MODEL.yaml",
      "lts fit --hardware configs/hardware/cpu-1-thread.yaml -o cpu-1-thread.model.yaml");
  add_hardware_options(args);
  args.option("output,o", "MODEL.yaml", "the model to write")
      .option("budget", "N", "architectures to measure (default 60; with --from 10)")
      .option("from", "MODEL.yaml", "adapt another device's or protocol's model")
      .option("space", "SEARCH.yaml",
              "a search whose `space:` the model is for (default: the published space)")
      .flag("resume", "go on with a fit that was interrupted; a finished one prints again")
      .option("format", "table|csv|md|tex", "how the errors are printed (default table)");
  return args;
}

space::SearchSpace space_option(const Arguments& args) {
  if (!args.has("space")) return space::read_space(parse_yaml("{}", "the default space"));
  const std::string file = args.text("space");
  const YamlNode root = load_yaml(file);
  const YamlNode* space = root.find("space");
  if (!space) throw user_error({file}, "has no 'space:'; accepted: the YAML of a search");
  return space::read_space(*space);
}

predictor::FitOptions fit_options(const Arguments& args) {
  predictor::FitOptions options;
  if (args.has("from")) options.from = args.text("from");
  const int least = options.from ? predictor::kLeastTransferBudget : predictor::kLeastBudget;
  options.budget = static_cast<int>(args.integer("budget", options.from ? 10 : 60,
                                                 {.min = least, .max = predictor::kMostBudget}));
  return options;
}

void show(const predictor::CampaignProgress& progress) {
  const predictor::Reading& reading = progress.reading;
  const std::string what = std::to_string(progress.done) + "/" + std::to_string(progress.total) +
                           " " + space::summary(reading.planned.architecture) + ": ";
  if (!reading.failure.empty()) {
    return log::warning(what + "failed, another takes its place: " + reading.failure);
  }
  log::info(what + short_number(reading.values[0] * 1e3) + " ms, " + reading.verdict);
}

/// What stopped the fit, and that it can go on.
Error stopped(const fs::path& journal, const Error& cause) {
  const std::string why = interrupted() ? "stopped by a signal" : cause.what();
  return {ErrorKind::kStopped,
          journal.string() + ": " + why + "; everything measured is saved, --resume goes on"};
}

void fit_and_write(const space::SearchSpace& space, const predictor::HardwareConfig& hardware,
                   predictor::FitOptions options, const fs::path& file, bool resume) {
  const auto begun = std::chrono::steady_clock::now();
  predictor::check_fit(space, hardware, options);
  const auto profiler = predictor::make_profiler(hardware);
  FitJournal journal(file, predictor::fit_description(space, hardware, options), resume);
  options.campaign = {.saved = journal.saved(),
                      .saved_in = {FitJournal::path_of(file).string()},
                      .save = [&](const ordered_json& record) { journal.append(record); },
                      .progress = show};
  try {
    predictor::LatencyModel model = predictor::fit_latency_model(space, profiler, options);
    model.wall_s = seconds_since(begun);
    write_file_atomic(file, predictor::model_yaml(model));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStopped) throw;
    throw stopped(FitJournal::path_of(file), error);
  }
  journal.remove();
}

/// A model that is there already: finished, and of this fit, or refused.
void require_finished(const ordered_json& found, const ordered_json& description,
                      const fs::path& file, bool resume) {
  if (!resume) {
    throw user_error({file.string()},
                     "is there already; add --resume to print its result, or remove it");
  }
  const ordered_json theirs = predictor::description_of(found);
  if (theirs.is_null()) throw user_error({file.string()}, "is no model that lts fit wrote");
  require_same_fit(file, theirs, description);
}

ordered_json result_json(const ordered_json& model, const fs::path& file) {
  ordered_json out = {
      {"model", file.string()},           {"measured", model["fit"]["measured"]},
      {"holdout", model["holdout"]},      {"noise_floor", model["fit"]["noise_floor"]},
      {"wall_s", model["fit"]["wall_s"]}, {"interval_level", predictor::kIntervalLevel},
      {"failed", model["failed"].size()}, {"metrics", ordered_json::array()}};
  const auto add = [&](const ordered_json& metric) {
    out["metrics"].push_back({{"metric", metric["metric"]},
                              {"form", metric["form"]},
                              {"cross_validated_mape", metric["cross_validated_mape"]},
                              {"error_quantiles", metric["error_quantiles"]},
                              {"holdout", metric["holdout"]}});
  };
  add(model);
  for (const ordered_json& metric : model.value("more", ordered_json::array())) add(metric);
  return out;
}

std::string percent(const ordered_json& share) {
  return short_number(100 * share.get<double>(), 3);
}

void print(const ordered_json& result, TableFormat format) {
  Table table{.columns = {"metric", "form", "held out", "MAPE %", "within 5 %", "within 10 %",
                          "in the 90 % interval", "worst %"},
              .rows = {}};
  for (const ordered_json& metric : result["metrics"]) {
    const ordered_json& holdout = metric["holdout"];
    table.rows.push_back({metric["metric"], metric["form"], holdout["n"].dump(),
                          percent(holdout["mape"]), percent(holdout["within_5"]),
                          percent(holdout["within_10"]), percent(holdout["interval_coverage"]),
                          percent(holdout["worst"])});
  }
  std::cout << format_table(table, format);
  std::cerr << result["measured"] << " architectures measured twice, " << result["failed"]
            << " failed; this machine repeats itself to " << percent(result["noise_floor"])
            << " % on average; " << human_duration(result["wall_s"].get<double>()) << "\nmodel "
            << result["model"].get<std::string>() << "\n";
}

}  // namespace

int fit(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const fs::path file = args.required("output");
  const TableFormat format = table_format(args.text("format", "table"));
  const predictor::FitOptions options = fit_options(args);
  const space::SearchSpace space = space_option(args);
  const predictor::HardwareConfig hardware = hardware_option(args);
  if (fs::exists(file)) {
    require_finished(to_json(load_yaml(file)), predictor::fit_description(space, hardware, options),
                     file, args.has("resume"));
  } else {
    fit_and_write(space, hardware, options, file, args.has("resume"));
  }
  const ordered_json result = result_json(to_json(load_yaml(file)), file);
  if (args.json()) {
    print_json(result);
  } else {
    print(result, format);
  }
  return 0;
}

}  // namespace lts::cli
