#include "train/data/shard_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"

namespace lts::train {

ShardWriter::ShardWriter(const fs::path& path, const VocabularyId& vocabulary)
    : path_(path), header_(make_shard_header(vocabulary)) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    throw runtime_error(path.string(), std::string("cannot be made: ") + std::strerror(errno));
  }
}

ShardWriter::~ShardWriter() {
  if (descriptor_ >= 0) {
    close(descriptor_);
  }
}

void ShardWriter::write_at(std::string_view bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      throw runtime_error(path_.string(),
                          std::string("cannot be written: ") + std::strerror(errno));
    }
    bytes.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void ShardWriter::write_block() {
  table_.push_back(checksum64(block_));
  write_at(block_, offset_);
  offset_ += block_.size();
  block_.clear();
}

void ShardWriter::add_token_bytes(TokenId token) {
  LTS_ASSERT(token >= 0 && static_cast<std::uint32_t>(token) < header_.vocab_size);
  block_.append(reinterpret_cast<const char*>(&token), header_.token_bytes);
}

void ShardWriter::append(std::span<const TokenId> tokens) {
  for (const TokenId token : tokens) {
    add_token_bytes(token);
    ++header_.num_tokens;
    if (block_.size() == std::size_t{kBlockTokens} * header_.token_bytes) {
      write_block();
    }
  }
}

ShardRecord ShardWriter::finish() {
  if (!block_.empty()) {
    write_block();
  }
  const std::string_view table(reinterpret_cast<const char*>(table_.data()), 8 * table_.size());
  write_at(std::string(header_.table_offset() - offset_, '\0'), offset_);
  write_at(table, header_.table_offset());
  header_.table_checksum = checksum64(table);
  header_.header_checksum = checksum64(header_.checked_bytes());
  write_at({reinterpret_cast<const char*>(&header_), sizeof(header_)}, 0);
  if (fsync(descriptor_) != 0) {
    throw runtime_error(path_.string(),
                        std::string("cannot be synced to disk: ") + std::strerror(errno));
  }
  close(descriptor_);
  descriptor_ = -1;
  return {path_.filename().string(), num_tokens(), static_cast<std::int64_t>(header_.file_bytes()),
          hex64(header_.header_checksum)};
}

SplitWriter::SplitWriter(fs::path folder, std::string name, VocabularyId vocabulary,
                         std::int64_t shard_tokens)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      vocabulary_(std::move(vocabulary)),
      shard_tokens_(shard_tokens) {}

void SplitWriter::open_next() {
  char number[16];
  std::snprintf(number, sizeof(number), "-%05zu.bin", records_.size());
  shard_.emplace(folder_ / (name_ + number), vocabulary_);
}

void SplitWriter::go_on(std::vector<ShardRecord> finished, std::int64_t num_tokens) {
  records_ = std::move(finished);
  num_tokens_ = num_tokens;
  num_written_before_ = shard_tokens_ * static_cast<std::int64_t>(records_.size());
  LTS_ASSERT(num_tokens_ <= num_written_before_);
}

void SplitWriter::append(std::span<const TokenId> tokens) {
  const std::int64_t written =
      std::clamp<std::int64_t>(num_written_before_ - num_tokens_, 0, std::ssize(tokens));
  num_tokens_ += std::ssize(tokens);
  tokens = tokens.subspan(static_cast<std::size_t>(written));
  while (!tokens.empty()) {
    if (!shard_) {
      open_next();
    }
    const auto room = static_cast<std::size_t>(shard_tokens_ - shard_->num_tokens());
    const std::size_t count = std::min(room, tokens.size());
    shard_->append(tokens.first(count));
    tokens = tokens.subspan(count);
    if (shard_->num_tokens() == shard_tokens_) {
      records_.push_back(shard_->finish());
      shard_.reset();
    }
  }
}

std::vector<ShardRecord> SplitWriter::finish() {
  if (shard_) {
    records_.push_back(shard_->finish());
    shard_.reset();
  }
  return std::move(records_);
}

}  // namespace lts::train
