#include "train/tokenizer/byte_pair_encoder.h"

#include <algorithm>
#include <bit>
#include <functional>

namespace lts::train {
namespace {

constexpr std::size_t kMaxShortPiece = 64;
constexpr std::uint64_t kEmptySlot = ~std::uint64_t{0};

std::uint64_t pair_key(TokenId left, TokenId right) {
  return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 |
         static_cast<std::uint32_t>(right);
}

// A piece under merging as a doubly linked list over its bytes, and a heap of the merges at hand.
// A heap entry is rank << 32 | position; it is stale when that place's pair has another rank now.
class LongPiece {
 public:
  LongPiece(std::string_view piece, const std::array<TokenId, 256>& byte_tokens,
            const MergeTable& merges)
      : merges_(merges), nodes_(piece.size()) {
    const auto size = static_cast<std::uint32_t>(piece.size());
    for (std::uint32_t i = 0; i < size; ++i) {
      nodes_[i] = {byte_tokens[static_cast<unsigned char>(piece[i])], MergeTable::kNoRank, i - 1,
                   i + 1};
    }
    for (std::uint32_t i = 0; i < size; ++i) {
      rank_pair(i);
    }
  }

  void merge_all() {
    while (!heap_.empty()) {
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      const std::uint64_t entry = heap_.back();
      heap_.pop_back();
      const auto at = static_cast<std::uint32_t>(entry);
      if (nodes_[at].rank == entry >> 32) {
        merge(at);
      }
    }
  }

  void append_to(std::vector<TokenId>& out) const {
    for (std::uint32_t at = 0; at < nodes_.size(); at = nodes_[at].next) {
      out.push_back(nodes_[at].token);
    }
  }

 private:
  struct Node {
    TokenId token;
    std::uint32_t
        rank;  // of the pair with the next node; kNoRank also where the node was merged away
    std::uint32_t previous, next;
  };

  void rank_pair(std::uint32_t at) {
    Node& node = nodes_[at];
    node.rank = node.next < nodes_.size() ? merges_.rank(node.token, nodes_[node.next].token)
                                          : MergeTable::kNoRank;
    if (node.rank != MergeTable::kNoRank) {
      heap_.push_back(static_cast<std::uint64_t>(node.rank) << 32 | at);
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
  }

  void merge(std::uint32_t at) {
    Node& node = nodes_[at];
    Node& gone = nodes_[node.next];
    node.token = merges_.result(node.rank);
    node.next = gone.next;
    gone.rank = MergeTable::kNoRank;
    if (node.next < nodes_.size()) {
      nodes_[node.next].previous = at;
    }
    rank_pair(at);
    if (at > 0) {
      rank_pair(node.previous);
    }
  }

  const MergeTable& merges_;
  std::vector<Node> nodes_;
  std::vector<std::uint64_t> heap_;
};

}  // namespace

MergeTable::MergeTable(const std::vector<Merge>& merges) {
  const std::size_t num_slots = std::bit_ceil(std::max<std::size_t>(16, merges.size() * 2));
  shift_ = 64 - std::countr_zero(num_slots);
  slots_.assign(num_slots, {kEmptySlot, kNoRank});
  for (std::uint32_t rank = 0; rank < merges.size(); ++rank) {
    const std::uint64_t pair = pair_key(merges[rank].left, merges[rank].right);
    std::size_t slot = home(pair);
    while (slots_[slot].pair != kEmptySlot && slots_[slot].pair != pair) {
      slot = (slot + 1) & (num_slots - 1);
    }
    if (slots_[slot].pair == kEmptySlot) {
      slots_[slot] = {pair, rank};
    }
    results_.push_back(merges[rank].result);
  }
}

std::uint32_t MergeTable::rank(TokenId left, TokenId right) const {
  const std::uint64_t pair = pair_key(left, right);
  for (std::size_t slot = home(pair);; slot = (slot + 1) & (slots_.size() - 1)) {
    if (slots_[slot].pair == pair || slots_[slot].pair == kEmptySlot) {
      return slots_[slot].rank;
    }
  }
}

BytePairEncoder::BytePairEncoder(const Vocabulary& vocabulary)
    : byte_tokens_(vocabulary.byte_tokens), merges_(vocabulary.merges) {}

void BytePairEncoder::encode(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.size() <= kMaxShortPiece) {
    encode_short(piece, out);
  } else {
    encode_long(piece, out);
  }
}

void BytePairEncoder::encode_short(std::string_view piece, std::vector<TokenId>& out) const {
  std::array<TokenId, kMaxShortPiece> tokens;
  std::array<std::uint32_t, kMaxShortPiece> ranks;  // of each token's pair with the next one
  std::size_t size = piece.size();
  for (std::size_t i = 0; i < size; ++i) {
    tokens[i] = byte_tokens_[static_cast<unsigned char>(piece[i])];
  }
  for (std::size_t i = 0; i + 1 < size; ++i) {
    ranks[i] = merges_.rank(tokens[i], tokens[i + 1]);
  }
  while (size > 1) {
    const std::size_t at =
        std::min_element(ranks.begin(), ranks.begin() + size - 1) - ranks.begin();
    if (ranks[at] == MergeTable::kNoRank) {
      break;
    }
    tokens[at] = merges_.result(ranks[at]);
    std::copy(tokens.begin() + at + 2, tokens.begin() + size, tokens.begin() + at + 1);
    std::copy(ranks.begin() + at + 1, ranks.begin() + size - 1, ranks.begin() + at);
    --size;
    if (at + 1 < size) {
      ranks[at] = merges_.rank(tokens[at], tokens[at + 1]);
    }
    if (at > 0) {
      ranks[at - 1] = merges_.rank(tokens[at - 1], tokens[at]);
    }
  }
  out.insert(out.end(), tokens.begin(), tokens.begin() + size);
}

void BytePairEncoder::encode_long(std::string_view piece, std::vector<TokenId>& out) const {
  LongPiece long_piece(piece, byte_tokens_, merges_);
  long_piece.merge_all();
  long_piece.append_to(out);
}

}  // namespace lts::train
