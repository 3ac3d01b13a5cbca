#pragma once

#include <string>
#include <vector>

#include "core/child_process.h"
#include "predictor/remote/protocol.h"

namespace lts::predictor {

/// The program that `run` names, up and answering. Its standard error is kept for messages.
class DeviceProgram {
 public:
  /// Starts `words` in `folder` and reads the program's first line; what a shell or a library
  /// prints before it is skipped. `name` begins the messages. \throws Error kRuntime when it does
  /// not start, ends, or does not say hello within `timeout_s`.
  DeviceProgram(std::string name, const std::vector<std::string>& words,
                const std::filesystem::path& folder, double timeout_s);

  /// Its first line.
  const Hello& hello() const { return hello_; }

  /// Sends one request and waits for its answer. \throws DeviceLost when it has ended, does not
  /// answer in time, gives an answer that cannot be an honest one or one of kind "device"; it is
  /// then not to be asked again. Error kRuntime with its reason when it says that the candidate
  /// cannot be run.
  Answer ask(const Request& request, const HardwareConfig& config);

 private:
  Hello read_hello(double timeout_s);

  std::string name_;
  double timeout_s_;
  ChildProcess child_;
  Hello hello_;
};

}  // namespace lts::predictor
