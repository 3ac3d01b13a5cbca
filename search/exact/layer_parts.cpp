#include "search/exact/layer_parts.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "core/error.h"
#include "search/evaluation.h"
#include "space/family.h"

namespace lts::search {
namespace {

using space::Architecture;

/// Losses by architecture; nothing where an objective fails.
std::vector<std::optional<Point>> losses_of(const std::vector<Architecture>& architectures,
                                            std::span<const predictor::Objective> objectives) {
  std::vector<Candidate> candidates;
  for (const Architecture& architecture : architectures) {
    candidates.push_back({.genome = {}, .architecture = architecture, .archid = {}});
  }
  std::vector<std::optional<Point>> out;
  for (const auto& outcomes : evaluate_free(candidates, objectives)) {
    out.push_back(free_losses(outcomes, objectives));
  }
  return out;
}

/// What members of one part share: the genes that are drawn once.
space::Genome shared_genes(const space::SearchSpace& space, const space::Genome& alike) {
  space::Genome out;
  for (std::size_t r = 0; r < space.ranges().size(); ++r) {
    if (space.ranges()[r].shape == space::GeneShape::kScalar) out.push_back(alike[r]);
  }
  return out;
}

/// The members whose layers are alike, by what they share.
std::map<space::Genome, std::vector<Architecture>> alike_members(
    const space::SearchSpace& space, std::span<const predictor::Objective> objectives) {
  std::vector<Architecture> members;
  std::vector<space::Genome> shared;
  const space::SearchSpace alike = space.uniform();
  alike.enumerate([&](const space::Genome& genome) {
    Architecture member = alike.architecture(genome);
    if (alike.flaw(member)) return true;
    members.push_back(std::move(member));
    shared.push_back(shared_genes(space, genome));
    return true;
  });
  const auto losses = losses_of(members, objectives);
  std::map<space::Genome, std::vector<Architecture>> out;
  for (std::size_t m = 0; m < members.size(); ++m) {
    if (losses[m]) out[shared[m]].push_back(std::move(members[m]));
  }
  return out;
}

Point difference(const Point& a, const Point& b) {
  Point out(a.size());
  std::ranges::transform(a, b, out.begin(), std::minus<>());
  return out;
}

LayerParts parts_of(std::vector<Architecture> options,
                    std::span<const predictor::Objective> objectives) {
  LayerParts parts{.options = std::move(options)};
  const auto n_layer = static_cast<std::size_t>(parts.options.front().n_layer());
  std::vector<Architecture> changed;
  LayerChoices choices(n_layer, 0);
  for (std::size_t& layer : choices) {
    for (layer = 0; layer < parts.options.size(); ++layer) changed.push_back(parts.member(choices));
    layer = 0;
  }
  const auto losses = losses_of(changed, objectives);
  parts.first = losses.front().value();
  for (std::size_t c = 0; c < losses.size(); ++c) {
    LTS_ASSERT(losses[c]);  // what adds over layers fails for a layer or for none
    if (c % parts.options.size() == 0) parts.changes.emplace_back();
    parts.changes.back().push_back(difference(*losses[c], parts.first));
  }
  return parts;
}

}  // namespace

Architecture LayerParts::member(const LayerChoices& choices) const {
  const Architecture& any = options.front();
  std::vector<std::int32_t> genes;
  for (const space::GeneSpec& spec : any.family().genes()) {
    if (spec.shape == space::GeneShape::kScalar) {
      genes.push_back(any.scalar(spec.name));
      continue;
    }
    for (const std::size_t option : choices) genes.push_back(options[option].scalar(spec.name));
  }
  return Architecture(any.family(), std::move(genes), any.dropatt());
}

std::vector<LayerParts> layer_parts(const space::SearchSpace& space,
                                    std::span<const predictor::Objective> objectives) {
  std::vector<LayerParts> out;
  for (auto& [shared, options] : alike_members(space, objectives)) {
    out.push_back(parts_of(std::move(options), objectives));
  }
  return out;
}

}  // namespace lts::search
