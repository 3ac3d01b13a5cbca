#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config_reader.h"

namespace lts::predictor {

/// How files and commands reach a device that is not this process.
struct ConnectionConfig {
  std::string kind = "local";  ///< local (this machine), ssh, adb, any
  /// One device each, all identical: hosts of ssh and any, serial numbers of adb. Empty: one.
  std::vector<std::string> targets{};
  /// On the device; a folder of this session's own is made in it. Not for local.
  std::string folder{};
  int port = 0;                        ///< ssh; 0: its own default
  std::string identity{};              ///< ssh: a file with a private key
  std::vector<std::string> options{};  ///< ssh: further words of its command line
  /// any: command templates with {from} {to} {host} and {command} {host}. Without `copy`, files go
  /// through `execute` as the standard input of `cat`.
  std::vector<std::string> copy{}, execute{};
};

/// What the device's program gets as its model.
struct ArtifactConfig {
  std::string format = "onnx";  ///< onnx; none: the architecture alone
  bool static_shapes = true;
  int opset = 17;
};

/// What may take how long. Seconds.
struct RemoteTimeouts {
  double connect = 30;   ///< a short command on the device
  double copy = 600;     ///< one file
  double prepare = 600;  ///< `prepare`, on this machine
  double run = 120;      ///< until the program's first line, and until each answer
};

/// A device that is driven over the protocol of docs/protocol.md: the part of a hardware file that
/// `run` belongs to.
struct RemoteConfig {
  ConnectionConfig connection{};
  ArtifactConfig artifact{};
  /// The largest difference of `logits_last` from ours that is no wrong result; nothing: 1e-3 in
  /// float32, 0.1 in the other dtypes.
  std::optional<double> logits_tolerance{};
  std::vector<std::string> prepare{};          ///< on this machine, with {artifact} and {prepared}
  std::vector<std::filesystem::path> files{};  ///< to be copied to the device; absolute
  std::vector<std::string> run{}, state{};     ///< on the device
  double rest_s = 0;                           ///< of the device between two candidates
  RemoteTimeouts timeout_s{};
  std::filesystem::path folder{};  ///< of the hardware file: where `prepare` runs; absolute
  Place run_place{}, files_place{}, prepare_place{}, state_place{}, connection_place{};
};

/// Reads `connection`, `artifact`, `logits_tolerance`, `prepare`, `files`, `run`, `state`, `rest`
/// and `timeout_s` of a hardware file; nothing where none of them is there. Relative files and
/// programs of this machine are those beside the hardware file. The caller finishes `reader`.
/// \throws Error kUser with place.
std::optional<RemoteConfig> read_remote(MapReader& reader);

/// `words` with every {name} replaced, inside a word too.
std::vector<std::string> filled_in(
    std::vector<std::string> words,
    const std::vector<std::pair<std::string_view, std::string>>& values);

/// The keys that read_remote reads, complete.
nlohmann::ordered_json remote_json(const RemoteConfig& config);

}  // namespace lts::predictor
