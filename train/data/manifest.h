#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/data/shard_format.h"
#include "train/data/shard_writer.h"

namespace lts::train {

/// One input of `lts prepare`. Size and hash are absent when standard input was not read to its
/// end.
struct InputRecord {
  std::string path;
  std::optional<std::int64_t> size_bytes;
  std::optional<std::string> sha256;
};

struct SplitRecord {
  std::int64_t documents = 0;  ///< wholly or partly in this split
  std::int64_t tokens = 0;     ///< end-of-text tokens among them
  std::vector<ShardRecord> shards;
};

/// What was asked for: a resumed run must ask for the same.
struct PrepareSettings {
  std::vector<std::string> inputs;
  std::string format;
  std::string validation;  ///< empty: cut from the inputs' end
  std::int64_t max_tokens = 0;
  std::vector<std::string> pile_set_names;
};

/// manifest.json: what a folder of token shards holds. Written last, so that a folder with one is
/// whole.
struct Manifest {
  VocabularyId vocabulary;
  PrepareSettings settings;
  std::vector<InputRecord> inputs;  ///< the validation file, if any, is the last one
  std::int64_t documents = 0;
  std::int64_t empty_documents = 0;  ///< left out
  std::int64_t bytes = 0;            ///< of the documents' text, UTF-8
  SplitRecord train, validation;

  std::int64_t tokens() const { return train.tokens + validation.tokens; }
};

inline constexpr const char* kManifestName = "manifest.json";

nlohmann::ordered_json to_json(const Manifest& manifest);
std::string to_json_text(const Manifest& manifest);
/// The other way. \throws nlohmann::json::exception for what is missing or of another type.
Manifest manifest_of(const nlohmann::ordered_json& json);

/// Reads FOLDER/manifest.json. \throws Error kUser, beginning with the file's name, when it is
/// missing, truncated, foreign or of another version.
Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace lts::train
