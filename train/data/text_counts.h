#pragma once

#include <cstdint>
#include <string_view>

#include "train/data/token_dataset.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {

/// What a perplexity of text is divided by, whatever the vocabulary.
struct TextCounts {
  std::int64_t words = 0;
  std::int64_t bytes = 0;  ///< of UTF-8
};

/// Counts text that comes in pieces, which may end inside a character. The words of a document are
/// the parts that Python's re.split(r"\s+", document) gives, empty ones at its ends included, as
/// lm-evaluation-harness counts them; a document without a byte has none.
class TextCounter {
 public:
  void add(std::string_view piece);
  /// What comes next is another document's.
  void end_document();
  TextCounts counts() const;  ///< the document that has not ended included

 private:
  TextCounts before_;             // of the documents that ended
  std::int64_t bytes_ = 0;        // of this document
  std::int64_t blanks_ = 0;       // runs of whitespace in it
  std::int64_t blank_end_ = -1;   // where in it the last whitespace character ended
  std::uint32_t last_bytes_ = 0;  // its last three, the latest lowest
};

/// The text of tokens [begin, end), end-of-text tokens being between documents and no text.
/// \throws Error kUser as TokenDataset::copy and Tokenizer::token_bytes; kStopped on a signal.
TextCounts count_text(const TokenDataset& dataset, const Tokenizer& tokenizer, std::int64_t begin,
                      std::int64_t end);

}  // namespace lts::train
