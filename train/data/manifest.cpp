#include "train/data/manifest.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"

namespace lts::train {
namespace {

using Json = nlohmann::ordered_json;
constexpr const char* kFormat = "lts-tokens";
constexpr int kVersion = 1;

template <typename T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json json_of(const SplitRecord& split) {
  Json shards = Json::array();
  for (const ShardRecord& shard : split.shards) {
    shards.push_back({{"file", shard.file},
                      {"tokens", shard.tokens},
                      {"size_bytes", shard.size_bytes},
                      {"checksum", shard.checksum}});
  }
  return {{"documents", split.documents}, {"tokens", split.tokens}, {"shards", shards}};
}

Json json_of(const PrepareSettings& settings) {
  return {{"inputs", settings.inputs},
          {"format", settings.format},
          {"validation", settings.validation},
          {"max_tokens", settings.max_tokens},
          {"pile_set_names", settings.pile_set_names}};
}

SplitRecord split_of(const Json& json) {
  SplitRecord split{json.at("documents"), json.at("tokens"), {}};
  for (const Json& shard : json.at("shards")) {
    split.shards.push_back(
        {shard.at("file"), shard.at("tokens"), shard.at("size_bytes"), shard.at("checksum")});
  }
  return split;
}

PrepareSettings settings_of(const Json& json) {
  return {json.at("inputs"), json.at("format"), json.at("validation"), json.at("max_tokens"),
          json.at("pile_set_names")};
}

InputRecord input_of(const Json& json) {
  InputRecord input{json.at("path"), {}, {}};
  if (!json.at("size_bytes").is_null()) {
    input.size_bytes = json.at("size_bytes").get<std::int64_t>();
  }
  if (!json.at("sha256").is_null()) {
    input.sha256 = json.at("sha256").get<std::string>();
  }
  return input;
}

}  // namespace

Manifest manifest_of(const Json& json) {
  const Json& tokenizer = json.at("tokenizer");
  Manifest manifest;
  manifest.vocabulary = {tokenizer.at("vocab_size"), tokenizer.at("end_of_text"),
                         tokenizer.at("sha256")};
  manifest.settings = settings_of(json.at("settings"));
  for (const Json& input : json.at("inputs")) {
    manifest.inputs.push_back(input_of(input));
  }
  manifest.documents = json.at("documents");
  manifest.empty_documents = json.at("empty_documents");
  manifest.bytes = json.at("bytes");
  manifest.train = split_of(json.at("splits").at("train"));
  manifest.validation = split_of(json.at("splits").at("validation"));
  return manifest;
}

namespace {

void check(const fs::path& path, const Manifest& manifest) {
  for (const SplitRecord* split : {&manifest.train, &manifest.validation}) {
    std::int64_t tokens = 0;
    for (const ShardRecord& shard : split->shards) {
      if (shard.file.empty() || fs::path(shard.file).filename() != shard.file) {
        throw user_error(Place{path.string()},
                         "names shard '" + shard.file + "'; expected a file of its own folder");
      }
      tokens += shard.tokens;
    }
    if (tokens != split->tokens || tokens == 0) {
      throw user_error(Place{path.string()}, "says a split has " + std::to_string(split->tokens) +
                                                 " tokens, but its shards have " +
                                                 std::to_string(tokens));
    }
  }
}

}  // namespace

Json to_json(const Manifest& manifest) {
  Json inputs = Json::array();
  for (const InputRecord& input : manifest.inputs) {
    inputs.push_back({{"path", input.path},
                      {"size_bytes", json_of(input.size_bytes)},
                      {"sha256", json_of(input.sha256)}});
  }
  return {{"format", kFormat},
          {"version", kVersion},
          {"tokenizer",
           {{"kind", "gpt2-byte-level-bpe"},
            {"vocab_size", manifest.vocabulary.vocab_size},
            {"end_of_text", manifest.vocabulary.end_of_text},
            {"sha256", manifest.vocabulary.sha256}}},
          {"settings", json_of(manifest.settings)},
          {"inputs", inputs},
          {"documents", manifest.documents},
          {"empty_documents", manifest.empty_documents},
          {"tokens", manifest.tokens()},
          {"bytes", manifest.bytes},
          {"splits",
           {{"train", json_of(manifest.train)}, {"validation", json_of(manifest.validation)}}}};
}

std::string to_json_text(const Manifest& manifest) {
  return to_json(manifest).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Manifest read_manifest(const fs::path& folder) {
  const fs::path path = folder / kManifestName;
  const Place place{path.string()};
  if (!fs::exists(path)) {
    throw user_error(place,
                     "not found: " + folder.string() + " is no folder that lts prepare finished");
  }
  try {
    const Json json = Json::parse(read_file(path));
    if (!json.is_object() || json.value("format", Json()) != kFormat) {
      throw user_error(place, "is not a manifest of lts prepare");
    }
    if (json.value("version", Json()) != kVersion) {
      throw user_error(place, "is of version " + json.value("version", Json()).dump() +
                                  "; this program reads version " + std::to_string(kVersion));
    }
    Manifest manifest = manifest_of(json);
    check(path, manifest);
    return manifest;
  } catch (const Json::parse_error&) {
    throw user_error(place, "is not a whole JSON document: truncated or foreign");
  } catch (const Json::exception& error) {
    throw user_error(place, std::string("is not a whole manifest of lts prepare: ") + error.what());
  }
}

}  // namespace lts::train
