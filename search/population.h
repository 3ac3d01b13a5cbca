#pragma once

#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "core/random.h"
#include "search/archive.h"
#include "search/searcher.h"

namespace lts::search {

/// Fruitless tries at one child before an algorithm gives it up: what ends the loops that never end
/// in the reference (reference/archai.md 3).
inline constexpr int kChildPatience = 30;

/// The next population while it is put together, with ids: canonical. Every candidate is admitted
/// by the problem and is neither in the archive nor in the population already.
class Population {
 public:
  /// `others`: candidates of the same population that are kept elsewhere.
  Population(const Problem& problem, const Archive& archive,
             std::span<const Candidate> others = {});

  /// Adds a member, unless it is seen or not admitted; whether it did. `parent` and `parents` as in
  /// Candidate.
  bool add(space::Genome genome, const std::string& parent = {}, const std::string& parents = {});

  /// Adds `count` random members; fewer only where no more are left or, in a space of more than
  /// 10^6 combinations, where 20,000 draws in a row brought nothing new. In a smaller one 200
  /// fruitless draws end the drawing, and the rest is found by enumeration.
  void draw(std::size_t count, Rng& stream);
  /// Draws until the population has `size` members.
  void fill(std::size_t size, Rng& stream) {
    if (size > candidates_.size()) draw(size - candidates_.size(), stream);
  }

  /// Shuffles, and keeps the first `most`.
  void shuffle_and_cut(std::size_t most, Rng& stream);

  std::size_t size() const { return candidates_.size(); }
  std::vector<Candidate> take() && { return std::move(candidates_); }

 private:
  void draw_from_enumeration(std::size_t size, Rng& stream);

  const Problem& problem_;
  const Archive& archive_;
  std::unordered_set<std::string> taken_;  ///< archids of the population
  std::vector<Candidate> candidates_;
};

}  // namespace lts::search
