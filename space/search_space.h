#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "space/architecture.h"
#include "space/family.h"

namespace lts::space {

/// What the search's operators act on: the searched genes as numbers, laid out by the space (a
/// per-layer gene takes max n_layer entries, of which an architecture uses the first n_layer).
using Genome = std::vector<std::int32_t>;

/// A searched gene and its choices, in the order in which ties and draws see them.
struct GeneRange {
  std::string gene;
  std::vector<std::int32_t> choices;  ///< at least one, positive
};

/// One entry of a genome and the range that its value is from.
struct Locus {
  std::size_t entry = 0, range = 0;
};

/// A set of architectures of one family: every combination of the ranges that has no flaw. The
/// operators draw exactly as the reference does (reference/archai.md 2.4).
class SearchSpace {
 public:
  /// `ranges` in the family's order (n_layer first); `constants` are the family's other genes, in
  /// its order. Precondition: complete and in range (space_config.h reads and checks user input).
  SearchSpace(const Family& family, std::vector<GeneRange> ranges,
              std::vector<std::int32_t> constants, double dropatt);

  const Family& family() const { return *family_; }
  const std::vector<GeneRange>& ranges() const { return ranges_; }
  /// The same space with other ranges of the same genes.
  SearchSpace with_ranges(std::vector<GeneRange> ranges) const;
  /// Number of combinations, buildable or not; a double because per-layer spaces are vast.
  double size() const;

  Architecture architecture(const Genome& genome) const;
  /// The genome of an architecture, or nothing when it is no member. Hidden entries of per-layer
  /// genes repeat the last layer's.
  std::optional<Genome> genome(const Architecture& architecture) const;
  /// The entries of a genome that its architecture shows, in order: all but those of per-layer
  /// genes beyond its layers.
  std::vector<Locus> shown(const Genome& genome) const;

  /// A uniformly drawn buildable member. Precondition: there is one (has_member).
  Genome sample(Rng& rng) const;
  /// Each gene is drawn anew with probability `probability`; the result may equal the parent and
  /// may have a flaw.
  Genome mutate(const Genome& parent, double probability, Rng& rng) const;
  /// Each gene is one parent's, chosen evenly; the result may have a flaw.
  Genome crossover(const Genome& first, const Genome& second, Rng& rng) const;

  /// Calls `visit` for each combination in lexicographic order until it returns false.
  void enumerate(const std::function<bool(const Genome&)>& visit) const;
  /// The first combination, buildable or not.
  Genome first() const;
  /// Whether any of the first 10^6 combinations is buildable.
  bool has_member() const;

 private:
  GeneShape shape(std::size_t range) const { return shapes_[range]; }
  std::size_t entries(std::size_t range) const;

  const Family* family_;
  std::vector<GeneRange> ranges_;
  std::vector<GeneShape> shapes_;
  std::vector<std::int32_t> constants_;
  double dropatt_;
  std::size_t max_layers_;
};

}  // namespace lts::space
