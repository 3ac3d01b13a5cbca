#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/system_files.h"

namespace lts {

/// CPUs (hardware threads) and how they share cores and sockets.
struct CpuTopology {
  std::vector<int> online;  ///< numbers of the CPUs that are switched on
  int sockets = 1;
  int cores = 1;
  int threads_per_core = 1;  ///< more than 1: SMT is in use
};
CpuTopology cpu_topology(const SystemFiles& files);

/// The processor's name: "model name" of x86; on Arm the cores' names, "Cortex-A55 + Cortex-A76",
/// or "implementer 0x48 part 0xd01" where they are unknown. "" where the system does not tell.
std::string cpu_model(const SystemFiles& files);

/// The instruction sets that bear on matrix work: avx*, amx*, fma of x86; asimd*, sve*, sme*, bf16,
/// i8mm, fphp of Arm. In the system's order.
std::vector<std::string> instruction_sets(const SystemFiles& files);

/// Sizes of the first CPU's caches: {"L1d": "32K", "L1i": "32K", "L2": "1024K"}.
nlohmann::ordered_json cpu_caches(const SystemFiles& files);

/// How much processor this process may use.
struct CpuLimits {
  std::vector<int> allowed;       ///< CPUs of its affinity mask
  std::optional<double> quota{};  ///< CPUs' worth of time that a control group grants, v1 or v2
  /// CPUs that can work at once: the smaller of both.
  double usable() const;
};
CpuLimits cpu_limits(const SystemFiles& files);

/// Kinds of core among `cpus`, which big.LITTLE and hybrid processors have several of:
/// [{count, max_frequency_hz, capacity}], the fastest first. Empty where the system tells neither.
nlohmann::ordered_json core_kinds(const SystemFiles& files, const std::vector<int>& cpus);

}  // namespace lts
