#include "train/data/token_dataset.h"

#include "train/data/manifest.h"
#include "train/data/shard_reader.h"

namespace lts::train {
namespace {

const SplitRecord& record_of(const Manifest& manifest, Split split) {
  return split == Split::kTrain ? manifest.train : manifest.validation;
}

}  // namespace

struct TokenDataset::Shards {
  Shards(const fs::path& folder, const Manifest& manifest, Split split)
      : vocabulary(manifest.vocabulary),
        sequence(folder, record_of(manifest, split).shards, manifest.vocabulary) {}

  VocabularyId vocabulary;
  ShardSequence sequence;
};

TokenDataset::TokenDataset(const fs::path& folder, Split split)
    : shards_(std::make_unique<Shards>(folder, read_manifest(folder), split)) {}
TokenDataset::TokenDataset(TokenDataset&&) noexcept = default;
TokenDataset::~TokenDataset() = default;

std::int64_t TokenDataset::num_tokens() const { return shards_->sequence.num_tokens(); }
std::int32_t TokenDataset::vocab_size() const { return shards_->vocabulary.vocab_size; }
const std::string& TokenDataset::vocabulary_sha256() const { return shards_->vocabulary.sha256; }

void TokenDataset::copy(std::int64_t begin, std::span<std::int64_t> out) const {
  shards_->sequence.copy(begin, out);
}

}  // namespace lts::train
