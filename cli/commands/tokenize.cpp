#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "core/error.h"
#include "core/file.h"
#include "core/text.h"
#include "train/tokenizer/tokenizer.h"

namespace lts::cli {
namespace {

using nlohmann::ordered_json;
using train::TokenId;
using train::Tokenizer;

Arguments arguments() {
  Arguments args("tokenize [FILE] [--format text|jsonl] [--decode]",
                 "echo 'In the beginning' | lts tokenize --json");
  args.positional("file", Count::kOptional, "what to read (default: standard input)")
      .option("format", "text|jsonl",
              "text: the whole input (default); jsonl: one {\"text\": ...} a line in, one "
              "{\"ids\": [...]} a line out")
      .flag("decode", "the other way: ids in (as printed by this command), text out");
  return args;
}

/// The input and what messages call it.
struct Input {
  std::string name, text;
};

Input read_input(const Arguments& args) {
  const std::string file = args.text("file", "-");
  if (file != "-") return {file, read_file(file)};
  return {"standard input", std::string(std::istreambuf_iterator<char>(std::cin), {})};
}

/// One line's object, and the value of its key.
ordered_json value_of(const std::string& line, const char* key, const Place& place) {
  const auto object = ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (object.is_object() && object.contains(key)) return object[key];
  throw user_error(place, std::string("is no JSON object with the key '") + key + "'");
}

std::vector<TokenId> ids_of(const ordered_json& value, const Place& place) {
  std::vector<TokenId> ids;
  for (const auto& id : value) {
    if (!value.is_array() || !id.is_number_integer() || id < 0 || id > 2'147'483'647) {
      throw user_error(place, "'ids' must be a list of token ids");
    }
    ids.push_back(id.get<TokenId>());
  }
  return ids;
}

/// Ids between blanks or commas, in brackets or not, or the {"ids": [...]} of --json.
std::vector<TokenId> parse_ids(const Input& input) {
  if (trim(input.text).starts_with('{')) {
    return ids_of(value_of(input.text, "ids", {input.name}), {input.name});
  }
  std::string list = input.text;
  for (char& c : list) {
    if (c == ',' || c == '[' || c == ']' || c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  std::vector<TokenId> ids;
  for (const std::string& word : split(list, ' ')) {
    std::int64_t id = 0;
    if (word.empty()) continue;
    if (!parse_int(word, id) || id < 0 || id > 2'147'483'647) {
      throw user_error({input.name}, "'" + word + "' is no token id");
    }
    ids.push_back(static_cast<TokenId>(id));
  }
  return ids;
}

std::string convert_line(const Tokenizer& tokenizer, const std::string& line, bool decode,
                         const Place& place) {
  if (decode) {
    const std::string text = tokenizer.decode(ids_of(value_of(line, "ids", place), place));
    return ordered_json{{"text", text}}.dump(-1, ' ', false,
                                             ordered_json::error_handler_t::replace);
  }
  const ordered_json text = value_of(line, "text", place);
  if (!text.is_string()) throw user_error(place, "'text' must be a string");
  return ordered_json{{"ids", tokenizer.encode(text.get<std::string>())}}.dump();
}

void convert_lines(const Tokenizer& tokenizer, const Input& input, bool decode) {
  int number = 0;
  for (const std::string& line : split(input.text, '\n')) {
    ++number;
    if (trim(line).empty()) continue;
    std::cout << convert_line(tokenizer, line, decode, {input.name, number}) << "\n";
  }
}

void print_decoded(const std::string& text, bool json) {
  if (!json) {
    std::cout << text;
    return;
  }
  std::cout << ordered_json{{"text", text}}.dump(2, ' ', false,
                                                 ordered_json::error_handler_t::replace)
            << "\n";
}

void print_ids(const std::vector<TokenId>& ids, bool json) {
  if (json) {
    print_json({{"ids", ids}});
    return;
  }
  std::vector<std::string> words;
  for (const TokenId id : ids) words.push_back(std::to_string(id));
  std::cout << join(words, " ") << "\n";
}

}  // namespace

int tokenize(const std::vector<std::string>& words) {
  Arguments args = arguments();
  if (!args.parse(words)) return 0;
  const std::string format = args.text("format", "text");
  if (format != "text" && format != "jsonl") {
    throw user_error("--format is '" + format + "'; accepted: text, jsonl");
  }
  const Tokenizer tokenizer = Tokenizer::from_gpt2_files(train::gpt2_tokenizer_folder());
  const Input input = read_input(args);
  if (format == "jsonl") {
    convert_lines(tokenizer, input, args.has("decode"));
  } else if (args.has("decode")) {
    print_decoded(tokenizer.decode(parse_ids(input)), args.json());
  } else {
    print_ids(tokenizer.encode(input.text), args.json());
  }
  return 0;
}

}  // namespace lts::cli
