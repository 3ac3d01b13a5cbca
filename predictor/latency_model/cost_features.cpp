#include "predictor/latency_model/cost_features.h"

#include <algorithm>

#include "core/error.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using Eigen::Index;

/// The terms of a cost, each as a cost.
std::vector<LayerCost> pieces_of(const LayerCost& base) {
  std::vector<LayerCost> pieces;
  for (const CostTerm& term : base.per_layer) pieces.push_back({.per_layer = {term}});
  for (const CostTerm& term : base.per_model) pieces.push_back({.per_model = {term}});
  if (base.constant != 0) pieces.push_back({.constant = base.constant});
  return pieces;
}

/// The ranges of genes that have one value for the whole model, and several to choose from.
std::vector<const space::GeneRange*> scalar_ranges(const space::SearchSpace& space) {
  std::vector<const space::GeneRange*> out;
  for (const space::GeneRange& range : space.ranges()) {
    const bool whole_model = !space::is_per_layer(space.family(), range.gene);
    if (whole_model && range.choices.size() > 1) out.push_back(&range);
  }
  return out;
}

Index position(const space::GeneRange& range, std::int32_t value) {
  const auto found = std::ranges::find(range.choices, value);
  LTS_ASSERT(found != range.choices.end());
  return found - range.choices.begin();
}

}  // namespace

CostFeatures::CostFeatures(const space::SearchSpace& space, const LayerCost& base,
                           std::span<const space::Architecture> members) {
  take_shares(base, members);
  take_choices(space, members);
}

void CostFeatures::take_shares(const LayerCost& base,
                               std::span<const space::Architecture> members) {
  const std::vector<LayerCost> pieces = pieces_of(base);
  const auto count = static_cast<Index>(members.size());
  base_.resize(count);
  shares_.resize(count, static_cast<Index>(pieces.size()));
  for (Index m = 0; m < count; ++m) {
    const space::Architecture& member = members[static_cast<std::size_t>(m)];
    base_[m] = base.value(member);
    LTS_ASSERT(base_[m] > 0);
    for (Index t = 0; t < shares_.cols(); ++t) {
      shares_(m, t) = pieces[static_cast<std::size_t>(t)].value(member) / base_[m];
    }
  }
}

void CostFeatures::take_choices(const space::SearchSpace& space,
                                std::span<const space::Architecture> members) {
  const auto ranges = scalar_ranges(space);
  genes_ = ranges.size();
  gene_pairs_ = genes_ < 2 ? 0 : genes_ * (genes_ - 1) / 2;
  for (const space::Architecture& member : members) {
    Index first_choice = 0, first_pair = 0;
    for (std::size_t a = 0; a < genes_; ++a) {
      const Index at = position(*ranges[a], member.scalar(ranges[a]->gene));
      choices_.push_back(first_choice + at);
      first_choice += static_cast<Index>(ranges[a]->choices.size());
      for (std::size_t b = a + 1; b < genes_; ++b) {
        const auto width = static_cast<Index>(ranges[b]->choices.size());
        pairs_.push_back(first_pair + at * width +
                         position(*ranges[b], member.scalar(ranges[b]->gene)));
        first_pair += static_cast<Index>(ranges[a]->choices.size()) * width;
      }
    }
    num_choices_ = first_choice;
    num_pairs_ = first_pair;
  }
}

}  // namespace lts::predictor
