#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/shared_records.h"
#include "predictor/profiler.h"
#include "space/architecture.h"

namespace lts::predictor {

/// Measurements in a file, kept from one run to the next and shared by processes that run at the
/// same time. One is found again by its architecture (archid), its protocol (its measured_part)
/// and the fingerprint of the hardware, all three equal to the
/// letter; the newest one counts. Noisy ones are kept like clean ones: on a machine where nothing
/// is clean a cache would be of no use else, and a profile carries its verdict. A record is a line
/// of core/record_line.h, {"measurement": 1, "archid": ..., "profile": as profile_json}.
/// Thread-safe.
class MeasurementCache {
 public:
  /// Opens or creates the file and its folders. \throws Error kUser when it cannot be written or
  /// holds something else.
  /// `patience_s` as SharedRecords.
  explicit MeasurementCache(const std::filesystem::path& path, double patience_s = 10);

  /// The measurement (`cached` set) if there is one, whoever made it. Damaged records are skipped,
  /// and said so once; so are measurements of the same that are of other hardware.
  std::optional<Profile> find(const space::Architecture& architecture,
                              const nlohmann::ordered_json& protocol,
                              const nlohmann::ordered_json& fingerprint);

  /// Keeps a measurement under its own protocol and hardware.
  void store(const space::Architecture& architecture, const Profile& profile);

 private:
  void read_new();
  void say_damage();
  bool take(const nlohmann::ordered_json& record);
  void say_other_hardware(const std::string& what, const nlohmann::ordered_json& fingerprint);

  std::mutex mutex_;  ///< the devices of a pool may share a cache
  SharedRecords records_;
  /// Profiles as text, by key; an ordered_json of each would take ten times the memory.
  std::unordered_map<std::string, std::string> profiles_;
  /// A hardware on which this architecture and protocol were measured.
  std::unordered_map<std::string, nlohmann::ordered_json> hardware_of_;
  std::size_t unusable_ = 0;
  bool said_damage_ = false, said_other_hardware_ = false;
};

/// A profiler that measures what the cache does not hold and keeps what it measured. Failures are
/// not kept. A cache that cannot be read or written any more (disk full) is said once and costs no
/// measurement.
class CachedProfiler final : public Profiler {
 public:
  CachedProfiler(std::shared_ptr<Profiler> inner, std::shared_ptr<MeasurementCache> cache);

  const HardwareConfig& config() const override { return inner_->config(); }
  nlohmann::ordered_json fingerprint() override { return inner_->fingerprint(); }
  Profile profile(const space::Architecture& architecture) override;
  /// Passes on what the cache does not hold.
  void announce(std::span<const space::Architecture> architectures) override;

 private:
  std::optional<Profile> find(const space::Architecture& architecture);
  void warn_once(const char* what, const Error& error);

  std::shared_ptr<Profiler> inner_;
  std::shared_ptr<MeasurementCache> cache_;
  bool warned_ = false;
};

}  // namespace lts::predictor
