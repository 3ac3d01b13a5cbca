#include "predictor/measurement_cache.h"

#include <cmath>
#include <utility>

#include "core/digest.h"
#include "core/file.h"
#include "core/json_difference.h"
#include "core/log.h"

namespace lts::predictor {
namespace {

using nlohmann::ordered_json;
using space::Architecture;

constexpr int kVersion = 1;  // of a record

/// The same text whatever the order of the keys.
std::string canonical(const ordered_json& json) { return nlohmann::json(json).dump(); }

/// What was measured, whatever it was measured on.
std::string measured_key(const std::string& archid, const ordered_json& protocol) {
  return sha256_hex(archid + "\n" + canonical(measured_part(protocol)));
}

std::string whole_key(const std::string& measured, const ordered_json& fingerprint) {
  return sha256_hex(measured + "\n" + canonical(fingerprint));
}

fs::path with_folder(const fs::path& path) {
  if (path.has_parent_path()) make_folder(path.parent_path());
  return path;
}

/// "cpu_model was "A", is "B"": the first key that differs.
std::string first_difference(const ordered_json& before, const ordered_json& now) {
  const auto found = json_difference(before, now);
  if (!found) return "one of them tells it in another form";
  return found->path + " was " + found->before.dump() + ", is " + found->now.dump();
}

}  // namespace

MeasurementCache::MeasurementCache(const fs::path& path, double patience_s)
    : records_(with_folder(path), patience_s) {
  read_new();
  if (profiles_.empty() && (records_.foreign() || unusable_ > 0)) {
    throw user_error({path.string()}, "is no measurement cache; nothing was changed");
  }
  say_damage();
}

void MeasurementCache::read_new() {
  for (const ordered_json& record : records_.read_new()) {
    if (!take(record)) ++unusable_;
  }
}

void MeasurementCache::say_damage() {
  const std::size_t skipped = records_.damaged() + unusable_;
  if (skipped == 0 || said_damage_) return;
  said_damage_ = true;
  log::warning(records_.path().string() + ": " + std::to_string(skipped) +
               (skipped == 1 ? " record is" : " records are") +
               " damaged and left out; the others hold");
}

bool MeasurementCache::take(const ordered_json& record) {
  try {
    if (record.at("measurement") != kVersion) return false;
    const ordered_json& json = record.at("profile");
    const Profile profile = read_profile(json);
    const std::string measured = measured_key(record.at("archid"), profile.protocol);
    profiles_[whole_key(measured, profile.hardware)] = json.dump();
    hardware_of_[measured] = profile.hardware;
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

std::optional<Profile> MeasurementCache::find(const Architecture& architecture,
                                              const ordered_json& protocol,
                                              const ordered_json& fingerprint) {
  const std::lock_guard lock(mutex_);
  read_new();
  say_damage();
  const std::string measured = measured_key(space::archid(architecture), protocol);
  const auto found = profiles_.find(whole_key(measured, fingerprint));
  if (found == profiles_.end()) {
    say_other_hardware(measured, fingerprint);
    return std::nullopt;
  }
  Profile profile = read_profile(ordered_json::parse(found->second));
  profile.protocol = protocol;
  profile.cached = true;
  return profile;
}

void MeasurementCache::say_other_hardware(const std::string& measured,
                                          const ordered_json& fingerprint) {
  const auto other = hardware_of_.find(measured);
  if (said_other_hardware_ || other == hardware_of_.end()) return;
  said_other_hardware_ = true;
  log::info(records_.path().string() +
            ": holds measurements of other hardware or settings, which are not used (" +
            first_difference(other->second, fingerprint) + ")");
}

void MeasurementCache::store(const Architecture& architecture, const Profile& profile) {
  const std::lock_guard lock(mutex_);
  records_.append({{"measurement", kVersion},
                   {"archid", space::archid(architecture)},
                   {"profile", profile_json(profile)}});
}

CachedProfiler::CachedProfiler(std::shared_ptr<Profiler> inner,
                               std::shared_ptr<MeasurementCache> cache)
    : inner_(std::move(inner)), cache_(std::move(cache)) {}

void CachedProfiler::warn_once(const char* what, const Error& error) {
  if (std::exchange(warned_, true)) return;
  log::warning(std::string(what) + ": " + error.what());
}

std::optional<Profile> CachedProfiler::find(const Architecture& architecture) {
  const ordered_json fingerprint = inner_->fingerprint();
  try {
    return cache_->find(architecture, hardware_json(config()), fingerprint);
  } catch (const Error& error) {
    warn_once("the measurement cache cannot be read", error);
    return std::nullopt;
  }
}

void CachedProfiler::announce(std::span<const space::Architecture> architectures) {
  std::vector<space::Architecture> unknown;
  for (const space::Architecture& architecture : architectures) {
    if (!find(architecture)) unknown.push_back(architecture);
  }
  inner_->announce(unknown);
}

Profile CachedProfiler::profile(const Architecture& architecture) {
  if (auto found = find(architecture)) return *std::move(found);
  Profile profile = inner_->profile(architecture);
  if (!std::isfinite(profile.latency.median_s)) return profile;  // JSON has no NaN
  try {
    cache_->store(architecture, profile);
  } catch (const Error& error) {
    warn_once("what is measured cannot be kept in the measurement cache", error);
  }
  return profile;
}

}  // namespace lts::predictor
