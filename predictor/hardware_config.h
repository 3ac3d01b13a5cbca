#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "core/yaml.h"
#include "predictor/remote/remote_config.h"
#include "predictor/stop_rule.h"
#include "space/architecture.h"

namespace lts::predictor {

/// Where and how an architecture is measured: a file of configs/hardware. The defaults are the
/// published protocol (reference/archai.md 1.4-1.5, sequence 192): trunk over all positions, head
/// and softmax on the last one only.
struct HardwareConfig {
  std::string name;            ///< the file's stem unless the file says otherwise
  std::string device = "cpu";  ///< cpu, cuda, cuda:1
  int threads = 1;
  std::string dtype = "float32";  ///< float32, bfloat16, int8
  std::int64_t batch_size = 1;
  std::int64_t sequence_length = 192;  ///< tokens of one run
  std::int64_t past_length = 0;        ///< > 0: the run follows a filled KV cache of so many tokens
  /// > 0: the run is a whole generation: sequence_length tokens are read, so many written greedily,
  /// the first by the pass over the prompt, each other by one step over the KV cache.
  std::int64_t new_tokens = 0;
  StopRule stop{};
  bool sentinel = true;         ///< watch for drift with a small model between the candidates
  double device_wait_s = 3600;  ///< how long a candidate waits for a lost device
  std::optional<RemoteConfig> remote{};  ///< set where `run` names a program that measures
  Place place{};       ///< where `device` stands, or the file: begins messages about the device
  std::string file{};  ///< what it was read from: begins the other messages

  /// Positions that a run needs: sequence_length + past_length + new_tokens.
  std::int64_t positions() const { return sequence_length + past_length + new_tokens; }
  /// Whether the runs take this machine's processors: no other work of ours may run beside them.
  bool runs_on_this_machine() const { return !remote || remote->connection.kind == "local"; }
};

/// Reads a hardware file. \throws Error kUser with line and column.
HardwareConfig load_hardware(const std::filesystem::path& path);
/// Reads it from a map already loaded, e.g. written into a run's config.yaml.
HardwareConfig read_hardware(const YamlNode& node, const std::string& name);

/// Refuses an architecture with fewer positions than the protocol needs. \throws Error kUser naming
/// both lengths.
void require_positions(const HardwareConfig& config, const space::Architecture& architecture);

/// The map that read_hardware reads, complete; the `protocol` of a measurement.
nlohmann::ordered_json hardware_json(const HardwareConfig& config);

/// What of hardware_json bears on a measurement: without the name, how long is waited for what, and
/// how the device is reached (which one it is, its fingerprint says); of files and programs of this
/// machine the names without their folders (what they are, the fingerprint says too).
nlohmann::ordered_json measured_part(nlohmann::ordered_json protocol);

}  // namespace lts::predictor
