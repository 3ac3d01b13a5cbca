#include "space/search_space.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace lts::space {

SearchSpace::SearchSpace(const Family& family, std::vector<GeneRange> ranges,
                         std::vector<std::int32_t> constants, double dropatt)
    : family_(&family),
      ranges_(std::move(ranges)),
      constants_(std::move(constants)),
      dropatt_(dropatt) {
  LTS_ASSERT(!ranges_.empty() && ranges_.front().gene == "n_layer");
  LTS_ASSERT(ranges_.size() + constants_.size() == family.genes().size());
  max_layers_ = static_cast<std::size_t>(std::ranges::max(ranges_.front().choices));
  for (const GeneRange& range : ranges_) {
    const auto spec = std::ranges::find(family.genes(), range.gene, &GeneSpec::name);
    shapes_.push_back(spec->shape);
  }
}

SearchSpace SearchSpace::with_ranges(std::vector<GeneRange> ranges) const {
  return SearchSpace(*family_, std::move(ranges), constants_, dropatt_);
}

std::size_t SearchSpace::entries(std::size_t range) const {
  return shapes_[range] == GeneShape::kScalar ? 1 : max_layers_;
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
    std::size_t begin = 0, range = 0;
    while (range < ranges_.size() && ranges_[range].gene != spec.name) begin += entries(range++);
    if (range == ranges_.size()) {
      genes.push_back(constants_[constant++]);
      continue;
    }
    const std::size_t used = spec.shape == GeneShape::kScalar ? 1 : n_layer;
    const auto first = genome.begin() + static_cast<std::ptrdiff_t>(begin);
    genes.insert(genes.end(), first, first + static_cast<std::ptrdiff_t>(used));
  }
  return Architecture(*family_, std::move(genes), dropatt_);
}

std::optional<Genome> SearchSpace::genome(const Architecture& architecture) const {
  if (&architecture.family() != family_) return std::nullopt;
  Genome out;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const auto values = architecture.gene(ranges_[r].gene);
    for (std::size_t i = 0; i < entries(r); ++i) {
      const std::int32_t value = values[std::min(i, values.size() - 1)];
      const auto& choices = ranges_[r].choices;
      if (std::ranges::find(choices, value) == choices.end()) return std::nullopt;
      out.push_back(value);
    }
  }
  if (this->architecture(out) != architecture) return std::nullopt;  // another constant
  return out;
}

std::vector<Locus> SearchSpace::shown(const Genome& genome) const {
  const auto n_layer = static_cast<std::size_t>(genome.front());
  std::vector<Locus> loci;
  std::size_t begin = 0;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    const std::size_t used = shape(r) == GeneShape::kScalar ? 1 : n_layer;
    for (std::size_t i = 0; i < used; ++i) loci.push_back({begin + i, r});
    begin += entries(r);
  }
  return loci;
}

Genome SearchSpace::sample(Rng& rng) const {
  for (;;) {
    Genome genome;
    for (std::size_t r = 0; r < ranges_.size(); ++r) {
      for (std::size_t i = 0; i < entries(r); ++i) genome.push_back(rng.choice(ranges_[r].choices));
    }
    if (!family_->flaw(architecture(genome))) return genome;
  }
}

Genome SearchSpace::mutate(const Genome& parent, double probability, Rng& rng) const {
  Genome child = parent;
  std::size_t at = 0;
  for (std::size_t r = 0; r < ranges_.size(); ++r) {
    for (std::size_t i = 0; i < entries(r); ++i, ++at) {
      if (rng.random() < probability) child[at] = rng.choice(ranges_[r].choices);
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
    const auto begin =
        static_cast<std::size_t>(std::find(range_of.begin(), range_of.end(), r) - range_of.begin());
    return at - begin >= static_cast<std::size_t>(genome.front()) &&
           shape(r) == GeneShape::kPerLayer;
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
  int looked_at = 0;
  bool found = false;
  enumerate([&](const Genome& genome) {
    found = !family_->flaw(architecture(genome));
    return !found && ++looked_at < 1'000'000;
  });
  return found;
}

}  // namespace lts::space
