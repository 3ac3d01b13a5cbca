#include "space/search_space.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/text.h"

namespace lts::space {
namespace {

bool breaks_rule(double d_inner, double d_model, double inner_ratio_above) {
  return d_inner <= inner_ratio_above * d_model;
}

}  // namespace

SearchSpace::SearchSpace(const Family& family, std::vector<GeneRange> ranges,
                         SpaceConstants constants, std::optional<double> inner_ratio_above)
    : family_(&family),
      ranges_(std::move(ranges)),
      constants_(std::move(constants)),
      inner_ratio_above_(inner_ratio_above) {
  LTS_ASSERT(!ranges_.empty() && ranges_.front().gene == "n_layer");
  LTS_ASSERT(ranges_.size() + constants_.genes.size() == family.genes().size());
  max_layers_ = static_cast<std::size_t>(std::ranges::max(ranges_.front().choices));
  begins_.push_back(0);
  for (std::size_t r = 0; r < ranges_.size(); ++r) begins_.push_back(begins_[r] + entries(r));
  draw_order_.resize(ranges_.size());
  std::iota(draw_order_.begin(), draw_order_.end(), std::size_t{0});
  if (inner_ratio_above_) arrange();
}

/// The rule: d_inner right after d_model where it stood before, and its choices beside each.
void SearchSpace::arrange() {
  const std::size_t inner = index_of("d_inner"), model = index_of("d_model");
  if (inner < model) {
    const auto begin = draw_order_.begin();
    std::rotate(begin + static_cast<std::ptrdiff_t>(inner),
                begin + static_cast<std::ptrdiff_t>(inner) + 1,
                begin + static_cast<std::ptrdiff_t>(model) + 1);
  }
  for (const std::int32_t d_model : ranges_[model].choices) {
    std::vector<std::int32_t> left = ranges_[inner].choices;
    std::erase_if(left, [&](std::int32_t d_inner) {
      return breaks_rule(d_inner, d_model, *inner_ratio_above_);
    });
    inner_choices_[d_model] = std::move(left);
  }
}

SearchSpace SearchSpace::with_ranges(std::vector<GeneRange> ranges) const {
  return SearchSpace(*family_, std::move(ranges), constants_, inner_ratio_above_);
}

SearchSpace SearchSpace::uniform() const {
  std::vector<GeneRange> ranges = ranges_;
  for (GeneRange& range : ranges) range.shape = GeneShape::kScalar;
  return with_ranges(std::move(ranges));
}

std::size_t SearchSpace::entries(std::size_t range) const {
  return shape(range) == GeneShape::kScalar ? 1 : max_layers_;
}

std::size_t SearchSpace::index_of(std::string_view gene) const {
  const auto found = std::ranges::find(ranges_, gene, &GeneRange::gene);
  return static_cast<std::size_t>(found - ranges_.begin());
}

const std::vector<std::int32_t>& SearchSpace::choices_beside(std::size_t range,
                                                             const Genome& genome) const {
  const GeneRange& all = ranges_[range];
  if (!inner_ratio_above_ || all.gene != "d_inner") return all.choices;
  return inner_choices_.at(genome[begins_[index_of("d_model")]]);
}

double SearchSpace::size() const {
  double total = 0;
  for (const std::int32_t layers : ranges_.front().choices) {
    double members = 1;
    for (std::size_t r = 1; r < ranges_.size(); ++r) {
      const double choices = static_cast<double>(ranges_[r].choices.size());
      members *= shape(r) == GeneShape::kScalar ? choices : std::pow(choices, layers);
    }
    total += members;
  }
  return total;
}

Architecture SearchSpace::architecture(const Genome& genome) const {
  const auto n_layer = static_cast<std::size_t>(genome.front());
  std::vector<std::int32_t> genes;
  std::size_t constant = 0;
  for (const GeneSpec& spec : family_->genes()) {
    const std::size_t r = index_of(spec.name);
    if (r == ranges_.size()) {
      genes.push_back(constants_.genes[constant++]);
      continue;
    }
    const std::size_t used = spec.shape == GeneShape::kScalar ? 1 : n_layer;
    for (std::size_t i = 0; i < used; ++i) {
      genes.push_back(genome[begins_[r] + std::min(i, entries(r) - 1)]);
    }
  }
  return Architecture(*family_, std::move(genes), constants_.dropatt);
}

std::optional<std::string> SearchSpace::flaw(const Architecture& architecture) const {
  auto reason = family_->flaw(architecture);
  if (reason || !inner_ratio_above_) return reason;
  const std::int32_t d_model = architecture.scalar("d_model");
  for (const std::int32_t d_inner : architecture.gene("d_inner")) {
    if (!breaks_rule(d_inner, d_model, *inner_ratio_above_)) continue;
    return "d_inner " + std::to_string(d_inner) + " is not above " +
           short_number(*inner_ratio_above_) + " times d_model " + std::to_string(d_model);
  }
  return std::nullopt;
}

std::optional<Genome> SearchSpace::genome(const Architecture& architecture) const {
  if (&architecture.family() != family_) return std::nullopt;
  Genome out;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const auto& [gene, choices, shape] = ranges_[r];
    for (std::size_t i = 0; i < entries(r); ++i) {
      const auto last = architecture.gene(gene).size() - 1;
      const std::int32_t value = architecture.in_layer(gene, std::min(i, last));
      if (std::ranges::find(choices, value) == choices.end()) return std::nullopt;
      out.push_back(value);
    }
  }
  // Another constant, or layers that differ where the space draws once for all.
  if (this->architecture(out) != architecture || flaw(architecture)) return std::nullopt;
  return out;
}

std::string SearchSpace::reference_archid(const Architecture& architecture, Lineage lineage) const {
  std::vector<std::string_view> shared;
  for (const GeneRange& range : ranges_) {
    if (range.shape == GeneShape::kScalar) shared.push_back(range.gene);
  }
  return space::reference_archid(architecture, lineage, shared);
}

std::vector<Locus> SearchSpace::shown(const Genome& genome) const {
  const auto n_layer = static_cast<std::size_t>(genome.front());
  std::vector<Locus> loci;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const std::size_t used = shape(r) == GeneShape::kScalar ? 1 : n_layer;
    for (std::size_t i = 0; i < used; ++i) loci.push_back({begins_[r] + i, r});
  }
  return loci;
}

Genome SearchSpace::sample(Rng& rng) const {
  for (;;) {
    Genome genome(begins_.back());
    bool drawn = true;
    for (const std::size_t r : draw_order_) {
      const auto& choices = choices_beside(r, genome);
      drawn &= !choices.empty();
      for (std::size_t at = begins_[r]; drawn && at < begins_[r + 1]; ++at) {
        genome[at] = rng.choice(choices);
      }
    }
    if (drawn && !flaw(architecture(genome))) return genome;
  }
}

Genome SearchSpace::mutate(const Genome& parent, double probability, Rng& rng) const {
  Genome child = parent;
  for (const std::size_t r : draw_order_) {
    const auto& choices = choices_beside(r, child);
    for (std::size_t at = begins_[r]; at < begins_[r + 1]; ++at) {
      if (rng.random() < probability && !choices.empty()) child[at] = rng.choice(choices);
    }
  }
  return child;
}

Genome SearchSpace::crossover(const Genome& first, const Genome& second, Rng& rng) const {
  Genome child = first;
  for (std::size_t at = 0; at < child.size(); ++at) {
    child[at] = rng.below(2) == 0 ? first[at] : second[at];
  }
  return child;
}

void SearchSpace::enumerate(const std::function<bool(const Genome&)>& visit) const {
  std::vector<std::size_t> range_of;  // the range of each entry of a genome
  for (std::size_t r = 0; r < ranges_.size(); ++r) range_of.insert(range_of.end(), entries(r), r);
  std::vector<std::size_t> digits(range_of.size(), 0);
  Genome genome(digits.size());
  const auto hidden = [&](std::size_t at) {  // an entry beyond this genome's layers
    const std::size_t r = range_of[at];
    return shape(r) == GeneShape::kPerLayer &&
           at - begins_[r] >= static_cast<std::size_t>(genome.front());
  };
  for (;;) {
    for (std::size_t i = 0; i < digits.size(); ++i) {
      genome[i] = ranges_[range_of[i]].choices[digits[i]];
    }
    if (!visit(genome)) return;
    std::size_t at = digits.size();
    while (at-- > 0) {
      if (!hidden(at) && ++digits[at] < ranges_[range_of[at]].choices.size()) break;
      digits[at] = 0;
    }
    if (at == static_cast<std::size_t>(-1)) return;
  }
}

Genome SearchSpace::first() const {
  Genome out;
  enumerate([&](const Genome& genome) {
    out = genome;
    return false;
  });
  return out;
}

bool SearchSpace::has_member() const {
  const SearchSpace part = uniform();
  int looked_at = 0;
  bool found = false;
  part.enumerate([&](const Genome& genome) {
    found = !flaw(part.architecture(genome));
    return !found && ++looked_at < 1'000'000;
  });
  return found;
}

}  // namespace lts::space
