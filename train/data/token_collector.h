#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "train/data/document_tokenizer.h"
#include "train/data/shard_writer.h"

namespace lts::train {

/// Writes tokenized batches, in their order, into a split: an end-of-text token after every
/// document, at most `max_tokens` (0: no limit; else at least 2), documents without text left out.
class TokenCollector {
 public:
  TokenCollector(SplitWriter& writer, const Tokenizer& tokenizer, std::int64_t max_tokens)
      : writer_(writer), tokenizer_(tokenizer), max_tokens_(max_tokens) {}

  /// \throws the batch's error, unless the limit was reached before it.
  void add(const TokenizedBatch& batch);
  /// Whether the limit is reached; add() then does nothing.
  bool full() const { return full_; }

  std::int64_t documents() const { return documents_; }
  std::int64_t empty_documents() const { return empty_documents_; }
  std::int64_t bytes() const { return bytes_; }
  const std::set<std::string>& other_names() const { return other_names_; }

 private:
  void add_part(std::span<const TokenId> tokens, const TokenizedBatch::Part& part);
  void end_document();

  SplitWriter& writer_;
  const Tokenizer& tokenizer_;
  std::int64_t max_tokens_;
  std::int64_t documents_ = 0, empty_documents_ = 0, bytes_ = 0;
  bool in_document_ = false, full_ = false;
  std::set<std::string> other_names_;
};

}  // namespace lts::train
