#pragma once

#include <tbb/enumerable_thread_specific.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "train/data/input_reader.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {

/// Tokens of a batch, without the end-of-text tokens.
struct TokenizedBatch {
  /// A document, or a part of one that is not its end.
  struct Part {
    std::size_t num_tokens;
    std::int64_t bytes;
    bool ends_document;
  };

  std::vector<TokenId> tokens;
  std::vector<Part> parts;
  std::set<std::string> other_names;  ///< pile_set_names that were left out
  std::int64_t source_bytes = 0;
  std::uint64_t checksum = 0;  ///< as InputBatch
  std::exception_ptr error;    ///< what is wrong after the last part
};

/// Turns batches into tokens. Thread-safe.
class DocumentTokenizer {
 public:
  /// `pile_set_names`: the ones to keep; empty: all.
  DocumentTokenizer(const Tokenizer& tokenizer, std::vector<std::string> pile_set_names);
  ~DocumentTokenizer();

  /// Does not throw: see TokenizedBatch::error.
  TokenizedBatch tokenize(InputBatch& batch) const;

 private:
  struct Parser;
  void add_text(InputBatch& batch, TokenizedBatch& out) const;
  void add_lines(InputBatch& batch, TokenizedBatch& out) const;
  void add_line(const Place& place, const char* line, std::size_t size, TokenizedBatch& out) const;
  void add_document(std::string_view text, bool ends_document, TokenizedBatch& out) const;

  const Tokenizer& tokenizer_;
  std::vector<std::string> pile_set_names_;
  mutable tbb::enumerable_thread_specific<std::unique_ptr<Parser>> parsers_;
};

}  // namespace lts::train
