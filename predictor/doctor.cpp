#include "predictor/doctor.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/hardware.h"
#include "core/text.h"
#include "predictor/machine_checks.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using Status = Check::Status;

constexpr double kWatch_s = 1;
constexpr double kUsualNoise = 0.02;                       // where a hardware file asks for none
constexpr double kUselessNoise = 5;                        // times as much as was asked for
constexpr double kFineClock = 0.001, kCoarseClock = 0.01;  // of a run

/// By what is asked for, in percent.
Status by_noise(double percent, double asked_percent) {
  if (percent > kUselessNoise * asked_percent) return Status::kFail;
  return percent > asked_percent ? Status::kWarn : Status::kOk;
}

std::string milliseconds(double seconds) { return short_number(1e3 * seconds, 3) + " ms"; }

Check clock_check(const NoiseFloor& noise) {
  const std::string runs = "runs of " + milliseconds(noise.median_s);
  if (noise.clock_step_s == 0) return {"clock", Status::kOk, runs + ", a fine clock"};
  const double share = noise.clock_step_s / noise.median_s;
  const Status status = share > kCoarseClock ? Status::kFail
                        : share > kFineClock ? Status::kWarn
                                             : Status::kOk;
  return {"clock", status, runs + ", a clock of " + milliseconds(noise.clock_step_s) + " steps",
          status == Status::kOk ? "" : "a finer clock, or more work in a run (batch_size)"};
}

std::vector<Check> noise_checks(const NoiseFloor& noise, double asked_percent) {
  const auto percent = [](double value) { return human_percent(value / 100); };
  const std::string asked = percent(asked_percent) + " asked for";
  const Status noisy = by_noise(noise.noise_percent, asked_percent);
  const Status drifts = by_noise(std::abs(noise.drift_percent), asked_percent);
  return {clock_check(noise),
          {"noise", noisy, percent(noise.noise_percent) + " from block to block, " + asked,
           noisy == Status::kOk ? "" : "what the other checks say; else a looser relative_ci"},
          {"drift", drifts, percent(noise.drift_percent) + " from the first half to the second",
           drifts == Status::kOk ? "" : "let the machine warm up or cool down, then try again"}};
}

/// Watches the machine while nothing of ours runs, then while the sentinel does.
struct Watched {
  Observation seen;
  NoiseFloor noise;
};

Watched watch(const Patient& patient, double noise_s) {
  Watched out;
  Observation& seen = out.seen;
  const auto between = [&] {
    if (!patient.local) return;
    const ordered_json range = hardware_state(patient.root)["frequency_hz"];
    if (range.is_object()) seen.frequencies_hz.push_back(range["max"]);
  };
  // Each time is taken before its reading, as the reading's counters are.
  double before_s = patient.now_s();
  if (patient.local) {
    seen.state_before = hardware_state(patient.root);
    before_s = patient.now_s();
    seen.before = Activity::read(patient.root);
    patient.sleep_s(kWatch_s);
    const double idle_s = patient.now_s();
    seen.idle = Activity::read(patient.root);
    seen.idle_s = idle_s - before_s;
    before_s = idle_s;
  }
  out.noise = measure_noise_floor(patient.time_runs, noise_s, patient.now_s, between);
  seen.noise_s = patient.now_s() - before_s;
  if (patient.local) {
    seen.after = Activity::read(patient.root);
    seen.state_after = hardware_state(patient.root);
  }
  return out;
}

std::string verdict_of(const std::vector<Check>& checks) {
  const bool failed =
      std::ranges::any_of(checks, [](const Check& check) { return check.status == Status::kFail; });
  if (failed) return "unfit";
  const bool still = std::ranges::all_of(checks, [](const Check& check) {
    return (check.name != "noise" && check.name != "drift") || check.status == Status::kOk;
  });
  return still ? "fit" : "usable with care";
}

}  // namespace

std::string status_name(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kWarn:
      return "warn";
    case Status::kFail:
      return "fail";
  }
  return "fail";
}

ordered_json doctor_json(const DoctorReport& report) {
  ordered_json checks = ordered_json::array();
  for (const Check& check : report.checks) {
    checks.push_back({{"name", check.name},
                      {"status", status_name(check.status)},
                      {"found", check.found},
                      {"advice", check.advice}});
  }
  return {{"checks", checks},
          {"noise_percent", report.noise.noise_percent},
          {"drift_percent", report.noise.drift_percent},
          {"verdict", report.verdict},
          {"sentinel",
           {{"median_s", report.noise.median_s},
            {"runs_per_block", report.noise.runs_per_block},
            {"block_medians_s", report.noise.block_medians_s}}}};
}

DoctorReport examine(const HardwareConfig& config, const Patient& patient, double noise_s) {
  const auto [seen, noise] = watch(patient, noise_s);
  const double asked = config.stop.relative_ci > 0 ? config.stop.relative_ci : kUsualNoise;
  DoctorReport out{.checks = {}, .noise = noise, .verdict = {}};
  const auto add = [&](std::vector<Check> checks) {
    std::ranges::move(checks, std::back_inserter(out.checks));
  };
  if (patient.local) {
    add(setting_checks(config, patient.root));
    add(activity_checks(config, seen, patient.root));
  }
  add(gpu_checks(patient.gpu_fingerprint, patient.gpu_state));
  add(noise_checks(noise, 100 * asked));
  out.verdict = verdict_of(out.checks);
  return out;
}

}  // namespace lts::predictor
