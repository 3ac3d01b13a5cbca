#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/child_process.h"
#include "predictor/command/command_config.h"

namespace lts::predictor {

/// The program ended or did not answer in time. It may have been for what it was asked.
class ProgramLost : public std::runtime_error {
 public:
  ProgramLost(const std::string& message, bool late) : std::runtime_error(message), late_(late) {}
  bool late() const { return late_; }  ///< no answer in time

 private:
  bool late_;
};

/// An objective's program: started when it is first asked and again when it was lost. It stays up
/// between requests.
class CommandProgram {
 public:
  explicit CommandProgram(CommandConfig config) : config_(std::move(config)) {}

  /// The outcomes of a request, in order. \throws ProgramLost; Error kRuntime for an answer that is
  /// none or a program that cannot be started, kStopped after a signal. The program is then down.
  std::vector<Outcome> ask(std::span<const space::Architecture> architectures);

  /// "s.yaml:3:5: objective 'mine': the program python3 mine.py: it ...", an error that ends the
  /// run.
  Error error(const std::string& what) const;
  const CommandConfig& config() const { return config_; }

 private:
  std::string exchange(const std::string& request);

  CommandConfig config_;
  std::optional<ChildProcess> child_{};
  std::int64_t next_id_ = 1;
};

}  // namespace lts::predictor
