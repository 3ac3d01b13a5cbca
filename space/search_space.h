#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/random.h"
#include "space/architecture.h"
#include "space/family.h"

namespace lts::space {

/// What the search's operators act on: the searched genes as numbers, laid out by the space (a gene
/// that each layer draws takes max n_layer entries, of which an architecture uses the first
/// n_layer).
using Genome = std::vector<std::int32_t>;

/// A searched gene and its choices, in the order in which ties and draws see them.
struct GeneRange {
  std::string gene;
  std::vector<std::int32_t> choices;  ///< at least one, positive
  /// kPerLayer: each layer draws its own, for genes that are per layer in the family; else one
  /// draw for all layers.
  GeneShape shape = GeneShape::kScalar;
};

/// The genes of a space that are not searched.
struct SpaceConstants {
  std::vector<std::int32_t> genes;  ///< the family's genes with a fallback, in its order
  double dropatt = 0.0;
};

/// One entry of a genome and the range that its value is from.
struct Locus {
  std::size_t entry = 0, range = 0;
};

/// A set of architectures of one family: every combination of the ranges that has no flaw. The
/// operators draw exactly as the reference does (reference/archai.md 2.4).
class SearchSpace {
 public:
  /// `ranges` in the family's order (n_layer first). `inner_ratio_above`: every layer's d_inner is
  /// greater than this many times d_model, the paper's rule with 1.7 (reference/archai.md 5.3);
  /// then d_model is drawn before d_inner, which is drawn from the choices that the rule leaves.
  /// Precondition: complete and in range (space_config.h reads and checks user input).
  SearchSpace(const Family& family, std::vector<GeneRange> ranges, SpaceConstants constants,
              std::optional<double> inner_ratio_above = {});

  const Family& family() const { return *family_; }
  const std::vector<GeneRange>& ranges() const { return ranges_; }
  const std::optional<double>& inner_ratio_above() const { return inner_ratio_above_; }
  /// The same space with other ranges of the same genes.
  SearchSpace with_ranges(std::vector<GeneRange> ranges) const;
  /// The members whose layers are all alike: the extremes of whatever grows with every gene are
  /// among them, and there is one where there is any member.
  SearchSpace uniform() const;
  /// Number of combinations, buildable or not; a double because per-layer spaces are vast.
  double size() const;

  Architecture architecture(const Genome& genome) const;
  /// Why an architecture within the ranges is no member: its family's flaw or the rule; or nothing.
  std::optional<std::string> flaw(const Architecture& architecture) const;
  /// The genome of an architecture, or nothing when it is no member. Hidden entries of genes that
  /// each layer draws repeat the last layer's.
  std::optional<Genome> genome(const Architecture& architecture) const;
  /// The reference's name of a member: genes drawn once for all layers are one number in it.
  std::string reference_archid(const Architecture& architecture, Lineage lineage) const;
  /// The entries of a genome that its architecture shows, in order: all but those of genes that
  /// each layer draws beyond its layers.
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
  /// Whether any of the first 10^6 combinations of alike layers is buildable.
  bool has_member() const;

 private:
  GeneShape shape(std::size_t range) const { return ranges_[range].shape; }
  std::size_t entries(std::size_t range) const;
  std::size_t index_of(std::string_view gene) const;
  void arrange();
  const std::vector<std::int32_t>& choices_beside(std::size_t range, const Genome& genome) const;

  const Family* family_;
  std::vector<GeneRange> ranges_;
  SpaceConstants constants_;
  std::optional<double> inner_ratio_above_;
  std::size_t max_layers_;
  std::vector<std::size_t> begins_;      // of each range, in a genome; then the genome's size
  std::vector<std::size_t> draw_order_;  // of the ranges
  /// By d_model: what the rule leaves of d_inner's choices.
  std::map<std::int32_t, std::vector<std::int32_t>> inner_choices_;
};

}  // namespace lts::space
