#include "train/data/prepare_progress.h"

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/file.h"
#include "core/log.h"
#include "train/data/shard_reader.h"

namespace lts::train {
namespace {

using Json = nlohmann::ordered_json;

/// What a manifest has is written as there.
Json json_of(const PrepareProgress& progress) {
  const Collected& collected = progress.collected;
  Json out = to_json(Manifest{.vocabulary = progress.vocabulary,
                              .settings = progress.settings,
                              .inputs = {},
                              .documents = collected.documents,
                              .empty_documents = collected.empty_documents,
                              .bytes = collected.bytes,
                              .train = {.documents = collected.documents,
                                        .tokens = progress.tokens,
                                        .shards = progress.shards},
                              .validation = {}});
  out["shard_tokens"] = progress.shard_tokens;
  out["batches"] = progress.batches;
  out["batches_checksum"] = progress.batches_checksum;
  out["in_document"] = collected.in_document;
  return out;
}

PrepareProgress progress_of(const Json& json) {
  const Manifest made = manifest_of(json);
  return {.vocabulary = made.vocabulary,
          .settings = made.settings,
          .shard_tokens = json.at("shard_tokens"),
          .batches = json.at("batches"),
          .batches_checksum = json.at("batches_checksum"),
          .collected = {.documents = made.documents,
                        .empty_documents = made.empty_documents,
                        .bytes = made.bytes,
                        .in_document = json.at("in_document")},
          .tokens = made.train.tokens,
          .shards = made.train.shards};
}

std::optional<PrepareProgress> damaged(const std::filesystem::path& folder,
                                       const std::string& why) {
  log::warning(folder.string() + ": what an earlier run left is damaged (" + why +
               "); starting over");
  return std::nullopt;
}

}  // namespace

void write_progress(const std::filesystem::path& folder, const PrepareProgress& progress) {
  write_file_atomic(folder / kProgressName,
                    json_of(progress).dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::optional<PrepareProgress> read_progress(const std::filesystem::path& folder) {
  if (!holds_progress(folder)) return std::nullopt;
  try {
    PrepareProgress progress = progress_of(Json::parse(read_file(folder / kProgressName)));
    const ShardSequence whole(folder, progress.shards, progress.vocabulary);
    const auto shards = static_cast<std::int64_t>(progress.shards.size());
    if (whole.num_tokens() != shards * progress.shard_tokens ||
        progress.tokens > whole.num_tokens()) {
      return damaged(folder, "its shards are not full ones");
    }
    return progress;
  } catch (const Json::exception& error) {
    return damaged(folder, error.what());
  } catch (const Error& error) {
    return damaged(folder, error.what());
  }
}

bool holds_progress(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / kProgressName);
}

}  // namespace lts::train
