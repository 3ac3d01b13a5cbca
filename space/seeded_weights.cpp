#include "space/seeded_weights.h"

#include <algorithm>

#include "core/digest.h"
#include "core/random.h"

namespace lts::space {

namespace {

// A prime, so that no width divides it: the rows of a matrix longer than the block all differ.
constexpr std::size_t kBlockValues = 1'048'573;

// Uniform draws of 16 bits have variance 2^32 / 12: the sum of twelve has deviation 2^16.
float normal(Rng& rng) {
  std::int64_t sum = 0;
  for (int pair = 0; pair < 6; ++pair) {
    const std::uint32_t word = rng.next_u32();
    sum += (word & 0xffffU) + (word >> 16);
  }
  constexpr double kTwiceMean = 12 * 65535.0;
  return static_cast<float>((2.0 * static_cast<double>(sum) - kTwiceMean) / (2.0 * 65536.0));
}

bool is_gain(const WeightSpec& weight) {
  return weight.shape.size() == 1 && weight.name.ends_with(".weight");
}

}  // namespace

SeededWeights::SeededWeights(std::uint64_t seed, double deviation) : block_(kBlockValues) {
  Rng rng(seed);
  const auto scale = static_cast<float>(deviation);
  for (float& value : block_) value = scale * normal(rng);
}

void SeededWeights::read(const WeightSpec& weight, std::int64_t first, std::span<float> out) {
  const float mean = is_gain(weight) ? 1.0F : 0.0F;
  std::size_t place =
      (checksum64(weight.name) % kBlockValues + static_cast<std::size_t>(first)) % kBlockValues;
  while (!out.empty()) {
    const std::size_t length = std::min(out.size(), kBlockValues - place);
    std::transform(block_.begin() + static_cast<std::ptrdiff_t>(place),
                   block_.begin() + static_cast<std::ptrdiff_t>(place + length), out.begin(),
                   [mean](float value) { return mean + value; });
    out = out.subspan(length);
    place = 0;
  }
}

}  // namespace lts::space
