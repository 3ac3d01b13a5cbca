#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/temporary_folder.h"
#include "predictor/hardware_config.h"
#include "space/architecture.h"

namespace lts::predictor {

/// What a writer of artifacts is asked for. A size that is absent is symbolic in the file.
struct ArtifactOptions {
  int opset = 17;
  std::optional<std::int64_t> batch_size{}, sequence_length{};
  /// Whether the graph takes a KV cache (`past_length` > 0), and its length where shapes are fixed.
  bool with_past = false;
  std::optional<std::int64_t> past_length{};
};

/// The options of a hardware file. Precondition: config.remote.
ArtifactOptions artifact_options(const HardwareConfig& config);

/// Writes the model of an architecture, with weights that are the same each time, to `file`; may
/// write further files beside it (external data). \throws Error for the candidate's own failure.
using ArtifactWriter =
    std::function<void(const space::Architecture& architecture, const ArtifactOptions& options,
                       const std::filesystem::path& file)>;

/// A model as the device gets it: a file, and what lies beside it in a folder of its own, which is
/// removed with the object.
class Artifact {
 public:
  explicit Artifact(std::filesystem::path folder) : folder_(std::move(folder)) {}
  Artifact(const Artifact&) = delete;
  Artifact& operator=(const Artifact&) = delete;
  ~Artifact();

  std::filesystem::path file;  ///< the model
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
};

/// Makes artifacts, `prepare` included, on this machine. They are kept, the one used longest ago
/// given up first: a candidate that waits for its device or is measured again is not compiled
/// again.
class ArtifactStore {
 public:
  /// `most_bytes` is kept at most, half of what is free where that is less, and the last one
  /// always. Precondition: config.remote. \throws Error kUser where a `writer` is missing for the
  /// format.
  ArtifactStore(const HardwareConfig& config, ArtifactWriter writer,
                std::uintmax_t most_bytes = std::uintmax_t{2} << 30);

  /// The artifact of an architecture; nothing where the format is none. \throws Error kUser or
  /// kRuntime for the candidate's failure (it cannot be written, `prepare` fails or takes longer
  /// than its timeout), kStopped when interrupted or when this machine's disk is full.
  std::shared_ptr<const Artifact> make(const space::Architecture& architecture);

 private:
  struct Kept {
    space::Architecture architecture;
    std::shared_ptr<const Artifact> artifact;
    std::uintmax_t size_bytes;
  };
  std::shared_ptr<const Artifact> write(const space::Architecture& architecture);
  void give_up_oldest();
  void prepare(Artifact& artifact, const space::Architecture& architecture) const;

  HardwareConfig config_;
  ArtifactWriter writer_;
  TemporaryFolder folder_;
  std::uintmax_t most_bytes_;
  std::deque<Kept> kept_;  ///< last used first
  int made_ = 0;
};

}  // namespace lts::predictor
