#include "train/data/document_tokenizer.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "core/text.h"

namespace lts::train {
namespace {

constexpr std::size_t kMaxOtherNames = 64;
static_assert(InputBatch::kPadding >= simdjson::SIMDJSON_PADDING);

bool blank(const char* line, std::size_t size) {
  return std::all_of(line, line + size, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

// "meta": {"pile_set_name": ...}; empty where there is none.
std::string_view pile_set_name(const simdjson::dom::object& document) {
  std::string_view name;
  return document["meta"]["pile_set_name"].get(name) ? std::string_view() : name;
}

[[noreturn]] void refuse_bytes(Place place, std::string_view text) {
  std::size_t offset = 0;
  is_utf8(text, &offset);
  place.line += static_cast<int>(std::count(text.begin(), text.begin() + offset, '\n'));
  throw user_error(place, "is not UTF-8 text; convert it first (iconv -f latin1 -t utf-8)");
}

}  // namespace

struct DocumentTokenizer::Parser {
  simdjson::dom::parser parser;
};

DocumentTokenizer::DocumentTokenizer(const Tokenizer& tokenizer,
                                     std::vector<std::string> pile_set_names)
    : tokenizer_(tokenizer),
      pile_set_names_(std::move(pile_set_names)),
      parsers_([] { return std::make_unique<Parser>(); }) {}
DocumentTokenizer::~DocumentTokenizer() = default;

TokenizedBatch DocumentTokenizer::tokenize(InputBatch& batch) const {
  TokenizedBatch out;
  out.source_bytes = batch.source_bytes;
  out.checksum = batch.checksum;
  out.error = batch.error;
  if (out.error) {
    return out;
  }
  try {
    batch.kind == InputKind::kText ? add_text(batch, out) : add_lines(batch, out);
  } catch (...) {
    out.error = std::current_exception();
  }
  batch.text = {};
  return out;
}

void DocumentTokenizer::add_document(std::string_view text, bool ends_document,
                                     TokenizedBatch& out) const {
  const std::vector<TokenId> tokens = tokenizer_.encode(text);
  out.tokens.insert(out.tokens.end(), tokens.begin(), tokens.end());
  out.parts.push_back({tokens.size(), static_cast<std::int64_t>(text.size()), ends_document});
}

void DocumentTokenizer::add_text(InputBatch& batch, TokenizedBatch& out) const {
  const std::string_view text(batch.text.data(), batch.size);
  if (!simdjson::validate_utf8(text)) {
    refuse_bytes(batch.place, text);
  }
  add_document(text, batch.ends_document, out);
}

void DocumentTokenizer::add_lines(InputBatch& batch, TokenizedBatch& out) const {
  Place place = batch.place;
  const char* const end = batch.text.data() + batch.size;
  for (const char* line = batch.text.data(); line < end; ++place.line) {
    const void* newline = std::memchr(line, '\n', static_cast<std::size_t>(end - line));
    const char* line_end = newline == nullptr ? end : static_cast<const char*>(newline);
    const auto size = static_cast<std::size_t>(line_end - line);
    if (!blank(line, size)) {
      add_line(place, line, size, out);
    }
    line = line_end + 1;
  }
}

void DocumentTokenizer::add_line(const Place& place, const char* line, std::size_t size,
                                 TokenizedBatch& out) const {
  simdjson::dom::element value;
  // What follows the line in the batch is its padding.
  if (const auto error = parsers_.local()->parser.parse(line, size, false).get(value)) {
    if (error == simdjson::UTF8_ERROR) {
      throw user_error(place, "is not UTF-8 text");
    }
    throw user_error(place,
                     std::string("is no JSON document (") + simdjson::error_message(error) + ")");
  }
  simdjson::dom::object document;
  std::string_view text;
  if (value.get(document)) {
    throw user_error(place, "expected a JSON object with a \"text\"");
  }
  if (document["text"].get(text)) {
    throw user_error(place, "the JSON object has no \"text\" that is a string");
  }
  if (!pile_set_names_.empty()) {
    const std::string_view name = pile_set_name(document);
    if (std::find(pile_set_names_.begin(), pile_set_names_.end(), name) == pile_set_names_.end()) {
      if (out.other_names.size() < kMaxOtherNames) {
        out.other_names.emplace(name);
      }
      return;
    }
  }
  add_document(text, true, out);
}

}  // namespace lts::train
