#include <exception>
#include <iostream>
#include <utility>

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

/// What was measured before the end, or before something ended it.
struct Measured {
  std::vector<Profile> profiles;
  std::exception_ptr failure;
};

/// Measures one after another, a line of progress each.
Measured measure(const std::vector<Architecture>& architectures,
                 const std::shared_ptr<predictor::Profiler>& profiler) {
  Measured out;
  profiler->announce(architectures);
  for (const Architecture& architecture : architectures) {
    try {
      out.profiles.push_back(profiler->profile(architecture));
    } catch (const Error&) {
      if (out.profiles.empty()) throw;
      out.failure = std::current_exception();
      return out;
    }
    const predictor::Latency& latency = out.profiles.back().latency;
    log::info(std::to_string(out.profiles.size()) + "/" + std::to_string(architectures.size()) +
              " " + space::summary(architecture) + ": " + milliseconds(latency.median_s) + " ms, " +
              std::to_string(latency.samples_s.size()) + " runs, " + latency.verdict +
              (out.profiles.back().cached ? ", from the cache" : ""));
  }
  return out;
}

/// Measures here for an lts elsewhere, until its requests end.
int serve(const Arguments& args, const predictor::HardwareConfig& hardware) {
  if (!args.texts("arch").empty()) throw user_error("--agent takes no ARCH: they come as requests");
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
  if (args.has("table")) return profile_table(args, architectures_of(args, "arch"));
  if (args.has("grid")) throw user_error("--grid needs --table");
  const TableFormat format = table_format(args.text("format", "table"));
  const auto hardware = hardware_option(args);
  if (args.has("agent")) return serve(args, hardware);
  const auto architectures = architectures_of(args, "arch");
  for (const Architecture& one : architectures) require_positions(hardware, one);
  const auto [profiles, failure] =
      measure(architectures, make_profiler(hardware, cache_option(args)));
  auto document = ordered_json::array();
  Table table{.columns = kColumns, .rows = {}};
  for (std::size_t i = 0; i < profiles.size(); ++i) {
    ordered_json entry = {{"archid", space::archid(architectures[i])}};
    entry.update(profile_json(profiles[i]));
    document.push_back(std::move(entry));
    table.rows.push_back(row(architectures[i], profiles[i], format));
  }
  if (args.json()) {
    print_json(document);
  } else {
    std::cout << format_table(table, format);
  }
  if (failure) {
    log::warning(std::to_string(profiles.size()) + " of " + std::to_string(architectures.size()) +
                 " architectures were measured");
    std::rethrow_exception(failure);
  }
  return 0;
}

}  // namespace lts::cli
