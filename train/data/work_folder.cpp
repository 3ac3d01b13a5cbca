#include "train/data/work_folder.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "core/error.h"
#include "train/data/manifest.h"

namespace lts::train {
namespace {

constexpr const char* kWorkName = ".unfinished";
constexpr const char* kLockName = "lock";

// train-00000.bin, validation-00000.bin and so on.
bool is_shard_name(const std::string& name) {
  for (const std::string prefix : {"train-", "validation-"}) {
    if (name.starts_with(prefix) && name.ends_with(".bin")) {
      const std::string number = name.substr(prefix.size(), name.size() - prefix.size() - 4);
      return number.size() >= 5 && std::all_of(number.begin(), number.end(), [](unsigned char c) {
               return std::isdigit(c) != 0;
             });
    }
  }
  return false;
}

std::vector<fs::path> shards_in(const fs::path& folder) {
  std::vector<fs::path> shards;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    if (is_shard_name(entry.path().filename().string())) {
      shards.push_back(entry.path());
    }
  }
  return shards;
}

}  // namespace

bool holds_prepared(const fs::path& folder) {
  return fs::exists(folder / kManifestName) || fs::exists(folder / kWorkName) ||
         !shards_in(folder).empty();
}

WorkFolder::WorkFolder(const fs::path& output) : output_(output), path_(output / kWorkName) {
  made_output_ = !fs::exists(output);
  make_folder(path_);
  lock_.emplace(path_ / kLockName, "the folder");
}

void WorkFolder::take_back() {
  for (const fs::path& shard : shards_in(output_)) {
    if (!fs::exists(path_ / shard.filename())) fs::rename(shard, path_ / shard.filename());
  }
}

void WorkFolder::clear_but(const std::optional<PrepareProgress>& progress) {
  std::set<std::string> kept = {kLockName};
  if (progress) {
    kept.insert(kProgressName);
    for (const ShardRecord& shard : progress->shards) kept.insert(shard.file);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(path_)) {
    if (!kept.contains(entry.path().filename().string())) fs::remove_all(entry.path());
  }
  for (const fs::path& shard : shards_in(output_)) fs::remove(shard);
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  if (!published_) {
    for (const auto& [from, to] : moved_) fs::rename(to, from, ignored);
  }
  if (!published_ && holds_progress(path_)) return;
  fs::remove_all(path_, ignored);
  if (!published_ && made_output_) {
    fs::remove(output_, ignored);
  }
}

void WorkFolder::publish(const std::vector<std::string>& files, const std::string& manifest) {
  for (const std::string& file : files) {
    const fs::path replacement = replacements() / file;
    const fs::path from = fs::exists(replacement) ? replacement : path_ / file;
    std::error_code error;
    fs::rename(from, output_ / file, error);
    if (error) {
      throw runtime_error((output_ / file).string(), "cannot be put in place: " + error.message());
    }
    moved_.emplace_back(from, output_ / file);
  }
  sync_path(output_);
  write_file_atomic(output_ / kManifestName, manifest);
  published_ = true;
}

}  // namespace lts::train
