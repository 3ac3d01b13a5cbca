#include "train/tokenizer/hugging_face_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lts::train {
namespace {

using Json = nlohmann::ordered_json;

// Tokens in the printable alphabet, by id; added ones as they are.
std::vector<std::string> printable_tokens(const Vocabulary& vocabulary) {
  std::vector<std::string> printable;
  for (std::size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const bool added = std::binary_search(vocabulary.added.begin(), vocabulary.added.end(),
                                          static_cast<TokenId>(id));
    printable.push_back(added ? vocabulary.tokens[id] : to_alphabet(vocabulary.tokens[id]));
  }
  return printable;
}

Json object_of(const std::vector<std::string>& printable) {
  Json::object_t entries;
  entries.reserve(printable.size());
  for (std::size_t id = 0; id < printable.size(); ++id) {
    // emplace() would search the whole list for the key; tokens are distinct already.
    static_cast<std::vector<Json::object_t::value_type>&>(entries).emplace_back(printable[id], id);
  }
  return Json(std::move(entries));
}

Json byte_level(bool trim_offsets) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", trim_offsets},
          {"use_regex", true}};
}

std::string tokenizer_json(const Vocabulary& vocabulary, const Json& entries, const Json& merges) {
  Json added = Json::array();
  for (const TokenId id : vocabulary.added) {
    added.push_back({{"id", id},
                     {"content", vocabulary.tokens[id]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  const Json model = {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", nullptr},
                      {"continuing_subword_prefix", ""},
                      {"end_of_word_suffix", ""},
                      {"fuse_unk", false},
                      {"byte_fallback", false},
                      {"ignore_merges", false},
                      {"vocab", entries},
                      {"merges", merges}};
  const Json root = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens", added},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", byte_level(true)},
                     {"post_processor", byte_level(false)},
                     {"decoder", byte_level(true)},
                     {"model", model}};
  return root.dump() + "\n";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> hugging_face_tokenizer_files(
    const Vocabulary& vocabulary, std::int32_t model_max_length) {
  const std::vector<std::string> printable = printable_tokens(vocabulary);
  const Json entries = object_of(printable);
  Json merges = Json::array();
  std::string merges_text = "#version: 0.2\n";
  for (const Merge& merge : vocabulary.merges) {
    merges.push_back({printable[merge.left], printable[merge.right]});
    merges_text += printable[merge.left] + " " + printable[merge.right] + "\n";
  }
  const Json special = {
      {"bos_token", kEndOfText}, {"eos_token", kEndOfText}, {"unk_token", kEndOfText}};
  Json config = special;
  config["add_prefix_space"] = false;
  config["model_max_length"] = model_max_length;
  config["tokenizer_class"] = "GPT2Tokenizer";
  return {{"tokenizer.json", tokenizer_json(vocabulary, entries, merges)},
          {"vocab.json", entries.dump() + "\n"},
          {"merges.txt", merges_text},
          {"tokenizer_config.json", config.dump(2) + "\n"},
          {"special_tokens_map.json", special.dump(2) + "\n"}};
}

}  // namespace lts::train
