#include "search/exact/telling_members.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace lts::search {
namespace {

constexpr std::size_t kTruths = 64;

/// One possible truth, and for each member of its front the least loss of a measured member that
/// covers it.
struct Gaps {
  FrontBeliefs::Truth truth;
  std::vector<double> nearest;
};

class Choosing {
 public:
  Choosing(const FrontBeliefs& beliefs, std::uint64_t first_truth)
      : beliefs_(beliefs), gaps_(kTruths) {
    tbb::parallel_for(std::size_t{0}, kTruths, [&](std::size_t t) {
      Gaps& gaps = gaps_[t];
      gaps.truth = beliefs_.truth(first_truth + t);
      gaps.nearest.assign(gaps.truth.front.size(), worst_loss(gaps.truth));
      for (const auto& [member, reading] : beliefs_.readings()) take(gaps, member);
    });
  }

  /// The best member left, which is then taken as measured; nothing where no gap is left.
  std::optional<std::size_t> next() {
    std::vector<double> gain(beliefs_.members().size(), 0);
    for (const Gaps& gaps : gaps_) {
      for (std::size_t f = 0; f < gaps.nearest.size(); ++f) {
        gain[gaps.truth.front[f]] += gaps.nearest[f] - loss(gaps.truth, gaps.truth.front[f]);
      }
    }
    const auto best = std::ranges::max_element(gain);
    if (best == gain.end() || !(*best > 0)) return std::nullopt;
    const auto member = static_cast<std::size_t>(best - gain.begin());
    tbb::parallel_for(std::size_t{0}, kTruths, [&](std::size_t t) { take(gaps_[t], member); });
    return member;
  }

 private:
  double loss(const FrontBeliefs::Truth& truth, std::size_t member) const {
    return beliefs_.objective().loss(truth.values[member]);
  }

  /// What a front's member without a measured one that covers it is compared with.
  double worst_loss(const FrontBeliefs::Truth& truth) const {
    double worst = -std::numeric_limits<double>::infinity();
    for (std::size_t m = 0; m < truth.values.size(); ++m) worst = std::max(worst, loss(truth, m));
    return worst;
  }

  /// Takes a member as measured; one outside a constraint covers nothing.
  void take(Gaps& gaps, std::size_t member) const {
    if (!beliefs_.objective().constraint.admits(gaps.truth.values[member])) return;
    const auto& losses = beliefs_.members().losses;
    const double its = loss(gaps.truth, member);
    for (std::size_t f = 0; f < gaps.nearest.size(); ++f) {
      if (its >= gaps.nearest[f]) continue;
      if (covers_beside(losses[member], losses[gaps.truth.front[f]], beliefs_.axis())) {
        gaps.nearest[f] = std::max(its, loss(gaps.truth, gaps.truth.front[f]));
      }
    }
  }

  const FrontBeliefs& beliefs_;
  std::vector<Gaps> gaps_;
};

}  // namespace

std::vector<std::size_t> telling_members(const FrontBeliefs& beliefs, std::size_t count,
                                         std::uint64_t first_truth) {
  Choosing choosing(beliefs, first_truth);
  std::vector<std::size_t> out;
  while (out.size() < count) {
    const auto member = choosing.next();
    if (!member) break;
    out.push_back(*member);
  }
  return out;
}

}  // namespace lts::search
