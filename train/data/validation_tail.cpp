#include "train/data/validation_tail.h"

#include <algorithm>
#include <optional>

namespace lts::train {
namespace {

constexpr std::int64_t kChunkTokens = 1 << 16;

std::vector<std::int64_t> read(const ShardSequence& tokens, std::int64_t begin, std::int64_t end) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(end - begin));
  tokens.copy(begin, out);
  return out;
}

// The last place in [low, high] just after an end-of-text token.
std::optional<std::int64_t> last_end(const ShardSequence& tokens, TokenId end_of_text,
                                     std::int64_t low, std::int64_t high) {
  while (low <= high) {
    const std::int64_t begin = std::max(low - 1, high - kChunkTokens);
    const std::vector<std::int64_t> chunk = read(tokens, begin, high);
    const auto found = std::find(chunk.rbegin(), chunk.rend(), end_of_text);
    if (found != chunk.rend()) {
      return begin + (chunk.rend() - found);
    }
    high = begin;
  }
  return std::nullopt;
}

// The first such place in [low, high].
std::optional<std::int64_t> first_end(const ShardSequence& tokens, TokenId end_of_text,
                                      std::int64_t low, std::int64_t high) {
  while (low <= high) {
    const std::int64_t end = std::min(high, low - 1 + kChunkTokens);
    const std::vector<std::int64_t> chunk = read(tokens, low - 1, end);
    const auto found = std::find(chunk.begin(), chunk.end(), end_of_text);
    if (found != chunk.end()) {
      return low + (found - chunk.begin());
    }
    low = end + 1;
  }
  return std::nullopt;
}

void copy_tokens(const ShardSequence& from, std::int64_t begin, std::int64_t end, auto& writer,
                 const auto& each) {
  for (; begin < end; begin += kChunkTokens) {
    const std::vector<std::int64_t> chunk = read(from, begin, std::min(end, begin + kChunkTokens));
    writer.append(std::vector<TokenId>(chunk.begin(), chunk.end()));
    each(chunk);
  }
}

// Train's records up to `begin`; the shard that it cuts is written anew in `cut_folder`.
std::vector<ShardRecord> keep_head(const fs::path& cut_folder, const ShardSequence& tokens,
                                   const std::vector<ShardRecord>& train,
                                   const VocabularyId& vocabulary, std::int64_t begin) {
  std::vector<ShardRecord> kept;
  std::int64_t shard_begin = 0;
  for (const ShardRecord& record : train) {
    const std::int64_t shard_end = shard_begin + record.tokens;
    if (shard_end <= begin) {
      kept.push_back(record);
    } else if (shard_begin < begin) {
      ShardWriter writer(cut_folder / record.file, vocabulary);
      copy_tokens(tokens, shard_begin, begin, writer, [](const auto&) {});
      kept.push_back(writer.finish());
    }
    shard_begin = shard_end;
  }
  return kept;
}

}  // namespace

std::int64_t validation_begin(const ShardSequence& tokens, TokenId end_of_text) {
  const std::int64_t total = tokens.num_tokens();
  const std::int64_t target = std::max(kMinSplitTokens, total / 100);
  const std::int64_t cut = total - target;
  const std::int64_t low = std::max(kMinSplitTokens, total - 2 * target);
  const std::int64_t high = total - std::max(kMinSplitTokens, (target + 1) / 2);
  const auto before = last_end(tokens, end_of_text, low, cut);
  const auto after = first_end(tokens, end_of_text, cut, high);
  if (before && after) {
    return cut - *before <= *after - cut ? *before : *after;
  }
  return before ? *before : after.value_or(cut);
}

SplitShards cut_tail(const fs::path& folder, const fs::path& cut_folder,
                     const std::vector<ShardRecord>& train, const VocabularyId& vocabulary,
                     std::int64_t begin, std::int64_t shard_tokens) {
  const ShardSequence tokens(folder, train, vocabulary);
  SplitShards out;
  out.cuts_document = read(tokens, begin - 1, begin)[0] != vocabulary.end_of_text;
  make_folder(cut_folder);
  SplitWriter writer(cut_folder, "validation", vocabulary, shard_tokens);
  copy_tokens(tokens, begin, tokens.num_tokens(), writer, [&](const auto& chunk) {
    out.validation_ends += std::count(chunk.begin(), chunk.end(), vocabulary.end_of_text);
  });
  out.validation = writer.finish();
  out.train = keep_head(cut_folder, tokens, train, vocabulary, begin);
  return out;
}

}  // namespace lts::train
