#pragma once

#include <filesystem>

#include "train/tokenizer/vocabulary.h"

namespace lts::train {

/// OpenAI's two files, or Hugging Face's `vocab.json` and `merges.txt` (with `added_tokens.json`
/// where it stands beside them), which have the same form. \throws Error kUser.
Vocabulary read_vocabulary_and_merges(const std::filesystem::path& vocabulary_file,
                                      const std::filesystem::path& merges_file);

/// Hugging Face's `tokenizer.json` with a BPE model and GPT-2's byte-level pre-tokenizer.
/// Its post-processor is not read: that one adds special tokens around text, which encode() never
/// does. \throws Error kUser, also where it would tokenize in any other way than GPT-2.
Vocabulary read_tokenizer_json(const std::filesystem::path& path);

}  // namespace lts::train
