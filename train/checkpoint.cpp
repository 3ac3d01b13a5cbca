#include "train/checkpoint.h"

#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "train/run_folder.h"

namespace lts::train {

namespace {

using nlohmann::json;

constexpr const char* kUnfinished = ".unfinished-";
constexpr const char* kDamaged = ".damaged";

std::string manifest_text(const std::vector<space::ModelFile>& files) {
  auto entries = nlohmann::ordered_json::object();
  for (const auto& file : files)
    entries[file.name] = {{"bytes", file.content.size()},
                          {"xxh3_64", hex64(checksum64(file.content))}};
  return nlohmann::ordered_json{{"format", "lts checkpoint"}, {"version", 1}, {"files", entries}}
             .dump(2) +
         "\n";
}

void remove_quietly(const fs::path& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

std::optional<std::string> file_flaw(const fs::path& path, const json& entry) {
  const std::string name = path.filename().string();
  if (!fs::is_regular_file(path)) return name + " is missing";
  const auto bytes = fs::file_size(path), expected = entry.at("bytes").get<std::uintmax_t>();
  if (bytes != expected)
    return name + " has " + std::to_string(bytes) + " bytes, not " + std::to_string(expected);
  const MappedFile file(path);
  if (hex64(checksum64(file.bytes())) != entry.at("xxh3_64").get<std::string>())
    return name + " has a wrong checksum";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> checkpoint_flaw(const fs::path& folder) {
  try {
    const json manifest = json::parse(read_file(folder / kManifestFile));
    for (const auto& [name, entry] : manifest.at("files").items())
      if (auto flaw = file_flaw(folder / name, entry)) return flaw;
    return std::nullopt;
  } catch (const json::exception&) {
    return std::string(kManifestFile) + " is damaged";
  } catch (const std::exception& error) {  // unreadable is as good as damaged
    return std::string(error.what());
  }
}

CheckpointStore::CheckpointStore(fs::path folder, std::int64_t keep)
    : folder_(std::move(folder)), keep_(keep) {}

fs::path CheckpointStore::path_of(std::int64_t step) const {
  return folder_ / checkpoint_name(step);
}

std::vector<std::int64_t> CheckpointStore::steps() const { return checkpoint_steps(folder_); }

void CheckpointStore::save(std::int64_t step, const std::vector<space::ModelFile>& files) {
  make_folder(folder_);
  remove_unfinished();
  const fs::path unfinished = folder_ / (kUnfinished + std::to_string(step));
  try {
    make_folder(unfinished);
    for (const auto& file : files) write_file_atomic(unfinished / file.name, file.content);
    write_file_atomic(unfinished / kManifestFile, manifest_text(files));
    fs::remove_all(path_of(step));
    fs::rename(unfinished, path_of(step));
    sync_path(folder_);
  } catch (const fs::filesystem_error& error) {
    remove_quietly(unfinished);
    throw runtime_error(path_of(step).string(), "cannot be written: " + error.code().message());
  } catch (...) {
    remove_quietly(unfinished);
    throw;
  }
  const auto kept = steps();  // an old checkpoint too many harms nobody
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep_) < kept.size(); ++i)
    remove_quietly(path_of(kept[i]));
}

void CheckpointStore::remove_unfinished() const {
  if (!fs::is_directory(folder_)) return;
  for (const auto& entry : fs::directory_iterator(folder_))
    if (entry.path().filename().string().starts_with(kUnfinished)) remove_quietly(entry.path());
}

void CheckpointStore::remove_after(std::int64_t step) const {
  auto kept = steps();
  for (; !kept.empty() && kept.back() > step; kept.pop_back()) fs::remove_all(path_of(kept.back()));
}

std::vector<std::int64_t> CheckpointStore::steps_up_to_whole() const {
  auto kept = steps();
  while (!kept.empty() && checkpoint_flaw(path_of(kept.back()))) kept.pop_back();
  return kept;
}

bool CheckpointStore::make_room() const {
  if (steps().size() < 2) return false;
  const auto kept = steps_up_to_whole();
  if (kept.size() < 2) return false;
  remove_quietly(path_of(kept.front()));
  return !fs::exists(path_of(kept.front()));
}

std::optional<std::int64_t> CheckpointStore::newest_whole(const Wanted& wanted) {
  remove_unfinished();
  auto candidates = steps();
  if (wanted) std::erase_if(candidates, [&](std::int64_t step) { return !wanted(step); });
  for (; !candidates.empty(); candidates.pop_back()) {
    const fs::path path = path_of(candidates.back());
    const auto flaw = checkpoint_flaw(path);
    if (!flaw) return candidates.back();
    log::warning(path.string() + ": is damaged (" + *flaw + "), set aside as " +
                 path.filename().string() + kDamaged + "; going back to the one before");
    fs::remove_all(path.string() + kDamaged);
    fs::rename(path, path.string() + kDamaged);
  }
  return std::nullopt;
}

}  // namespace lts::train
