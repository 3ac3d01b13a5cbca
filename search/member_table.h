#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "predictor/objective.h"
#include "search/archive.h"
#include "search/front/pareto.h"
#include "space/search_space.h"

namespace lts::search {

/// Spaces of at most so many combinations are enumerated for an exact front.
inline constexpr double kMostEnumerated = 1e6;

/// Members of a space that can be built and meet the constraints on free objectives.
struct MemberTable {
  std::vector<space::Genome> genomes{};
  std::vector<space::Architecture> architectures{};
  /// A loss per objective; 0 for measured ones. Members of which a free objective fails are left
  /// out.
  std::vector<Point> losses{};

  std::size_t size() const { return genomes.size(); }
  /// The member as a candidate, by its canonical id.
  Candidate candidate(std::size_t member) const;
};

/// All of them, in the order of enumeration. Precondition: space.size() <= kMostEnumerated.
MemberTable member_table(const space::SearchSpace& space,
                         std::span<const predictor::Objective> objectives);
/// Those of the given members that meet the constraints.
MemberTable member_table(const space::SearchSpace& space,
                         std::span<const predictor::Objective> objectives,
                         std::span<const space::Architecture> members);

}  // namespace lts::search
