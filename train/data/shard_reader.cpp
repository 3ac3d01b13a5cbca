#include "train/data/shard_reader.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "core/digest.h"
#include "core/error.h"

namespace lts::train {
namespace {

[[noreturn]] void refuse(const fs::path& path, const std::string& message) {
  throw user_error(Place{path.string()}, message);
}

template <typename Stored>
void widen(const std::byte* tokens, std::int64_t begin, std::span<std::int64_t> out) {
  const auto* stored = reinterpret_cast<const Stored*>(tokens) + begin;
  std::copy(stored, stored + out.size(), out.begin());
}

}  // namespace

ShardReader::ShardReader(const fs::path& path) : file_(path) {
  const std::span<const std::byte> bytes = file_.bytes();
  if (bytes.size() < sizeof(kShardMagic) ||
      std::memcmp(bytes.data(), kShardMagic.data(), sizeof(kShardMagic)) != 0) {
    refuse(path, "is no token shard of lts prepare (its first bytes are not LTSTOKEN)");
  }
  if (bytes.size() < sizeof(header_)) {
    refuse(path, "is truncated: " + std::to_string(bytes.size()) + " bytes, less than the header");
  }
  std::memcpy(&header_, bytes.data(), sizeof(header_));
  check_header();
  check_table();
  verified_ = std::make_unique<std::atomic<bool>[]>(header_.num_blocks());
}

void ShardReader::check_header() const {
  const fs::path& path = file_.path();
  if (header_.version != kShardVersion) {
    refuse(path, "is of version " + std::to_string(header_.version) +
                     "; this program reads version " + std::to_string(kShardVersion));
  }
  if (header_.header_checksum != checksum64(header_.checked_bytes())) {
    refuse(path, "is damaged: the header's checksum is wrong");
  }
  const bool sound = (header_.token_bytes == 2 || header_.token_bytes == 4) &&
                     header_.block_tokens > 0 && header_.num_tokens > 0 &&
                     header_.num_tokens < std::uint64_t{1} << 48;
  if (!sound) {
    refuse(path, "has a header that contradicts itself");
  }
  if (file_.bytes().size() != header_.file_bytes()) {
    refuse(path, std::string("is ") +
                     (file_.bytes().size() < header_.file_bytes() ? "truncated" : "too long") +
                     ": " + std::to_string(file_.bytes().size()) + " bytes, expected " +
                     std::to_string(header_.file_bytes()));
  }
}

void ShardReader::check_table() const {
  const auto table = file_.bytes().subspan(header_.table_offset());
  if (checksum64(table) != header_.table_checksum) {
    refuse(file_.path(), "is damaged: the table of checksums is wrong");
  }
}

void ShardReader::verify_block(std::uint64_t block) const {
  if (verified_[block].load(std::memory_order_relaxed)) {
    return;
  }
  const std::uint64_t block_bytes = std::uint64_t{header_.block_tokens} * header_.token_bytes;
  const std::uint64_t end =
      std::min(header_.num_tokens * header_.token_bytes, (block + 1) * block_bytes);
  const auto bytes =
      file_.bytes().subspan(sizeof(header_) + block * block_bytes, end - block * block_bytes);
  std::uint64_t expected = 0;
  std::memcpy(&expected, file_.bytes().data() + header_.table_offset() + 8 * block, 8);
  if (checksum64(bytes) != expected) {
    refuse(file_.path(), "is damaged: the checksum of block " + std::to_string(block) + " of " +
                             std::to_string(header_.num_blocks()) + " is wrong");
  }
  verified_[block].store(true, std::memory_order_relaxed);
}

void ShardReader::copy(std::int64_t begin, std::span<std::int64_t> out) const {
  const std::int64_t end = begin + static_cast<std::int64_t>(out.size());
  LTS_ASSERT(begin >= 0 && end <= num_tokens());
  if (out.empty()) {
    return;
  }
  for (auto block = begin / header_.block_tokens; block <= (end - 1) / header_.block_tokens;
       ++block) {
    verify_block(static_cast<std::uint64_t>(block));
  }
  const std::byte* tokens = file_.bytes().data() + sizeof(header_);
  if (header_.token_bytes == 2) {
    widen<std::uint16_t>(tokens, begin, out);
  } else {
    widen<std::uint32_t>(tokens, begin, out);
  }
}

ShardSequence::ShardSequence(const fs::path& folder, const std::vector<ShardRecord>& records,
                             const VocabularyId& vocabulary) {
  for (const ShardRecord& record : records) {
    const fs::path path = folder / record.file;
    auto shard = std::make_unique<const ShardReader>(path);
    if (shard->header().vocabulary_id() != vocabulary) {
      refuse(path, "was made with another vocabulary than the manifest's");
    }
    if (shard->num_tokens() != record.tokens ||
        hex64(shard->header().header_checksum) != record.checksum) {
      refuse(path, "is not the shard that the manifest names (other tokens)");
    }
    begins_.push_back(begins_.back() + shard->num_tokens());
    shards_.push_back(std::move(shard));
  }
}

void ShardSequence::copy(std::int64_t begin, std::span<std::int64_t> out) const {
  LTS_ASSERT(begin >= 0 && begin + static_cast<std::int64_t>(out.size()) <= num_tokens());
  auto shard = std::upper_bound(begins_.begin(), begins_.end(), begin) - begins_.begin() - 1;
  while (!out.empty()) {
    const auto count =
        std::min<std::int64_t>(static_cast<std::int64_t>(out.size()), begins_[shard + 1] - begin);
    shards_[shard]->copy(begin - begins_[shard], out.first(static_cast<std::size_t>(count)));
    out = out.subspan(static_cast<std::size_t>(count));
    begin += count;
    ++shard;
  }
}

}  // namespace lts::train
