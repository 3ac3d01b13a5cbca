#include "train/tokenizer/vocabulary_reader.h"

#include <simdjson.h>

#include "core/error.h"
#include "core/file.h"

namespace lts::train {
namespace {

namespace json = simdjson::dom;

[[noreturn]] void refuse(const fs::path& path, const std::string& message) {
  throw user_error(Place{path.string()}, message);
}

// A JSON file and the parser that owns its tree.
class JsonFile {
 public:
  explicit JsonFile(const fs::path& path) : path_(path) {
    const simdjson::padded_string text(read_file(path));
    if (const auto error = parser_.parse(text).get(root_)) {
      refuse(path, std::string("not a whole JSON document (") + simdjson::error_message(error) +
                       "): truncated or foreign");
    }
    if (!root_.is_object()) {
      refuse(path, "expected a JSON object");
    }
  }

  json::object root() const { return root_.get_object().value_unsafe(); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
  json::parser parser_;
  json::element root_;
};

std::vector<std::pair<std::string, std::int64_t>> read_entries(const fs::path& path,
                                                               const json::object& entries) {
  std::vector<std::pair<std::string, std::int64_t>> out;
  out.reserve(entries.size());
  for (const auto [text, value] : entries) {
    std::int64_t id = 0;
    if (value.get(id)) {
      refuse(path, "the id of '" + std::string(text) + "' is no integer: not a vocabulary");
    }
    out.emplace_back(text, id);
  }
  return out;
}

// "left right"; an alphabet character is never a blank.
std::pair<std::string, std::string> parse_merge(const Place& place, std::string_view line) {
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || blank == 0 || blank + 1 == line.size() ||
      line.find(' ', blank + 1) != std::string_view::npos) {
    throw user_error(place, "expected a merge, two parts with a blank between, found '" +
                                std::string(line.substr(0, 60)) + "'");
  }
  return {std::string(line.substr(0, blank)), std::string(line.substr(blank + 1))};
}

std::vector<std::pair<std::string, std::string>> read_merges(const fs::path& path) {
  const std::string text = read_file(path);
  std::vector<std::pair<std::string, std::string>> merges;
  Place place{path.string()};
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line(text.data() + begin, end - begin);
    begin = end + 1;
    ++place.line;
    if (!line.empty() && line.back() == '\r') {
      line.remove_suffix(1);
    }
    if (line.empty() || (place.line == 1 && line.starts_with("#version"))) {
      continue;
    }
    merges.push_back(parse_merge(place, line));
  }
  return merges;
}

std::string type_of(const json::element& element) {
  std::string_view type;
  return element["type"].get(type) ? "no type" : "'" + std::string(type) + "'";
}

// Whether a part of tokenizer.json is absent or null.
bool absent(const json::object& parent, const char* key, json::element& value) {
  return parent[key].get(value) != simdjson::SUCCESS || value.is_null();
}

// A boolean switch that GPT-2 has at `expected`.
void check_switch(const fs::path& path, const json::element& part, const char* key, bool expected) {
  bool value = expected;
  if (!part[key].get(value) && value != expected) {
    refuse(path, std::string(key) + " is " + (value ? "true" : "false") + "; GPT-2's is " +
                     (expected ? "true" : "false"));
  }
}

void check_pipeline(const fs::path& path, const json::object& root) {
  json::element part;
  if (!absent(root, "normalizer", part)) {
    refuse(path, "has a normalizer (" + type_of(part) + "); accepted: none, as GPT-2");
  }
  if (absent(root, "pre_tokenizer", part) || type_of(part) != "'ByteLevel'") {
    refuse(path, "pre_tokenizer is not 'ByteLevel': not GPT-2's kind of tokenizer");
  }
  check_switch(path, part, "add_prefix_space", false);
  check_switch(path, part, "use_regex", true);
}

json::object bpe_model(const fs::path& path, const json::object& root) {
  json::element model;
  if (absent(root, "model", model) || !model.is_object() || type_of(model) != "'BPE'") {
    refuse(path, "model is not of type 'BPE': not GPT-2's kind of tokenizer");
  }
  for (const char* key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    std::string_view text;
    if (!model[key].get(text) && !text.empty()) {
      refuse(path, std::string(key) + " is '" + std::string(text) + "'; GPT-2's is empty");
    }
  }
  check_switch(path, model, "byte_fallback", false);
  return model.get_object().value_unsafe();
}

// A merge is "left right", or ["left", "right"] as newer versions write it.
std::pair<std::string, std::string> merge_of(const fs::path& path, const json::element& merge) {
  std::string_view left, right;
  if (!merge.get(left)) {
    return parse_merge(Place{path.string()}, left);
  }
  json::array parts;
  if (merge.get(parts) || parts.size() != 2 || parts.at(0).get(left) || parts.at(1).get(right)) {
    refuse(path, "a merge is neither \"left right\" nor [\"left\", \"right\"]");
  }
  return {std::string(left), std::string(right)};
}

void read_model(const fs::path& path, const json::object& model, VocabularyFiles& files) {
  json::object vocabulary;
  json::array merges;
  if (model["vocab"].get(vocabulary) || model["merges"].get(merges)) {
    refuse(path, "model has no vocab and merges");
  }
  files.entries = read_entries(path, vocabulary);
  for (const json::element merge : merges) {
    files.merges.push_back(merge_of(path, merge));
  }
}

void read_added(const fs::path& path, const json::object& root, VocabularyFiles& files) {
  json::element added;
  if (absent(root, "added_tokens", added)) {
    return;
  }
  json::array tokens;
  if (added.get(tokens)) {
    refuse(path, "added_tokens is no list");
  }
  for (const json::element token : tokens) {
    std::string_view content;
    std::int64_t id = 0;
    if (token["content"].get(content) || token["id"].get(id)) {
      refuse(path, "an added token has no content and id");
    }
    files.added.emplace_back(content, id);
  }
}

}  // namespace

Vocabulary read_vocabulary_and_merges(const fs::path& vocabulary_file,
                                      const fs::path& merges_file) {
  VocabularyFiles files{.vocabulary_file = vocabulary_file.string(),
                        .merges_file = merges_file.string()};
  files.entries = read_entries(vocabulary_file, JsonFile(vocabulary_file).root());
  files.merges = read_merges(merges_file);
  const fs::path added_file = vocabulary_file.parent_path() / "added_tokens.json";
  if (fs::exists(added_file)) {
    files.added = read_entries(added_file, JsonFile(added_file).root());
  }
  return assemble_vocabulary(files);
}

Vocabulary read_tokenizer_json(const fs::path& path) {
  const JsonFile file(path);
  check_pipeline(path, file.root());
  VocabularyFiles files{.vocabulary_file = path.string(), .merges_file = path.string()};
  read_model(path, bpe_model(path, file.root()), files);
  read_added(path, file.root(), files);
  return assemble_vocabulary(files);
}

}  // namespace lts::train
