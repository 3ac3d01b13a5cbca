#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "train/data/token_dataset.h"

namespace lts::train {

/// A permutation of [0, size) that is computed, not stored: a Feistel network over the next power
/// of four, values outside the range walked on. `key` chooses the permutation. O(1) memory,
/// expected O(1) time.
class Permutation {
 public:
  Permutation(std::uint64_t size, std::uint64_t key);
  std::uint64_t operator()(std::uint64_t index) const;

 private:
  std::uint64_t round_trip(std::uint64_t value) const;
  std::uint64_t size_, key_, half_mask_;
  int half_bits_;
};

/// Scrambles 64 bits (the finaliser of splitmix64; Steele, Lea and Flood 2014).
std::uint64_t mix64(std::uint64_t value);

/// Inputs and the tokens that follow each of them. B sequences, T tokens, N = B * T.
struct Batch {
  torch::Tensor inputs_BT;  ///< int64
  torch::Tensor targets_N;  ///< int64
};

/// The training sequences in the order of a run. Sequence k, counted from the run's start, is a
/// function of (seed, k) alone: window i of the data reads tokens [i*T, i*T + T], each epoch visits
/// every window once in an order of its own. So a resumed run needs no record of what was read.
class BatchReader {
 public:
  /// Keeps a reference to `dataset`, which holds more than `sequence_length` tokens.
  BatchReader(const TokenDataset& dataset, std::int64_t sequence_length, std::uint64_t seed);

  /// Sequences [first, first + count) of the run, in page-locked memory if asked: a GPU copies from
  /// there without being waited for. \throws Error kUser as TokenDataset::copy.
  Batch read(std::int64_t first, std::int64_t count, bool pinned = false) const;
  /// The window that sequence `k` of the run reads.
  std::int64_t window_of(std::int64_t k) const;
  std::int64_t num_windows() const { return num_windows_; }

 private:
  const TokenDataset& dataset_;
  std::int64_t sequence_length_, num_windows_;
  std::uint64_t seed_;
};

/// The batches of a training, one after another, the next one read while a GPU computes.
class BatchFeed {
 public:
  struct Options {
    bool ahead;   ///< whether read_ahead() reads: the CPU has nothing else to do meanwhile
    bool pinned;  ///< as BatchReader::read
  };
  BatchFeed(BatchReader reader, Options options) : reader_(std::move(reader)), options_(options) {}

  /// Reads sequences [first, first + count) ahead. What stands against them is thrown when they are
  /// taken.
  void read_ahead(std::int64_t first, std::int64_t count);
  /// They, read ahead or now. \throws Error kUser as BatchReader::read.
  Batch take(std::int64_t first, std::int64_t count);

 private:
  struct Ahead {
    std::int64_t first, count;
    Batch batch;
    std::exception_ptr failed;
  };
  BatchReader reader_;
  Options options_;
  std::optional<Ahead> ahead_;
};

}  // namespace lts::train
