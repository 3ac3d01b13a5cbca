#include "train/tokenizer/tokenizer.h"

#include <tbb/enumerable_thread_specific.h>

#include <bit>

#include "core/digest.h"
#include "core/error.h"
#include "core/file.h"
#include "train/tokenizer/byte_pair_encoder.h"
#include "train/tokenizer/hugging_face_writer.h"
#include "train/tokenizer/piece_cache.h"
#include "train/tokenizer/pre_tokenizer.h"
#include "train/tokenizer/vocabulary.h"
#include "train/tokenizer/vocabulary_reader.h"

namespace lts::train {

static_assert(std::endian::native == std::endian::little);

struct Tokenizer::Tables {
  explicit Tables(Vocabulary read) : vocabulary(std::move(read)), encoder(vocabulary) {}

  Vocabulary vocabulary;
  PreTokenizer pre_tokenizer;
  BytePairEncoder encoder;
  // One a thread; what it holds never changes what encode() returns.
  mutable tbb::enumerable_thread_specific<PieceCache> caches;
};

namespace {

class Encoding {
 public:
  Encoding(const BytePairEncoder& encoder, PieceCache& cache, std::vector<TokenId>& out)
      : encoder_(encoder), cache_(cache), out_(out) {}

  void add(std::string_view piece, std::size_t readable) {
    if (!PieceCache::fits(piece)) {
      encoder_.encode(piece, out_);
      return;
    }
    PieceCache::Entry key;
    PieceCache::Entry& entry = cache_.entry(piece, readable, key);
    if (PieceCache::holds(entry, key)) {
      out_.insert(out_.end(), entry.tokens.begin(), entry.tokens.begin() + entry.num_tokens);
      return;
    }
    const std::size_t begin = out_.size();
    encoder_.encode(piece, out_);
    const std::size_t num_tokens = out_.size() - begin;
    if (num_tokens <= entry.tokens.size()) {
      key.num_tokens = static_cast<std::uint32_t>(num_tokens);
      std::copy(out_.begin() + begin, out_.end(), key.tokens.begin());
      entry = key;
    }
  }

 private:
  const BytePairEncoder& encoder_;
  PieceCache& cache_;
  std::vector<TokenId>& out_;
};

}  // namespace

Tokenizer::Tokenizer(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Tokenizer Tokenizer::from_gpt2_files(const fs::path& folder) {
  return Tokenizer(std::make_unique<const Tables>(
      read_vocabulary_and_merges(folder / "encoder.json", folder / "vocab.bpe")));
}

Tokenizer Tokenizer::from_model_folder(const fs::path& folder) {
  if (fs::exists(folder / "tokenizer.json")) {
    return Tokenizer(
        std::make_unique<const Tables>(read_tokenizer_json(folder / "tokenizer.json")));
  }
  if (!fs::exists(folder / "vocab.json") && !fs::exists(folder / "merges.txt")) {
    throw user_error(Place{folder.string()},
                     "has no tokenizer: neither tokenizer.json nor vocab.json with merges.txt");
  }
  return Tokenizer(std::make_unique<const Tables>(
      read_vocabulary_and_merges(folder / "vocab.json", folder / "merges.txt")));
}

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  std::vector<TokenId> out;
  out.reserve(text.size() / 3);
  Encoding encoding(tables_->encoder, tables_->caches.local(), out);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = tables_->pre_tokenizer.piece_end(text, begin);
    encoding.add(text.substr(begin, end - begin), text.size() - begin);
    begin = end;
  }
  return out;
}

std::size_t Tokenizer::split_point(std::string_view text, std::size_t from) const {
  return tables_->pre_tokenizer.split_point(text, from);
}

std::string Tokenizer::decode(std::span<const TokenId> ids) const {
  std::string text;
  for (const TokenId id : ids) {
    text += token_bytes(id);
  }
  return text;
}

std::string_view Tokenizer::token_bytes(TokenId id) const {
  if (id < 0 || id >= vocab_size()) {
    throw user_error("token id " + std::to_string(id) + " is outside the vocabulary, 0.." +
                     std::to_string(vocab_size() - 1));
  }
  return tables_->vocabulary.tokens[id];
}

std::int32_t Tokenizer::vocab_size() const {
  return static_cast<std::int32_t>(tables_->vocabulary.tokens.size());
}

TokenId Tokenizer::end_of_text() const { return tables_->vocabulary.end_of_text; }

std::string Tokenizer::vocabulary_sha256() const {
  std::string bytes;
  for (const std::string& token : tables_->vocabulary.tokens) {
    bytes += std::to_string(token.size()) + ':' + token;
  }
  for (const Merge& merge : tables_->vocabulary.merges) {
    bytes += std::to_string(merge.left) + ' ' + std::to_string(merge.right) + '\n';
  }
  return sha256_hex(bytes);
}

std::vector<std::pair<std::string, std::string>> Tokenizer::hugging_face_files(
    std::int32_t model_max_length) const {
  return hugging_face_tokenizer_files(tables_->vocabulary, model_max_length);
}

}  // namespace lts::train
