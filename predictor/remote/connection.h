#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/child_process.h"
#include "predictor/remote/remote_config.h"

namespace lts::predictor {

/// How one device is reached. A command is a line for its POSIX shell; whatever the kind, it comes
/// down to the words of a command of this machine.
class Connection {
 public:
  /// `target`: one of config.targets, or "" where there are none. `scratch`: a folder of this
  /// machine for the socket that ssh's connections share.
  Connection(const RemoteConfig& config, std::string target, const std::filesystem::path& scratch);

  bool local() const { return config_.kind == "local"; }
  /// For messages: "this machine", "pi@10.0.0.7", "adb R58M".
  std::string name() const;

  /// The words that run `command` on the device. The one that `carries` is the connection that the
  /// later ones of ssh go through: no handshake for each file.
  std::vector<std::string> words(const std::string& command, bool carries = false) const;

  /// Runs a command, within timeout_s.connect. \throws Error kRuntime when ssh, adb or the template
  /// cannot be started, kStopped when interrupted.
  CommandResult run(const std::string& command) const;
  /// The same to clean up: not interruptible, and given little time.
  void run_quietly(const std::string& command) const noexcept;
  /// Copies a file to an absolute or home-relative path; never leaves half a file under that name.
  CommandResult copy(const std::filesystem::path& from, const std::string& to) const;
  /// Whether it answers at all.
  bool reachable() const;

 private:
  std::vector<std::string> adb_words(const std::vector<std::string>& command) const;
  std::vector<std::string> ssh_words(bool carries) const;
  std::vector<std::string> copy_words(const std::string& from, const std::string& to) const;

  ConnectionConfig config_;
  RemoteTimeouts timeout_s_;
  std::filesystem::path folder_;  ///< where the commands of `any` run
  std::string target_;
  std::filesystem::path socket_;
};

}  // namespace lts::predictor
