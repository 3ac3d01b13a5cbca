#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>

#include "train/data/document_tokenizer.h"
#include "train/data/shard_writer.h"

namespace lts::train {

/// What was collected.
struct Collected {
  std::int64_t documents = 0, empty_documents = 0, bytes = 0;
  bool in_document = false;  ///< the last document has not ended
};

/// Writes tokenized batches, in their order, into a split: an end-of-text token after every
/// document, at most `max_tokens` (0: no limit; else at least 2), documents without text left out.
class TokenCollector {
 public:
  /// Goes on after `before`.
  TokenCollector(SplitWriter& writer, const Tokenizer& tokenizer, std::int64_t max_tokens,
                 const Collected& before = {})
      : writer_(writer), tokenizer_(tokenizer), max_tokens_(max_tokens), collected_(before) {}

  /// \throws the batch's error, unless the limit was reached before it.
  void add(const TokenizedBatch& batch);
  /// Whether the limit is reached; add() then does nothing.
  bool full() const { return full_; }

  const Collected& collected() const { return collected_; }
  const std::set<std::string>& other_names() const { return other_names_; }

 private:
  void add_part(std::span<const TokenId> tokens, const TokenizedBatch::Part& part);
  void end_document();

  SplitWriter& writer_;
  const Tokenizer& tokenizer_;
  std::int64_t max_tokens_;
  Collected collected_;
  bool full_ = false;
  std::set<std::string> other_names_;
};

}  // namespace lts::train
