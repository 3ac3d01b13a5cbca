#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "core/random.h"
#include "predictor/latency_model/design.h"
#include "predictor/latency_model/scaled_terms.h"
#include "space/search_space.h"

namespace lts::predictor {

/// Members of a space to choose from: all that can be built where there are at most 20,000
/// combinations, else as many drawn from a fixed seed, each once.
std::vector<space::Architecture> space_members(const space::SearchSpace& space);

/// An architecture to be measured, and what for.
struct Planned {
  space::Architecture architecture;
  bool held_out = false;
};

/// Which architectures a fit measures; nothing in it is left to chance but fixed seeds, and no
/// measurement decides.
///
/// A fifth (of a budget of five or more, at least one) is held out: the members in order of their
/// cost are cut into as many parts of one size, and one of each is drawn. The others are the
/// smallest and the largest member and what a Design chooses.
class MeasuringPlan {
 public:
  /// For a fit over a space; `tokens` are those of one run.
  static MeasuringPlan for_space(const space::SearchSpace& space, std::int64_t tokens, int budget);
  /// As for_space, over these members of it alone.
  static MeasuringPlan for_members(std::vector<space::Architecture> members,
                                   const space::SearchSpace& space, std::int64_t tokens,
                                   int budget);
  /// For scaling another device's cost over the same space.
  static MeasuringPlan for_transfer(const space::SearchSpace& space, const LayerCost& from,
                                    int budget);

  /// All that is planned, in the order in which it is to be measured: a fixed shuffle, so that a
  /// machine that drifts does not look like a width that is slow.
  std::vector<Planned> planned() const;
  /// Another architecture in place of one that cannot be measured, or nothing when none is left.
  std::optional<Planned> instead_of(const Planned& failed);
  const std::vector<space::Architecture>& members() const { return members_; }

 private:
  MeasuringPlan(std::vector<space::Architecture> members, const std::vector<double>& costs,
                Design design, int budget);
  void hold_out(std::size_t count);
  void take_extremes(std::size_t count);
  std::size_t index_of(const space::Architecture& architecture) const;

  std::vector<space::Architecture> members_;
  std::vector<std::size_t> by_cost_;  ///< indices of members, the cheapest first
  Design design_;
  Rng rng_;
  std::set<std::size_t> used_;
  std::vector<std::size_t> fitted_, held_out_;
};

}  // namespace lts::predictor
