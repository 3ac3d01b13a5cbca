#include <algorithm>

#include "core/error.h"
#include "space/language_model.h"

namespace lts::space {

namespace {

// A buffer of `capacity` positions that begins with the `length` positions of `old_BHSK`.
torch::Tensor grown(const torch::Tensor& old_BHSK, const torch::Tensor& like_BHTK,
                    std::int64_t length, std::int64_t capacity) {
  auto shape = like_BHTK.sizes().vec();
  shape[2] = capacity;
  auto buffer_BHSK = torch::empty(shape, like_BHTK.options());
  if (length > 0) buffer_BHSK.narrow(2, 0, length).copy_(old_BHSK.narrow(2, 0, length));
  return buffer_BHSK;
}

}  // namespace

std::pair<torch::Tensor, torch::Tensor> KvCache::append(std::int64_t layer,
                                                        const torch::Tensor& key_BHTK,
                                                        const torch::Tensor& value_BHTK) {
  LTS_ASSERT(layer >= 0 && layer < static_cast<std::int64_t>(layers_.size()));
  auto& [keys, values] = layers_[static_cast<std::size_t>(layer)];
  const std::int64_t num_new = key_BHTK.size(2), end = length_ + num_new;
  const std::int64_t capacity = keys.defined() ? keys.size(2) : 0;
  if (end > capacity) {
    const std::int64_t new_capacity = std::max({end, 2 * capacity, room_});
    keys = grown(keys, key_BHTK, length_, new_capacity);
    values = grown(values, value_BHTK, length_, new_capacity);
  }
  keys.narrow(2, length_, num_new).copy_(key_BHTK);
  values.narrow(2, length_, num_new).copy_(value_BHTK);
  if (layer + 1 == static_cast<std::int64_t>(layers_.size())) length_ = end;
  return {keys.narrow(2, 0, end), values.narrow(2, 0, end)};
}

void KvCache::fill_with_zeros(std::int64_t length) {
  for (auto& [keys, values] : layers_) {
    LTS_ASSERT(keys.defined() && length <= keys.size(2));
    keys.zero_();
    values.zero_();
  }
  length_ = length;
}

void KvCache::truncate(std::int64_t length) {
  LTS_ASSERT(length >= 0 && length <= length_);
  length_ = length;
}

}  // namespace lts::space
