#include <algorithm>
#include <exception>
#include <iostream>
#include <string>
#include <variant>

#include "cli/cache_option.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/commands/profile_table.h"
#include "cli/hardware_option.h"
#include "cli/models_table.h"
#include "core/error.h"
#include "core/log.h"
#include "core/text.h"
#include "predictor/profiler.h"
#include "predictor/profilers/torch_device.h"
#include "predictor/remote/agent.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using predictor::Profile;
using space::Architecture;

constexpr const char* kUsage = "profile ARCH... [--hardware FILE] [--table [--grid KEY=V,V]...]";
constexpr double kBytesPerMib = 1024.0 * 1024.0;

std::string milliseconds(double seconds) { return short_number(seconds * 1e3); }
std::string mebibytes(std::int64_t size_bytes) {
  return short_number(static_cast<double>(size_bytes) / kBytesPerMib);
}

const std::vector<std::string> kColumns = {
    "archid", "architecture", "median_ms",   "ci95_low_ms", "ci95_high_ms", "min_ms",
    "p90_ms", "runs",         "warmup_runs", "verdict",     "weight_mib",   "peak_mib"};

std::vector<std::string> row(const Architecture& architecture, const Profile& profile,
                             TableFormat format) {
  const predictor::Latency& latency = profile.latency;
  const std::string archid = space::archid(architecture);
  return {format == TableFormat::kCsv ? archid : short_archid(archid),
          space::summary(architecture),
          milliseconds(latency.median_s),
          milliseconds(latency.ci95_s.low),
          milliseconds(latency.ci95_s.high),
          milliseconds(latency.min_s),
          milliseconds(latency.p90_s),
          std::to_string(latency.samples_s.size()),
          std::to_string(latency.warmup_runs),
          latency.verdict,
          mebibytes(profile.memory.weight_bytes),
          profile.memory.peak_bytes ? mebibytes(*profile.memory.peak_bytes) : ""};
}

/// What became of one architecture: its profile, or why there is none.
using Outcome = std::variant<Profile, predictor::Failure>;

/// What became of the first ones, and what ended the measuring early.
struct Measured {
  std::vector<Outcome> outcomes;
  std::exception_ptr stopped;
};

std::string progress_of(const Profile& profile) {
  const predictor::Latency& latency = profile.latency;
  return milliseconds(latency.median_s) + " ms, " + std::to_string(latency.samples_s.size()) +
         " runs, " + latency.verdict + (profile.cached ? ", from the cache" : "");
}

/// A candidate's own failure is one of the outcomes.
Outcome outcome_of(const Architecture& architecture, predictor::Profiler& profiler) {
  try {
    return profiler.profile(architecture);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped) throw;
    log::warning(error.what());
    return predictor::Failure{"candidate", error.what()};
  }
}

/// Measures one after another, a line of progress each.
Measured measure(const std::vector<Architecture>& architectures, predictor::Profiler& profiler) {
  Measured out;
  profiler.announce(architectures);
  for (const Architecture& architecture : architectures) {
    try {
      out.outcomes.push_back(outcome_of(architecture, profiler));
    } catch (const Error&) {
      if (out.outcomes.empty()) throw;
      out.stopped = std::current_exception();
      return out;
    }
    const auto* profile = std::get_if<Profile>(&out.outcomes.back());
    if (!profile) continue;
    log::info(std::to_string(out.outcomes.size()) + "/" + std::to_string(architectures.size()) +
              " " + space::summary(architecture) + ": " + progress_of(*profile));
  }
  return out;
}

ordered_json entry_of(const Architecture& architecture, const Outcome& outcome) {
  ordered_json entry = {{"archid", space::archid(architecture)}};
  if (const auto* failure = std::get_if<predictor::Failure>(&outcome)) {
    entry["error"] = {{"kind", failure->kind}, {"reason", failure->reason}};
  } else {
    entry.update(profile_json(std::get<Profile>(outcome)));
  }
  return entry;
}

/// Every outcome as JSON, or the profiles as a table where there are any.
void print(const std::vector<Architecture>& architectures, const std::vector<Outcome>& outcomes,
           TableFormat format, bool json) {
  auto document = ordered_json::array();
  Table table{.columns = kColumns, .rows = {}};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    document.push_back(entry_of(architectures[i], outcomes[i]));
    const auto* profile = std::get_if<Profile>(&outcomes[i]);
    if (profile) table.rows.push_back(row(architectures[i], *profile, format));
  }
  if (json) return print_json(document);
  if (!table.rows.empty()) std::cout << format_table(table, format);
}

/// The status of a run that was not stopped; says how many failed where there were others.
int status_of(const std::vector<Outcome>& outcomes) {
  const auto failed = std::ranges::count_if(
      outcomes, [](const auto& o) { return std::holds_alternative<predictor::Failure>(o); });
  if (failed > 0 && outcomes.size() > 1) {
    log::warning(std::to_string(failed) + " of " + std::to_string(outcomes.size()) +
                 " architectures failed");
  }
  return failed > 0 ? 1 : 0;
}

/// Measures here for an lts elsewhere, until its requests end.
int serve(const Arguments& args, const predictor::HardwareConfig& hardware) {
  if (!args.texts("arch").empty()) throw user_error("--agent takes no ARCH: they come as requests");
  for (const char* option : {"table", "grid", "format", "cache", "json"}) {
    if (!args.has(option)) continue;
    throw user_error("--agent takes no --" + std::string(option) +
                     ": it answers the lts that asks, which prints and keeps");
  }
  if (hardware.remote) {
    throw user_error({hardware.file}, "has run: an agent measures with its machine's LibTorch");
  }
  predictor::serve_agent(std::cin, std::cout, hardware, predictor::make_torch_device);
  return 0;
}

}  // namespace

int profile(const std::vector<std::string>& words) {
  Arguments args(kUsage,
                 "lts profile 0e1b5a3c --hardware configs/hardware/cpu-1-thread-careful.yaml");
  args.positional("arch", Count::kAny, "as in lts describe; none with --agent")
      .option("format", "table|csv|md|tex", "form of the table")
      .flag("table", "a row for each architecture and point of the grid, as CSV")
      .options("grid", "KEY=V,V", "with --table: vary a key of the hardware file")
      .flag("agent", "be the device of another lts (docs/protocol.md): requests on standard input");
  add_hardware_options(args);
  add_cache_option(args);
  if (!args.parse(words)) return 0;
  if (!args.has("agent") && args.texts("arch").empty()) {
    throw user_error("missing arch; usage: lts " + std::string(kUsage));
  }
  if (args.has("agent")) return serve(args, hardware_option(args));
  if (args.has("table")) return profile_table(args, architectures_of(args, "arch"));
  if (args.has("grid")) throw user_error("--grid needs --table");
  const TableFormat format = table_format(args.text("format", "table"));
  const auto hardware = hardware_option(args);
  const auto architectures = architectures_of(args, "arch");
  for (const Architecture& one : architectures) require_positions(hardware, one);
  const auto profiler = make_profiler(hardware, cache_option(args));
  const auto [outcomes, stopped] = measure(architectures, *profiler);
  print(architectures, outcomes, format, args.json());
  if (!stopped) return status_of(outcomes);
  log::warning(std::to_string(outcomes.size()) + " of " + std::to_string(architectures.size()) +
               " architectures were measured");
  std::rethrow_exception(stopped);
}

}  // namespace lts::cli
