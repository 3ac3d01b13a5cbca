#pragma once

#include <cstddef>
#include <string_view>

#include "train/tokenizer/char_class.h"

namespace lts::train {

/// Cuts text into the pieces that GPT-2's pattern matches, one after another without a gap:
///
///     '(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Source: encoder.py of OpenAI's GPT-2; equal to tiktoken's and Hugging Face's form of it.
class PreTokenizer {
 public:
  /// The end of the piece that begins at `begin` < text.size(). "it's  me": it|'s| | me.
  std::size_t piece_end(std::string_view text, std::size_t begin) const;

  /// The first place at or after `from` where the text may be cut and both sides tokenized apart
  /// with the same ids: a character whose class differs from the letter or number before it, or
  /// white space or a number after anything but white space. text.size() where there is none.
  std::size_t split_point(std::string_view text, std::size_t from) const;

 private:
  std::size_t run_end(std::string_view text, std::size_t at, CharClass char_class) const;
  std::size_t space_end(std::string_view text, std::size_t begin) const;
  CharClass class_before(std::string_view text, std::size_t at) const;

  CharClassTable classes_;
};

}  // namespace lts::train
