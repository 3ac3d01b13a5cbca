#include "search/member_table.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "core/error.h"
#include "search/evaluation.h"

namespace lts::search {
namespace {

constexpr std::size_t kChunk = 8192;  ///< candidates evaluated at a time

class Filling {
 public:
  Filling(const space::SearchSpace& space, std::span<const predictor::Objective> objectives)
      : space_(space), objectives_(objectives) {}

  void visit(const space::Genome& genome, space::Architecture architecture) {
    chunk_.push_back({.genome = genome, .architecture = std::move(architecture), .archid = {}});
    if (chunk_.size() == kChunk) evaluate();
  }

  MemberTable finish() {
    evaluate();
    return std::move(table_);
  }

 private:
  void evaluate() {
    std::erase_if(chunk_,
                  [&](const Candidate& c) { return space_.flaw(c.architecture).has_value(); });
    const auto outcomes = evaluate_free(chunk_, objectives_);
    for (std::size_t c = 0; c < chunk_.size(); ++c) {
      auto losses = free_losses(outcomes[c], objectives_);
      if (losses && meets_constraints(outcomes[c])) keep(chunk_[c], std::move(*losses));
    }
    chunk_.clear();
  }

  bool meets_constraints(const std::vector<predictor::Outcome>& outcomes) const {
    for (std::size_t o = 0; o < objectives_.size(); ++o) {
      const double value = std::get<predictor::Measurement>(outcomes[o]).value;
      if (objectives_[o].free() && !objectives_[o].constraint.admits(value)) return false;
    }
    return true;
  }

  void keep(Candidate& candidate, Point losses) {
    table_.genomes.push_back(std::move(candidate.genome));
    table_.architectures.push_back(std::move(candidate.architecture));
    table_.losses.push_back(std::move(losses));
  }

  const space::SearchSpace& space_;
  std::span<const predictor::Objective> objectives_;
  std::vector<Candidate> chunk_;
  MemberTable table_;
};

}  // namespace

Candidate MemberTable::candidate(std::size_t member) const {
  return {.genome = genomes[member],
          .architecture = architectures[member],
          .archid = space::archid(architectures[member])};
}

MemberTable member_table(const space::SearchSpace& space,
                         std::span<const predictor::Objective> objectives) {
  LTS_ASSERT(space.size() <= kMostEnumerated);
  Filling filling(space, objectives);
  space.enumerate([&](const space::Genome& genome) {
    filling.visit(genome, space.architecture(genome));
    return true;
  });
  return filling.finish();
}

MemberTable member_table(const space::SearchSpace& space,
                         std::span<const predictor::Objective> objectives,
                         std::span<const space::Architecture> members) {
  Filling filling(space, objectives);
  for (const space::Architecture& member : members) {
    const auto genome = space.genome(member);
    LTS_ASSERT(genome);
    filling.visit(*genome, member);
  }
  return filling.finish();
}

}  // namespace lts::search
