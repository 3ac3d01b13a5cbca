#include "train/distributed/launch.h"

#include <cstdint>
#include <cstdlib>
#include <limits>

#include "core/error.h"
#include "core/text.h"

namespace lts::train {

namespace {

constexpr std::int64_t kMaxRanks = 100'000;
constexpr std::int64_t kMaxPort = 65'535;
// Below the ports that Linux hands out by itself (32768 and up), so that none of them is taken.
constexpr std::int64_t kFirstPort = 20'000;
constexpr std::int64_t kPorts = 10'000;
constexpr std::int64_t kPortsBetweenSteps =
    2'500;  // neighbouring jobs run at once, far ones seldom

constexpr const char* kTorchrun =
    "torchrun sets RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT together";
constexpr const char* kSlurm =
    "srun sets SLURM_PROCID, SLURM_NTASKS, SLURM_LOCALID, SLURM_JOB_ID and SLURM_JOB_NODELIST "
    "together";

/// The variables of one launcher.
class Environment {
 public:
  Environment(const Variables& variables, const char* together)
      : variables_(variables), together_(together) {}

  std::string text(const char* name) const {
    const char* value = variables_(name);
    return value == nullptr ? "" : value;
  }
  bool has(const char* name) const { return !text(name).empty(); }

  std::string required(const char* name) const {
    if (!has(name)) throw user_error(std::string(name) + " is not set: " + together_);
    return text(name);
  }

  std::int64_t integer(const char* name, std::int64_t min, std::int64_t max,
                       const std::string& why = "") const {
    const std::string value = required(name);
    std::int64_t number = 0;
    if (!parse_int(value, number) || number < min || number > max)
      throw user_error(std::string(name) + " is '" + value + "'; accepted: an integer from " +
                       std::to_string(min) + " to " + std::to_string(max) + why);
    return number;
  }

 private:
  const Variables& variables_;
  const char* together_;
};

// `rank_name` and `ranks_name` hold this process's number and how many there are.
Launch numbered(const Environment& environment, const char* rank_name, const char* ranks_name) {
  Launch launch;
  launch.ranks = static_cast<int>(environment.integer(ranks_name, 1, kMaxRanks));
  const std::string why =
      " (" + std::string(ranks_name) + " is " + std::to_string(launch.ranks) + ")";
  launch.rank = static_cast<int>(environment.integer(rank_name, 0, launch.ranks - 1, why));
  return launch;
}

Launch of_torchrun(const Variables& variables) {
  const Environment environment(variables, kTorchrun);
  Launch launch = numbered(environment, "RANK", "WORLD_SIZE");
  if (launch.ranks == 1) return launch;
  launch.local_rank = static_cast<int>(environment.integer("LOCAL_RANK", 0, launch.ranks - 1));
  launch.host = environment.required("MASTER_ADDR");
  launch.port = static_cast<int>(environment.integer("MASTER_PORT", 1, kMaxPort));
  launch.store_exists = environment.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
  launch.attempt = environment.text("TORCHELASTIC_RESTART_COUNT");
  return launch;
}

std::string host_of_slurm(const Environment& environment) {
  if (environment.has("MASTER_ADDR")) return environment.text("MASTER_ADDR");
  const bool step = environment.has("SLURM_STEP_NODELIST");
  const char* name = step ? "SLURM_STEP_NODELIST" : "SLURM_JOB_NODELIST";
  const std::string list = environment.required(name);
  const std::string host = first_host(list);
  if (host.empty())
    throw user_error(std::string(name) + " is '" + list +
                     "'; accepted: a list of hosts, as node[07-09,12],gpu3");
  return host;
}

int port_of_slurm(const Environment& environment) {
  if (environment.has("MASTER_PORT"))
    return static_cast<int>(environment.integer("MASTER_PORT", 1, kMaxPort));
  constexpr auto kLargest = std::numeric_limits<std::uint32_t>::max();  // Slurm's own
  const auto job = environment.integer("SLURM_JOB_ID", 0, kLargest);
  const auto step =
      environment.has("SLURM_STEP_ID") ? environment.integer("SLURM_STEP_ID", 0, kLargest) : 0;
  return static_cast<int>(kFirstPort + (job + step * kPortsBetweenSteps) % kPorts);
}

Launch of_slurm(const Variables& variables) {
  const Environment environment(variables, kSlurm);
  Launch launch = numbered(environment, "SLURM_PROCID", "SLURM_NTASKS");
  if (launch.ranks == 1) return launch;
  launch.local_rank = static_cast<int>(environment.integer("SLURM_LOCALID", 0, launch.ranks - 1));
  launch.host = host_of_slurm(environment);
  launch.port = port_of_slurm(environment);
  return launch;
}

// The shell that salloc gives is a step of its own, with a number that no step of srun has
// (slurm.h: SLURM_INTERACTIVE_STEP and its neighbours).
bool is_shell_of_salloc(const Environment& environment) {
  constexpr std::int64_t kFirstReservedStep = 0xfffffff0;
  std::int64_t step = 0;
  return parse_int(environment.text("SLURM_STEP_ID"), step) && step >= kFirstReservedStep;
}

// A batch script has the variables of its job, the number of tasks among them, and yet is one
// process: its tasks are started by srun, which adds the step.
bool is_task_of_srun(const Environment& environment) {
  if (!environment.has("SLURM_PROCID") || is_shell_of_salloc(environment)) return false;
  return environment.has("SLURM_STEP_ID") ||
         (environment.text("ENVIRONMENT") != "BATCH" && environment.has("SLURM_NTASKS"));
}

}  // namespace

Launch read_launch(const Variables& variables) {
  const Environment environment(variables, "");
  if (environment.has("RANK") || environment.has("WORLD_SIZE")) return of_torchrun(variables);
  return is_task_of_srun(environment) ? of_slurm(variables) : Launch{};
}

Launch read_launch() {
  return read_launch([](const char* name) -> const char* { return std::getenv(name); });
}

std::string first_host(std::string_view list) {
  std::string host;
  for (std::size_t i = 0; i < list.size() && list[i] != ','; ++i) {
    if (list[i] == ']') return "";
    if (list[i] != '[') {
      host += list[i];
      continue;
    }
    const auto close = list.find(']', i);
    const auto number = list.substr(i + 1, list.find_first_of(",-]", i) - i - 1);
    if (close == std::string_view::npos || number.empty()) return "";
    host += number;
    i = close;
  }
  return host;
}

}  // namespace lts::train
