#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "predictor/device.h"
#include "predictor/remote/artifact_store.h"

namespace lts::predictor {

/// What a device that is not this process needs from the program around it.
struct RemoteTools {
  /// For artifact.format onnx.
  ArtifactWriter write_artifact{};
  /// Our log-probabilities of the next token after the protocol's tokens (zeros), of the first
  /// sequence, [V], with the weights that write_artifact writes. Without it `logits_last` is not
  /// asked for.
  std::function<std::vector<double>(const space::Architecture& architecture)> log_probabilities{};
  /// Whether to connect at once, so that a wrong hardware file is refused before anything begins.
  bool connect_now = false;
};

/// The devices of a hardware file with `run`: one for each host or serial number of its connection,
/// all under the same config(). Nothing is connected before a device's first use.
///
/// - A device's failure is a DeviceLost with the reason; what is `run` has then been stopped.
///   reopen() connects and starts anew, and refuses another device than the first time.
/// - When the first use finds that the file is wrong (no such folder, `run` does not start), that
/// is
///   an Error kStopped: it is no candidate's failure.
///
/// Each device may be used from a thread of its own. \throws Error kUser with place where a file or
/// a program of this machine that the hardware file names is not there; with connect_now
/// DeviceLost, kUser and kRuntime for a file that the device shows to be wrong, and kUser for
/// devices whose fingerprints differ.
std::vector<std::unique_ptr<Device>> make_remote_devices(const HardwareConfig& config,
                                                         const RemoteTools& tools);

}  // namespace lts::predictor
