#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace lts {

/// What machine this is, as far as it bears on a measurement and stays so from one minute to the
/// next; a key of the measurement cache. Read below `root`, from /proc and /sys:
///
/// - processor: cpu_model, machine (board or product), sockets, cores, threads_per_core, smt (the
///   kernel's switch), num_cpus, isa (avx2, amx_tile, asimddp, ...), caches, microcode, core_kinds;
/// - memory: memory_bytes, numa_nodes, transparent_hugepages;
/// - settings: governor, turbo;
/// - limits: hypervisor (its name, "unknown" for one that hides it, null for none), cpu_quota
/// (CPUs'
///   worth of time granted by a control group, null: no bound), cpus_allowed (how many);
/// - system: architecture, kernel, hostname_sha1 (the name itself stays private).
///
/// What the system does not tell is null. Library versions are their owner's to add.
nlohmann::ordered_json hardware_fingerprint(const std::filesystem::path& root = "/");

/// What of the machine changes from one moment to the next and so is no part of its fingerprint:
/// load_average_1m, frequency_hz {min, max} over the CPUs allowed, temperature_c (the hottest
/// sensor of the processor), throttle_count (thermal, since the start of the system, all CPUs),
/// memory_available_bytes, swap_used_bytes, on_battery. What the system does not tell is null.
nlohmann::ordered_json hardware_state(const std::filesystem::path& root = "/");

}  // namespace lts
