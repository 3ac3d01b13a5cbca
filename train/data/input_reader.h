#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "core/error.h"
#include "train/data/manifest.h"
#include "train/data/text_stream.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::train {

enum class InputKind { kText, kJsonLines };

struct InputSpec {
  std::string path;
  InputKind kind;
};

/// A piece of an input, small enough to hold many: whole lines of JSON, or a part of a text cut
/// where it can be tokenized apart.
struct InputBatch {
  InputKind kind = InputKind::kText;
  std::string text;  ///< JSON Lines: with kPadding bytes after the first `size`
  std::size_t size = 0;
  Place place;                    ///< of the first line
  bool ends_document = false;     ///< kText: the file ends here
  std::int64_t source_bytes = 0;  ///< read so far from all inputs, compressed
  std::exception_ptr error;       ///< what stopped the reading here; then nothing else is set
  std::uint64_t checksum = 0;     ///< of the text of all batches up to this one

  static constexpr std::size_t kPadding = 64;
};

/// Reads inputs one after another as batches of about a mebibyte.
class InputReader {
 public:
  InputReader(std::vector<InputSpec> inputs, const Tokenizer& tokenizer)
      : inputs_(std::move(inputs)), tokenizer_(tokenizer) {}

  /// The next batch; false at the end. Does not throw: an error is a last batch, so that it counts
  /// only if what comes before it was wanted.
  bool next(InputBatch& batch);

  /// Size and hash of each input, read on to its end. \throws Error as ByteSource.
  std::vector<InputRecord> finish();

 private:
  bool next_or_throw(InputBatch& batch);
  void open_input();
  void close_input();
  bool fill(std::size_t bytes);
  std::size_t whole_lines();
  std::size_t text_part();
  void take(InputBatch& batch, std::size_t size);

  std::vector<InputSpec> inputs_;
  const Tokenizer& tokenizer_;
  std::size_t next_input_ = 0;
  std::unique_ptr<TextStream> stream_;  // of the input before next_input_
  std::string pending_;                 // read, not handed out
  bool ended_ = false;                  // stream_ has no more
  bool failed_ = false;
  int line_ = 1;
  std::uint64_t checksum_ = 0;
  std::int64_t closed_bytes_ = 0;
  std::vector<InputRecord> records_;
};

}  // namespace lts::train
