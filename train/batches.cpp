#include "train/batches.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "core/error.h"

namespace lts::train {

namespace {

constexpr int kRounds = 6;

}  // namespace

std::uint64_t mix64(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15ull;
  value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
  value = (value ^ value >> 27) * 0x94D049BB133111EBull;
  return value ^ value >> 31;
}

Permutation::Permutation(std::uint64_t size, std::uint64_t key) : size_(size), key_(key) {
  LTS_ASSERT(size >= 1);
  half_bits_ = (std::bit_width(size - 1) + 1) / 2;
  if (half_bits_ == 0) half_bits_ = 1;
  half_mask_ = (std::uint64_t{1} << half_bits_) - 1;
}

std::uint64_t Permutation::round_trip(std::uint64_t value) const {
  std::uint64_t left = value >> half_bits_, right = value & half_mask_;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t scrambled = mix64(right ^ mix64(key_ + static_cast<std::uint64_t>(round)));
    const std::uint64_t next = left ^ (scrambled & half_mask_);
    left = right;
    right = next;
  }
  return left << half_bits_ | right;
}

std::uint64_t Permutation::operator()(std::uint64_t index) const {
  LTS_ASSERT(index < size_);
  do {
    index = round_trip(index);  // a permutation's cycle through an index below size_ comes back
  } while (index >= size_);
  return index;
}

BatchReader::BatchReader(const TokenDataset& dataset, std::int64_t sequence_length,
                         std::uint64_t seed)
    : dataset_(dataset),
      sequence_length_(sequence_length),
      num_windows_((dataset.num_tokens() - 1) / sequence_length),
      seed_(seed) {
  LTS_ASSERT(num_windows_ >= 1);
}

std::int64_t BatchReader::window_of(std::int64_t k) const {
  const auto epoch = static_cast<std::uint64_t>(k / num_windows_);
  const Permutation order(static_cast<std::uint64_t>(num_windows_), mix64(seed_) + mix64(~epoch));
  return static_cast<std::int64_t>(order(static_cast<std::uint64_t>(k % num_windows_)));
}

Batch BatchReader::read(std::int64_t first, std::int64_t count, bool pinned) const {
  const auto options = torch::TensorOptions().dtype(torch::kInt64).pinned_memory(pinned);
  const Batch batch = {.inputs_BT = torch::empty({count, sequence_length_}, options),
                       .targets_N = torch::empty({count * sequence_length_}, options)};
  auto* inputs = batch.inputs_BT.data_ptr<std::int64_t>();
  auto* targets = batch.targets_N.data_ptr<std::int64_t>();
  std::vector<std::int64_t> tokens(static_cast<std::size_t>(sequence_length_ + 1));
  for (std::int64_t i = 0; i < count; ++i) {
    dataset_.copy(window_of(first + i) * sequence_length_, tokens);
    inputs = std::copy(tokens.begin(), tokens.end() - 1, inputs);
    targets = std::copy(tokens.begin() + 1, tokens.end(), targets);
  }
  return batch;
}

void BatchFeed::read_ahead(std::int64_t first, std::int64_t count) {
  if (!options_.ahead) return;
  ahead_ = Ahead{.first = first, .count = count, .batch = {}, .failed = nullptr};
  try {
    ahead_->batch = reader_.read(first, count, options_.pinned);
  } catch (const Error&) {
    ahead_->failed = std::current_exception();
  }
}

Batch BatchFeed::take(std::int64_t first, std::int64_t count) {
  const auto ahead = std::exchange(ahead_, std::nullopt);
  if (!ahead || ahead->first != first || ahead->count != count)
    return reader_.read(first, count, options_.pinned);
  if (ahead->failed) std::rethrow_exception(ahead->failed);
  return ahead->batch;
}

}  // namespace lts::train
