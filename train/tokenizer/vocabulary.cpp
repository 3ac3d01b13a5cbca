#include "train/tokenizer/vocabulary.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "core/error.h"

namespace lts::train {
namespace {

using EntryIds = std::unordered_map<std::string_view, TokenId>;
constexpr std::int64_t kMaxEntries = 16'000'000;

bool prints_as_itself(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

std::array<std::string, 256> make_byte_alphabet() {
  std::array<std::string, 256> alphabet;
  int next_code_point = 256;
  for (int byte = 0; byte < 256; ++byte) {
    const int code_point = prints_as_itself(byte) ? byte : next_code_point++;
    if (code_point < 0x80) {
      alphabet[byte] = static_cast<char>(code_point);
    } else {
      alphabet[byte] = {static_cast<char>(0xC0 | code_point >> 6),
                        static_cast<char>(0x80 | (code_point & 0x3F))};
    }
  }
  return alphabet;
}

// The byte of each code point below 0x180 in the alphabet, -1 where it has none.
std::array<int, 0x180> make_alphabet_bytes() {
  std::array<int, 0x180> bytes;
  bytes.fill(-1);
  int next_code_point = 256;
  for (int byte = 0; byte < 256; ++byte) {
    bytes[prints_as_itself(byte) ? byte : next_code_point++] = byte;
  }
  return bytes;
}

// The bytes that `text` stands for; nothing where a character is not of the alphabet.
std::optional<std::string> from_alphabet(std::string_view text) {
  static const std::array<int, 0x180> kBytes = make_alphabet_bytes();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code_point = static_cast<unsigned char>(text[i]);
    if (code_point >= 0x80) {
      if ((code_point & 0xE0) != 0xC0 || i + 1 == text.size()) {
        return std::nullopt;
      }
      code_point = (code_point & 0x1F) << 6 | (static_cast<unsigned char>(text[++i]) & 0x3F);
    }
    if (code_point >= kBytes.size() || kBytes[code_point] < 0) {
      return std::nullopt;
    }
    bytes += static_cast<char>(kBytes[code_point]);
  }
  return bytes;
}

std::string in_quotes(std::string_view text) { return "'" + std::string(text) + "'"; }

class Assembler {
 public:
  explicit Assembler(const VocabularyFiles& files) : files_(files) {}

  Vocabulary assemble() {
    place_entries();
    place_bytes();
    place_merges();
    place_added();
    decode_tokens();
    return std::move(vocabulary_);
  }

 private:
  [[noreturn]] void refuse(const std::string& file, const std::string& message) const {
    throw user_error(Place{file}, message);
  }

  // Ids must be 0..n-1, each once; an added token may repeat an entry under the same id.
  void place_entries() {
    std::int64_t size = 0;
    for (const auto* list : {&files_.entries, &files_.added}) {
      for (const auto& [text, id] : *list) {
        if (id < 0 || id >= kMaxEntries) {
          refuse(files_.vocabulary_file, "id " + std::to_string(id) + " of " + in_quotes(text) +
                                             " is outside 0.." + std::to_string(kMaxEntries - 1));
        }
        size = std::max(size, id + 1);
      }
    }
    texts_.assign(size, {});
    named_.assign(size, false);
    made_.assign(size, false);
    ids_.reserve(files_.entries.size());
    for (const auto& [text, id] : files_.entries) {
      place(text, id);
    }
    for (const auto& [text, id] : files_.added) {
      if (!named_[id] || texts_[id] != text) {
        place(text, id);
      }
    }
    check_no_gap();
  }

  void place(const std::string& text, std::int64_t id) {
    if (named_[id]) {
      refuse(files_.vocabulary_file, "id " + std::to_string(id) + " stands for both " +
                                         in_quotes(texts_[id]) + " and " + in_quotes(text));
    }
    if (!ids_.emplace(text, static_cast<TokenId>(id)).second) {
      refuse(files_.vocabulary_file, "entry " + in_quotes(text) + " stands twice");
    }
    texts_[id] = text;
    named_[id] = true;
  }

  void check_no_gap() const {
    const auto gap = std::find(named_.begin(), named_.end(), false);
    if (gap != named_.end()) {
      refuse(files_.vocabulary_file, "no entry has id " + std::to_string(gap - named_.begin()) +
                                         ", but ids go to " + std::to_string(named_.size() - 1));
    }
  }

  TokenId find(std::string_view text) const {
    const auto found = ids_.find(text);
    return found == ids_.end() ? -1 : found->second;
  }

  void place_bytes() {
    for (int byte = 0; byte < 256; ++byte) {
      const TokenId id = find(byte_alphabet()[byte]);
      if (id < 0) {
        refuse(files_.vocabulary_file, "byte " + std::to_string(byte) + " (" +
                                           in_quotes(byte_alphabet()[byte]) +
                                           ") has no entry: not a byte-level vocabulary");
      }
      vocabulary_.byte_tokens[byte] = id;
      made_[id] = true;
    }
  }

  void place_merges() {
    for (std::size_t rank = 0; rank < files_.merges.size(); ++rank) {
      const auto& [left, right] = files_.merges[rank];
      const Merge merge = {find(left), find(right), find(left + right)};
      if (merge.left < 0 || merge.right < 0 || merge.result < 0) {
        const std::string& missing = merge.left < 0 ? left : merge.right < 0 ? right : left + right;
        refuse(files_.merges_file, "merge " + std::to_string(rank + 1) + ", " +
                                       in_quotes(left + " " + right) + ", needs " +
                                       in_quotes(missing) + ", which " + files_.vocabulary_file +
                                       " has not");
      }
      made_[merge.result] = true;
      vocabulary_.merges.push_back(merge);
    }
  }

  // An entry that neither is a byte nor made by a merge must be an added token or look like one;
  // any other is the sign of a merges file that lost its end or belongs to another vocabulary.
  void place_added() {
    std::vector<bool> listed(texts_.size(), false);
    for (const auto& [text, id] : files_.added) {
      listed[id] = true;
    }
    for (std::size_t id = 0; id < texts_.size(); ++id) {
      if (made_[id]) {
        continue;
      }
      if (!listed[id] && !looks_special(texts_[id])) {
        refuse(files_.merges_file, "none of its " + std::to_string(files_.merges.size()) +
                                       " merges makes " + in_quotes(texts_[id]) + " of " +
                                       files_.vocabulary_file +
                                       ": truncated, or not of the same vocabulary");
      }
      vocabulary_.added.push_back(static_cast<TokenId>(id));
    }
    vocabulary_.end_of_text = find(kEndOfText);
    if (vocabulary_.end_of_text < 0) {
      refuse(files_.vocabulary_file, "has no entry '<|endoftext|>', which ends every document");
    }
  }

  static bool looks_special(std::string_view text) {
    return text.size() > 2 && ((text.front() == '<' && text.back() == '>') ||
                               (text.front() == '[' && text.back() == ']'));
  }

  void decode_tokens() {
    for (std::size_t id = 0; id < texts_.size(); ++id) {
      if (!made_[id]) {
        vocabulary_.tokens.push_back(texts_[id]);
        continue;
      }
      std::optional<std::string> bytes = from_alphabet(texts_[id]);
      if (!bytes) {
        refuse(files_.vocabulary_file,
               "entry " + in_quotes(texts_[id]) + " has a character outside the byte alphabet");
      }
      vocabulary_.tokens.push_back(*std::move(bytes));
    }
  }

  const VocabularyFiles& files_;
  Vocabulary vocabulary_;
  EntryIds ids_;
  std::vector<std::string> texts_;
  std::vector<bool> named_, made_;
};

}  // namespace

const std::array<std::string, 256>& byte_alphabet() {
  static const std::array<std::string, 256> kAlphabet = make_byte_alphabet();
  return kAlphabet;
}

std::string to_alphabet(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += byte_alphabet()[static_cast<unsigned char>(byte)];
  }
  return text;
}

Vocabulary assemble_vocabulary(const VocabularyFiles& files) { return Assembler(files).assemble(); }

}  // namespace lts::train
