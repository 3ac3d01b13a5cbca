#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>
#include <vector>

namespace lts {

/// CPython's `random.Random`, bit for bit (3.8 to 3.12): Mersenne Twister MT19937 seeded by a
/// non-negative integer, and the methods the reference uses. Source: CPython Lib/random.py and
/// Modules/_randommodule.c as described in the reference notes, section 2.2; checked against
/// CPython by tests/oracle/core_oracle.py. Not thread-safe.
class Rng {
 public:
  explicit Rng(std::uint64_t seed = 1);

  /// The next 32 bits of the generator.
  std::uint32_t next_u32();
  /// `getrandbits(bits)`, 1 <= bits <= 32.
  std::uint32_t bits(int bits);
  /// Uniform in [0, 1) with 53 bits; two words of the generator.
  double random();
  /// Uniform in [0, bound), bound >= 1; draws until one fits.
  std::uint32_t below(std::uint32_t bound);
  /// Uniform in [first, last], ends included.
  std::int64_t randint(std::int64_t first, std::int64_t last);

  template <typename Range>
  const auto& choice(const Range& range) {
    return range[below(static_cast<std::uint32_t>(range.size()))];
  }

  template <typename T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i-- > 1;) {
      std::swap(values[i], values[below(static_cast<std::uint32_t>(i + 1))]);
    }
  }

  /// `sample(range(population), count)`: distinct indices in the order drawn. count <= population.
  std::vector<std::size_t> sample_indices(std::size_t population, std::size_t count);

  /// The whole state, and back; random() goes on exactly. \throws Error kUser on a foreign value.
  nlohmann::json state() const;
  static Rng from_state(const nlohmann::json& state);

 private:
  static constexpr std::size_t kWords = 624;
  void seed_by_array(std::span<const std::uint32_t> key);
  void refill();

  std::array<std::uint32_t, kWords> words_{};
  std::size_t position_ = kWords;
};

}  // namespace lts
