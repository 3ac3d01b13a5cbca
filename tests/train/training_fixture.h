#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/yaml.h"
#include "space/arch_argument.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"
#include "train/data/prepare.h"
#include "train/train_config.h"
#include "train/training_run.h"

namespace lts::train {

namespace fs = std::filesystem;
using lts::testing::error_message;
using lts::testing::TemporaryFolder;

inline const Tokenizer& gpt2_tokenizer() {
  static const Tokenizer tokenizer = Tokenizer::from_gpt2_files(gpt2_tokenizer_folder());
  return tokenizer;
}

/// Token shards of a small text that repeats itself, so that a model learns from it at once.
inline fs::path make_data(const TemporaryFolder& folder, int num_sentences = 400) {
  std::string text;
  for (int i = 0; i < num_sentences; ++i)
    text += "Verse " + std::to_string(i % 37) + ": and the earth was without form, and void.\n";
  PrepareOptions options;
  options.inputs = {folder.write("text.txt", text).string()};
  options.output = folder.path() / "data";
  prepare(options, gpt2_tokenizer());
  return options.output;
}

inline space::Architecture tiny_architecture(std::int64_t n_layer = 1) {
  return space::parse_arch_argument(
      "gpt2:n_layer=" + std::to_string(n_layer) + ",d_model=32,d_inner=48,n_head=2", "");
}

inline TrainConfig parse_config(const std::string& text) {
  return read_train_config(parse_yaml(text, "t.yaml"));
}

}  // namespace lts::train
