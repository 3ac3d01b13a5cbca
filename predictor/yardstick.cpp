#include "predictor/yardstick.h"

#include "core/digest.h"
#include "core/log.h"
#include "core/machine_folder.h"
#include "core/shared_records.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 1;  // of the sentinel's architectures and of a record

/// Of what the sentinel's times depend on.
std::string key_of(const HardwareConfig& config, const ordered_json& fingerprint) {
  nlohmann::json protocol = measured_part(hardware_json(config));
  for (const char* other : {"stop", "sentinel"}) protocol.erase(other);
  return sha256_hex(protocol.dump() + "\n" + nlohmann::json(fingerprint).dump());
}

void warn(const Error& error) {
  log::warning("the speed of this device is not shared with other lts processes: " +
               std::string(error.what()));
}

}  // namespace

std::optional<Yardstick> Yardsticks::find(const HardwareConfig& config,
                                          const ordered_json& fingerprint) const {
  std::optional<Yardstick> found;
  if (!file_) return found;
  try {
    const std::string key = key_of(config, fingerprint);
    SharedRecords records(*file_);
    for (const ordered_json& record : records.read_new()) {
      if (record.value("yardstick", 0) != kVersion || record.value("key", "") != key) continue;
      found = Yardstick{record.at("compute_s"), record.at("memory_s")};
    }
  } catch (const Error& error) {
    warn(error);
  }
  return found;
}

void Yardsticks::keep(const HardwareConfig& config, const ordered_json& fingerprint,
                      const Yardstick& yardstick) const {
  if (!file_) return;
  try {
    SharedRecords(*file_).append({{"yardstick", kVersion},
                                  {"key", key_of(config, fingerprint)},
                                  {"compute_s", yardstick.compute_s},
                                  {"memory_s", yardstick.memory_s}});
  } catch (const Error& error) {
    warn(error);
  }
}

Yardsticks machine_yardsticks() {
  const auto folder = machine_folder();
  if (!folder) return Yardsticks(std::nullopt);
  return Yardsticks(*folder / "yardsticks.jsonl");
}

}  // namespace lts::predictor
