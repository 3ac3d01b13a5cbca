#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "train/data/shard_reader.h"
#include "train/data/shard_writer.h"

namespace lts::train {

/// Fewest tokens of a split: one to see and one to predict.
inline constexpr std::int64_t kMinSplitTokens = 2;

/// Where the validation split begins: the last hundredth of the tokens, moved to the nearest
/// document's end that leaves validation between half and twice as much, or cut through a document
/// where there is none. \pre at least 2 kMinSplitTokens tokens.
std::int64_t validation_begin(const ShardSequence& tokens, TokenId end_of_text);

/// Both splits' shards after the tail was cut off.
struct SplitShards {
  std::vector<ShardRecord> train, validation;
  std::int64_t validation_ends = 0;  ///< documents that end in the validation split
  bool cuts_document = false;        ///< a document lies in both splits
};

/// Tokens [begin, end) of the train shards in `folder` as validation shards in `cut_folder`, where
/// the train shard that they cut is written anew too, under its name; what is in `folder` stays.
SplitShards cut_tail(const std::filesystem::path& folder, const std::filesystem::path& cut_folder,
                     const std::vector<ShardRecord>& train, const VocabularyId& vocabulary,
                     std::int64_t begin, std::int64_t shard_tokens);

}  // namespace lts::train
