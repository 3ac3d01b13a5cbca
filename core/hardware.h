#pragma once

#include <nlohmann/json.hpp>

namespace lts {

/// What machine this is, as far as it bears on a measurement: cpu_model, num_cpus, isa (avx2,
/// avx512f, avx512_bf16, amx_tile, ...), caches, memory_bytes, governor, no_turbo, smt,
/// architecture, kernel,
/// hostname_sha1 (the name itself stays private). Keys that the system does not tell are null.
nlohmann::ordered_json hardware_fingerprint();

}  // namespace lts
