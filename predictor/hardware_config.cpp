#include "predictor/hardware_config.h"

#include <algorithm>

#include "core/config_reader.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

std::string read_device(const YamlNode* node, const std::string& what) {
  if (!node) return "cpu";
  const std::string device = as_string(*node, what);
  std::int64_t index = 0;
  const bool numbered =
      device.starts_with("cuda:") && parse_int(device.substr(5), index) && index >= 0;
  if (device == "cpu" || device == "cuda" || numbered) return device;
  throw user_error(node->place, what + " is '" + device + "'; accepted: cpu, cuda, cuda:N");
}

/// A bound left unset follows the one that is set.
void read_runs(MapReader& reader, StopRule& stop) {
  constexpr Range<std::int64_t> kRuns{.min = 1, .max = 1'000'000};
  const YamlNode* min = reader.child("min_runs");
  const YamlNode* max = reader.child("max_runs");
  if (min) stop.min_runs = static_cast<int>(as_int(*min, reader.path_of("min_runs"), kRuns));
  if (max) stop.max_runs = static_cast<int>(as_int(*max, reader.path_of("max_runs"), kRuns));
  if (!max) stop.max_runs = std::max(stop.max_runs, stop.min_runs);
  if (!min) stop.min_runs = std::min(stop.min_runs, stop.max_runs);
  if (stop.min_runs <= stop.max_runs) return;
  throw user_error(reader.place(), "stop: min_runs " + std::to_string(stop.min_runs) +
                                       " is greater than max_runs " +
                                       std::to_string(stop.max_runs));
}

StopRule read_stop(const YamlNode* node) {
  StopRule stop;
  if (!node) return stop;
  MapReader reader(*node, "stop");
  stop.relative_ci = reader.number("relative_ci", stop.relative_ci, {.min = 0.0, .max = 1.0});
  read_runs(reader, stop);
  stop.max_seconds = reader.number("max_seconds", stop.max_seconds, {.min = 0.0, .max = 1e6});
  reader.finish();
  return stop;
}

/// An exported graph is one pass.
void require_generations(MapReader& reader, const HardwareConfig& config) {
  if (config.new_tokens == 0 || !config.remote || config.remote->artifact.format == "none") return;
  throw user_error(
      reader.child("new_tokens")->place,
      "new_tokens is " + std::to_string(config.new_tokens) +
          ", and the artifact of a device with run holds a single pass; accepted: 0, or "
          "artifact: {format: none} with a program that generates");
}

/// "/lab/measure.py" -> "measure.py"; options and names are left as they are.
void drop_folders(nlohmann::ordered_json& words) {
  for (auto& word : words) {
    if (!word.is_string()) continue;
    const std::filesystem::path path = word.get<std::string>();
    if (path.is_absolute()) word = path.filename().string();
  }
}

}  // namespace

HardwareConfig read_hardware(const YamlNode& node, const std::string& name) {
  constexpr Range<std::int64_t> kCount{.min = 1, .max = 1'000'000};
  MapReader reader(node, "");
  HardwareConfig config;
  config.name = reader.string("name", name);
  const YamlNode* device = reader.child("device");
  config.device = read_device(device, reader.path_of("device"));
  config.file = node.place.file;
  config.place = device ? device->place : Place{node.place.file};
  config.threads =
      static_cast<int>(reader.integer("threads", config.threads, {.min = 1, .max = 4096}));
  config.dtype = reader.choice("dtype", config.dtype, {"float32", "bfloat16", "int8"});
  config.batch_size = reader.integer("batch_size", config.batch_size, kCount);
  config.sequence_length = reader.integer("sequence_length", config.sequence_length, kCount);
  config.past_length =
      reader.integer("past_length", config.past_length, {.min = 0, .max = 1'000'000});
  config.new_tokens = reader.integer("new_tokens", config.new_tokens, {.min = 0, .max = 1'000'000});
  config.stop = read_stop(reader.child("stop"));
  config.sentinel = reader.boolean("sentinel", config.sentinel);
  config.device_wait_s =
      reader.number("device_wait_s", config.device_wait_s, {.min = 0.0, .max = 1e7});
  config.remote = read_remote(reader);
  require_generations(reader, config);
  reader.finish();
  return config;
}

void require_positions(const HardwareConfig& config, const space::Architecture& architecture) {
  const auto available = architecture.scalar("max_sequence_length");
  if (config.positions() <= available) return;
  const std::string new_tokens =
      config.new_tokens > 0 ? " + new_tokens " + std::to_string(config.new_tokens) : "";
  throw user_error({config.file}, "sequence_length " + std::to_string(config.sequence_length) +
                                      " + past_length " + std::to_string(config.past_length) +
                                      new_tokens + " is greater than max_sequence_length " +
                                      std::to_string(available) + " of " +
                                      space::archid(architecture));
}

HardwareConfig load_hardware(const std::filesystem::path& path) {
  return read_hardware(load_yaml(path), path.stem().string());
}

nlohmann::ordered_json hardware_json(const HardwareConfig& config) {
  nlohmann::ordered_json out = {{"name", config.name},
                                {"device", config.device},
                                {"threads", config.threads},
                                {"dtype", config.dtype},
                                {"batch_size", config.batch_size},
                                {"sequence_length", config.sequence_length},
                                {"past_length", config.past_length},
                                {"new_tokens", config.new_tokens},
                                {"stop",
                                 {{"relative_ci", config.stop.relative_ci},
                                  {"min_runs", config.stop.min_runs},
                                  {"max_runs", config.stop.max_runs},
                                  {"max_seconds", config.stop.max_seconds}}},
                                {"sentinel", config.sentinel},
                                {"device_wait_s", config.device_wait_s}};
  if (config.remote) out.update(remote_json(*config.remote));
  return out;
}

nlohmann::ordered_json measured_part(nlohmann::ordered_json protocol) {
  if (!protocol.is_object()) return protocol;
  for (const char* key : {"name", "device_wait_s", "timeout_s", "connection"}) protocol.erase(key);
  for (const char* key : {"files", "prepare"}) {
    if (protocol.contains(key)) drop_folders(protocol[key]);
  }
  return protocol;
}

}  // namespace lts::predictor
