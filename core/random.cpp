#include "core/random.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <unordered_set>

#include "core/error.h"

namespace lts {

Rng::Rng(std::uint64_t seed) {
  const std::array<std::uint32_t, 2> key = {static_cast<std::uint32_t>(seed),
                                            static_cast<std::uint32_t>(seed >> 32)};
  seed_by_array(std::span(key).first(key[1] == 0 ? 1 : 2));
}

// Matsumoto and Nishimura's init_by_array (2002), which CPython seeds with.
void Rng::seed_by_array(std::span<const std::uint32_t> key) {
  words_[0] = 19650218U;
  for (std::size_t i = 1; i < kWords; ++i) {
    words_[i] =
        1812433253U * (words_[i - 1] ^ (words_[i - 1] >> 30)) + static_cast<std::uint32_t>(i);
  }
  std::size_t i = 1;
  const auto advance = [&] {
    if (++i >= kWords) {
      words_[0] = words_[kWords - 1];
      i = 1;
    }
  };
  for (std::size_t step = 0; step < std::max(kWords, key.size()); ++step) {
    const std::size_t j = step % key.size();
    words_[i] = (words_[i] ^ ((words_[i - 1] ^ (words_[i - 1] >> 30)) * 1664525U)) + key[j] +
                static_cast<std::uint32_t>(j);
    advance();
  }
  for (std::size_t step = 1; step < kWords; ++step) {
    words_[i] = (words_[i] ^ ((words_[i - 1] ^ (words_[i - 1] >> 30)) * 1566083941U)) -
                static_cast<std::uint32_t>(i);
    advance();
  }
  words_[0] = 0x80000000U;
  position_ = kWords;
}

void Rng::refill() {
  constexpr std::size_t kShift = 397;
  for (std::size_t i = 0; i < kWords; ++i) {
    const std::uint32_t joined =
        (words_[i] & 0x80000000U) | (words_[(i + 1) % kWords] & 0x7fffffffU);
    words_[i] = words_[(i + kShift) % kWords] ^ (joined >> 1) ^ (joined & 1 ? 0x9908b0dfU : 0U);
  }
  position_ = 0;
}

std::uint32_t Rng::next_u32() {
  if (position_ >= kWords) refill();
  std::uint32_t y = words_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680U;
  y ^= (y << 15) & 0xefc60000U;
  return y ^ (y >> 18);
}

std::uint32_t Rng::bits(int bits) {
  LTS_ASSERT(bits >= 1 && bits <= 32);
  return next_u32() >> (32 - bits);
}

double Rng::random() {
  const std::uint32_t high = next_u32() >> 5;
  const std::uint32_t low = next_u32() >> 6;
  return (high * 67108864.0 + low) * (1.0 / 9007199254740992.0);
}

std::uint32_t Rng::below(std::uint32_t bound) {
  LTS_ASSERT(bound >= 1);
  const int width = std::bit_width(bound);  // of bound, not bound - 1: CPython's _randbelow
  std::uint32_t value = bits(width);
  while (value >= bound) value = bits(width);
  return value;
}

std::int64_t Rng::randint(std::int64_t first, std::int64_t last) {
  LTS_ASSERT(first <= last && last - first < 0xffffffffLL);
  return first + below(static_cast<std::uint32_t>(last - first + 1));
}

std::vector<std::size_t> Rng::sample_indices(std::size_t population, std::size_t count) {
  LTS_ASSERT(count <= population);
  // CPython: a set of drawn indices where that is smaller than a copy of the population.
  std::size_t set_size = 21;
  if (count > 5) {
    std::size_t power = 1;
    while (power < count * 3) power *= 4;
    set_size += power;
  }
  std::vector<std::size_t> out;
  out.reserve(count);
  if (population <= set_size) {
    std::vector<std::size_t> pool(population);
    std::iota(pool.begin(), pool.end(), std::size_t{0});
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint32_t j = below(static_cast<std::uint32_t>(population - i));
      out.push_back(pool[j]);
      pool[j] = pool[population - i - 1];
    }
    return out;
  }
  std::unordered_set<std::size_t> drawn;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t j = below(static_cast<std::uint32_t>(population));
    while (!drawn.insert(j).second) j = below(static_cast<std::uint32_t>(population));
    out.push_back(j);
  }
  return out;
}

nlohmann::json Rng::state() const { return {{"words", words_}, {"position", position_}}; }

Rng Rng::from_state(const nlohmann::json& state) {
  const auto whole = [](const nlohmann::json& value, std::uint64_t max) {
    return value.is_number_integer() && value >= 0 && value <= max;
  };
  const auto is_word = [&](const nlohmann::json& word) { return whole(word, 0xffffffffU); };
  const bool complete = state.is_object() && state.contains("words") && state.contains("position");
  const bool fits = complete && whole(state["position"], kWords) && state["words"].is_array() &&
                    state["words"].size() == kWords && std::ranges::all_of(state["words"], is_word);
  if (!fits) throw user_error("not the state of a random stream (624 words and a position)");
  Rng rng;
  rng.words_ = state["words"].get<std::array<std::uint32_t, kWords>>();
  rng.position_ = state["position"].get<std::size_t>();
  return rng;
}

}  // namespace lts
