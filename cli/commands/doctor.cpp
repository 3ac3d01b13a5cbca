#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/hardware_option.h"
#include "core/table.h"
#include "core/text.h"
#include "predictor/alone.h"
#include "predictor/device_profiler.h"
#include "predictor/doctor.h"
#include "predictor/profilers/profilers.h"
#include "predictor/sentinel.h"

namespace lts::cli {
namespace {

using predictor::Check;
using predictor::DoctorReport;
using predictor::HardwareConfig;

/// What the machine's own GPU says of itself, and how it is after runs: its clocks fall when it
/// rests.
void ask_gpu(predictor::Patient& patient, predictor::Device& device,
             predictor::LoadedModel& sentinel) {
  constexpr int kRuns = 20;
  patient.gpu_fingerprint = device.fingerprint().value("gpu", nlohmann::ordered_json());
  sentinel.time_runs(kRuns);
  patient.gpu_state = sentinel.extras().value("gpu", nlohmann::ordered_json());
}

DoctorReport examine(const HardwareConfig& hardware, double seconds) {
  const predictor::Clock clock = predictor::system_clock();
  const auto device = std::move(predictor::make_devices(hardware).front());
  const auto sentinel = device->load(predictor::sentinel_architectures(hardware).compute);
  predictor::Patient patient{.time_runs = [&](int runs) { return sentinel->time_runs(runs); },
                             .local = hardware.runs_on_this_machine(),
                             .now_s = clock.now_s,
                             .sleep_s = clock.sleep_s};
  const predictor::Alone alone(hardware);
  if (!hardware.remote && hardware.device.starts_with("cuda")) ask_gpu(patient, *device, *sentinel);
  return predictor::examine(hardware, patient, seconds);
}

Table checks_table(const DoctorReport& report, bool with_advice) {
  Table table{.columns = {"check", "status", "found"}, .rows = {}};
  if (with_advice) table.columns.push_back("advice");
  for (const Check& check : report.checks) {
    table.rows.push_back({check.name, predictor::status_name(check.status), check.found});
    if (with_advice) table.rows.back().push_back(check.advice);
  }
  return table;
}

void print_advice(const DoctorReport& report) {
  const bool any =
      std::ranges::any_of(report.checks, [](const Check& c) { return !c.advice.empty(); });
  if (any) std::cout << "\nwhat to do:\n";
  for (const Check& check : report.checks) {
    if (!check.advice.empty()) std::cout << "  " << check.name << ": " << check.advice << "\n";
  }
  std::cout << "\n";
}

std::string summary(const DoctorReport& report) {
  const auto& noise = report.noise;
  return report.verdict + ": noise floor " + human_percent(noise.noise_percent / 100) + ", drift " +
         human_percent(noise.drift_percent / 100) + " (" +
         std::to_string(noise.block_medians_s.size()) + " blocks of " +
         std::to_string(noise.runs_per_block) + " runs of a sentinel of " +
         short_number(1e3 * noise.median_s, 3) + " ms)\n";
}

}  // namespace

int doctor(const std::vector<std::string>& words) {
  Arguments args("doctor [--hardware FILE]",
                 "lts doctor --hardware configs/hardware/cpu-1-thread.yaml");
  args.option("seconds", "S", "how long the noise floor is measured (default 5)")
      .option("format", "table|csv|md|tex", "form of the table");
  add_hardware_options(args);
  if (!args.parse(words)) return 0;
  const TableFormat format = table_format(args.text("format", "table"));
  const double seconds = args.number("seconds", 5, {.min = 0.1, .max = 3600});
  const HardwareConfig hardware = hardware_option(args);
  const DoctorReport report = examine(hardware, seconds);
  if (args.json()) {
    auto document = doctor_json(report);
    document["protocol"] = hardware_json(hardware);
    print_json(document);
    return 0;
  }
  const bool for_people = format == TableFormat::kText;
  std::cout << format_table(checks_table(report, !for_people), format);
  if (for_people) print_advice(report);
  (for_people ? std::cout : std::cerr) << summary(report);
  return 0;
}

}  // namespace lts::cli
