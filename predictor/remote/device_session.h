#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/temporary_folder.h"
#include "predictor/device.h"
#include "predictor/remote/artifact_store.h"
#include "predictor/remote/connection.h"
#include "predictor/remote/device_program.h"

namespace lts::predictor {

/// What is up on one device: a folder of its own with the copied files, the program that `run`
/// names, and the models copied so far. Everything but open() tells a device's failure as a
/// DeviceLost; the program has then been stopped and reopen() is needed.
class DeviceSession {
 public:
  /// `target` as of Connection. Precondition: config.remote.
  DeviceSession(const HardwareConfig& config, std::string target);
  DeviceSession(const DeviceSession&) = delete;
  DeviceSession& operator=(const DeviceSession&) = delete;
  /// Stops the program and removes the folder, as far as the device can be reached.
  ~DeviceSession();

  std::string name() const { return connection_.name(); }

  /// Connects where nothing has been connected yet. \throws DeviceLost when the device cannot be
  /// reached; Error kUser or kRuntime when it can and the hardware file is wrong or the program
  /// does not start.
  void open();
  /// Stops what is left of the program and connects again. \throws as open(), and DeviceLost when
  /// another device answers or the program no longer starts.
  void reopen();
  /// Whether the program is up, as far as is known.
  bool is_up() const { return program_.has_value(); }
  /// Changes whenever models copied before are gone.
  int epoch() const { return epoch_; }
  /// What the program said of the device, and a digest of the files that were copied.
  const nlohmann::ordered_json& fingerprint() const { return fingerprint_; }

  /// Copies an artifact; its path for the program. \throws Error kRuntime when the device answers
  /// and does not take it (storage full): the candidate's failure.
  std::string place(const Artifact& artifact, const space::Architecture& architecture);
  /// Marks a placed artifact for removal, with the next one that is placed.
  void discard(const std::string& path) noexcept;

  /// As DeviceProgram::ask; the request gets its id here.
  Answer ask(Request request);
  /// What `state` prints, trimmed; null where there is no such command.
  nlohmann::ordered_json state();
  /// Waits until `rest.seconds` have passed since the last answer. \throws Error kStopped.
  void rest() const;

 private:
  void connect();
  void make_folder();
  void copy_files();
  void start_program();
  void require_generations();
  void check_fingerprint(nlohmann::ordered_json device);
  CommandResult run_state();
  std::string in_folder(const std::string& command) const;
  std::optional<std::string> boot_id() const;
  DeviceLost lost(const std::string& reason);

  HardwareConfig config_;
  TemporaryFolder scratch_;  ///< of this machine; the session's folder where the device is local
  Connection connection_;
  std::string folder_;       ///< on the device
  bool has_folder_ = false;  ///< ours, on a device that is not local
  std::string boot_id_{};
  nlohmann::ordered_json fingerprint_{};  ///< null until the first connection
  std::optional<DeviceProgram> program_{};
  std::vector<std::string> discarded_{};
  double last_answer_s_;
  std::int64_t next_id_ = 1, next_model_ = 1;
  int epoch_ = 0;
};

}  // namespace lts::predictor
