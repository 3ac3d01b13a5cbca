#include "train/data/token_collector.h"

namespace lts::train {

void TokenCollector::end_document() {
  collected_.in_document ? ++collected_.documents : ++collected_.empty_documents;
  if (collected_.in_document) {
    const TokenId end_of_text = tokenizer_.end_of_text();
    writer_.append({&end_of_text, 1});
  }
  collected_.in_document = false;
  // The next document would need a token and its end.
  full_ = max_tokens_ > 0 && writer_.num_tokens() > max_tokens_ - 2;
}

void TokenCollector::add_part(std::span<const TokenId> tokens, const TokenizedBatch::Part& part) {
  const std::int64_t room = max_tokens_ - writer_.num_tokens() - 1;
  const bool cut = max_tokens_ > 0 && static_cast<std::int64_t>(tokens.size()) > room;
  if (cut) {
    tokens = tokens.first(static_cast<std::size_t>(room));
    for (const TokenId token : tokens) {
      collected_.bytes += static_cast<std::int64_t>(tokenizer_.token_bytes(token).size());
    }
  } else {
    collected_.bytes += part.bytes;
  }
  writer_.append(tokens);
  collected_.in_document = collected_.in_document || !tokens.empty();
  if (cut || part.ends_document) {
    end_document();
  }
  full_ = full_ || cut;
}

void TokenCollector::add(const TokenizedBatch& batch) {
  std::span<const TokenId> tokens = batch.tokens;
  for (const TokenizedBatch::Part& part : batch.parts) {
    if (full_) {
      return;
    }
    add_part(tokens.first(part.num_tokens), part);
    tokens = tokens.subspan(part.num_tokens);
  }
  other_names_.insert(batch.other_names.begin(), batch.other_names.end());
  if (batch.error && !full_) {
    std::rethrow_exception(batch.error);
  }
}

}  // namespace lts::train
