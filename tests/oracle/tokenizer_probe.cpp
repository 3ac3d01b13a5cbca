// What tokenizer_oracle.py and experiments/tokenizer drive: ours, one request after another.
//
//   tokenizer_probe GPT2_DIR ids            JSON Lines in ({"text": ...} as a string), ids out
//   tokenizer_probe GPT2_DIR speed FILE N   seconds of the fastest of N encodings of FILE
//   tokenizer_probe GPT2_DIR write DIR      the Hugging Face files
//   tokenizer_probe GPT2_DIR folder DIR     as ids, with the tokenizer of a Hugging Face folder

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "tests/oracle/probe_main.h"
#include "train/tokenizer/tokenizer.h"

namespace {

using lts::train::TokenId;
using lts::train::Tokenizer;

// One line {"ids": [...], "same": true} for each line in; "same": decode(encode(text)) == text.
void print_ids(const Tokenizer& tokenizer) {
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = nlohmann::json::parse(line).get<std::string>();
    const std::vector<TokenId> ids = tokenizer.encode(text);
    std::cout << nlohmann::json{{"ids", ids}, {"same", tokenizer.decode(ids) == text}} << '\n';
  }
}

void print_speed(const Tokenizer& tokenizer, const std::string& file, int repetitions) {
  const std::string text = lts::read_file(file);
  double best_s = 1e9;
  for (int i = 0; i < repetitions; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::vector<TokenId> ids = tokenizer.encode(text);
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    best_s = std::min(best_s, elapsed.count() + (ids.empty() ? 1e9 : 0));
  }
  std::cout << best_s << '\n';
}

void write_files(const Tokenizer& tokenizer, const std::filesystem::path& folder) {
  lts::make_folder(folder);
  for (const auto& [name, content] : tokenizer.hugging_face_files(1024)) {
    lts::write_file_atomic(folder / name, content);
  }
}

int run(const std::vector<std::string>& arguments) {
  const std::string& mode = arguments.at(1);
  if (mode == "folder") {
    print_ids(Tokenizer::from_model_folder(arguments.at(2)));
    return 0;
  }
  const Tokenizer tokenizer = Tokenizer::from_gpt2_files(arguments.at(0));
  if (mode == "ids") {
    print_ids(tokenizer);
  } else if (mode == "speed") {
    print_speed(tokenizer, arguments.at(2), std::stoi(arguments.at(3)));
  } else if (mode == "write") {
    write_files(tokenizer, arguments.at(2));
  } else {
    std::cerr << "unknown mode " << mode << '\n';
    return 2;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
