#include "predictor/remote/artifact_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/child_process.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kFullDiskBytes = 1 << 20;

/// A full disk fails every candidate that comes: it is none of theirs.
void refuse_full_disk(const fs::path& folder) {
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  if (code || space.available >= kFullDiskBytes) return;
  throw Error(ErrorKind::kStopped, folder.string() +
                                       ": the disk is full, so no model can be written; TMPDIR "
                                       "names another folder");
}

std::uintmax_t bytes_in(const fs::path& folder) {
  std::uintmax_t size_bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) size_bytes += entry.file_size();
  }
  return size_bytes;
}

std::uintmax_t half_of_free_bytes(const fs::path& folder) {
  std::error_code code;
  const fs::space_info space = fs::space(folder, code);
  return code ? 0 : space.available / 2;
}

}  // namespace

ArtifactOptions artifact_options(const HardwareConfig& config) {
  LTS_ASSERT(config.remote.has_value());
  ArtifactOptions options{.opset = config.remote->artifact.opset,
                          .with_past = config.past_length > 0};
  if (!config.remote->artifact.static_shapes) return options;
  options.batch_size = config.batch_size;
  options.sequence_length = config.sequence_length;
  if (options.with_past) options.past_length = config.past_length;
  return options;
}

Artifact::~Artifact() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

ArtifactStore::ArtifactStore(const HardwareConfig& config, ArtifactWriter writer,
                             std::uintmax_t most_bytes)
    : config_(config),
      writer_(std::move(writer)),
      folder_("artifacts"),
      most_bytes_(std::min(most_bytes, half_of_free_bytes(folder_.path()))) {
  LTS_ASSERT(config_.remote.has_value());
  if (config_.remote->artifact.format == "none" || writer_) return;
  throw user_error({config_.file}, "artifact.format is '" + config_.remote->artifact.format +
                                       "', which this program cannot write; accepted: none");
}

std::shared_ptr<const Artifact> ArtifactStore::make(const space::Architecture& architecture) {
  if (config_.remote->artifact.format == "none") return nullptr;
  const auto found = std::ranges::find(kept_, architecture, &Kept::architecture);
  if (found != kept_.end()) {
    std::rotate(kept_.begin(), found, found + 1);
    return kept_.front().artifact;
  }
  try {
    const auto artifact = write(architecture);
    kept_.push_front({architecture, artifact, bytes_in(artifact->folder())});
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kStopped) refuse_full_disk(folder_.path());
    throw;
  } catch (const std::exception& error) {
    refuse_full_disk(folder_.path());
    throw runtime_error(space::summary(architecture),
                        std::string("cannot be written: ") + error.what());
  }
  give_up_oldest();
  return kept_.front().artifact;
}

void ArtifactStore::give_up_oldest() {
  std::uintmax_t held_bytes = 0;
  for (const Kept& kept : kept_) held_bytes += kept.size_bytes;
  for (; held_bytes > most_bytes_ && kept_.size() > 1; kept_.pop_back()) {
    held_bytes -= kept_.back().size_bytes;
  }
}

std::shared_ptr<const Artifact> ArtifactStore::write(const space::Architecture& architecture) {
  const auto artifact = std::make_shared<Artifact>(folder_.path() / std::to_string(made_++));
  make_folder(artifact->folder());
  artifact->file = artifact->folder() / "model.onnx";
  writer_(architecture, artifact_options(config_), artifact->file);
  if (!config_.remote->prepare.empty()) prepare(*artifact, architecture);
  return artifact;
}

/// Leaves what `prepare` made, and only that, in the artifact's folder.
void ArtifactStore::prepare(Artifact& artifact, const space::Architecture& architecture) const {
  const RemoteConfig& remote = *config_.remote;
  const fs::path prepared = artifact.folder() / "prepared" / "model";
  make_folder(prepared.parent_path());
  const CommandResult result = run_command(
      filled_in(remote.prepare,
                {{"artifact", artifact.file.string()}, {"prepared", prepared.string()}}),
      remote.timeout_s.prepare, {.folder = remote.folder});
  const std::string subject = space::summary(architecture);
  if (!result.exit) {
    throw runtime_error(subject, "prepare took longer than " +
                                     short_number(remote.timeout_s.prepare) +
                                     " s (timeout_s.prepare)");
  }
  if (!result.success()) throw runtime_error(subject, "prepare failed: " + result.failure());
  if (!fs::is_regular_file(prepared)) {
    throw runtime_error(subject,
                        "prepare ended well and left no file {prepared}; a compiler that writes a "
                        "folder needs a script that packs it into one file");
  }
  for (const auto& entry : fs::directory_iterator(artifact.folder())) {
    if (entry.path() != prepared.parent_path()) fs::remove_all(entry.path());
  }
  artifact.file = prepared;
}

}  // namespace lts::predictor
