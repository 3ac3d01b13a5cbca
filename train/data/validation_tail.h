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

/// Both splits' shards after the tail was moved.
struct SplitShards {
  std::vector<ShardRecord> train, validation;
  std::int64_t validation_ends = 0;  ///< documents that end in the validation split
  bool cuts_document = false;        ///< a document lies in both splits
};

/// Moves tokens [begin, end) of the train shards in `folder` into validation shards.
SplitShards move_tail(const std::filesystem::path& folder, const std::vector<ShardRecord>& train,
                      const VocabularyId& vocabulary, std::int64_t begin,
                      std::int64_t shard_tokens);

}  // namespace lts::train
