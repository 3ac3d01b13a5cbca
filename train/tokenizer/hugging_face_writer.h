#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "train/tokenizer/vocabulary.h"

namespace lts::train {

/// What Tokenizer::hugging_face_files() returns, made from a vocabulary.
std::vector<std::pair<std::string, std::string>> hugging_face_tokenizer_files(
    const Vocabulary& vocabulary, std::int32_t model_max_length);

}  // namespace lts::train
