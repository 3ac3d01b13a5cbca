#include "search/members.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/text.h"
#include "search/member_table.h"

namespace lts::search {
namespace {

using space::Architecture;
using space::Genome;
using space::SearchSpace;

constexpr std::size_t kDraws = 20'000;
constexpr int kDrawPatience = 200'000;

/// The shown entries of a part's genomes: all, since its members have one number of layers.
std::vector<space::Locus> loci_of(const SearchSpace& part) {
  return part.shown(Genome{part.ranges().front().choices.front()});
}

double combinations_of(const SearchSpace& part) {
  double combinations = 1;
  for (const space::Locus& locus : loci_of(part)) {
    combinations *= static_cast<double>(part.ranges()[locus.range].choices.size());
  }
  return combinations;
}

Error too_few(const SearchConfig& config, std::size_t asked, std::size_t found,
              const std::string& looked) {
  return user_error(config.place, "a sample of " + std::to_string(asked) + " was asked for; " +
                                      std::to_string(found) + " members " + looked);
}

/// Algorithm R: each member takes the place of an earlier one with the right probability.
std::vector<Architecture> sample_listed(const SearchConfig& config, std::size_t count, Rng& rng) {
  std::vector<std::pair<std::size_t, Architecture>> kept;
  std::size_t seen = 0;
  for_each_member(config, [&](const Architecture& member) {
    if (kept.size() < count) {
      kept.emplace_back(seen, member);
    } else {
      const auto at = static_cast<std::size_t>(rng.randint(0, static_cast<std::int64_t>(seen)));
      if (at < count) kept[at] = {seen, member};
    }
    ++seen;
    return true;
  });
  if (seen < count) throw too_few(config, count, seen, "meet the free constraints");
  std::ranges::sort(kept, {}, [](const auto& entry) { return entry.first; });
  std::vector<Architecture> out;
  for (auto& [index, member] : kept) out.push_back(std::move(member));
  return out;
}

std::vector<Architecture> sample_drawn(const SearchConfig& config, std::size_t count, Rng& rng) {
  const EvenDraw draw(config.space);
  const Problem problem = config.problem();
  std::set<Architecture> seen;
  std::vector<Architecture> out;
  for (int fruitless = 0; out.size() < count; ++fruitless) {
    if (fruitless == kDrawPatience) {
      throw too_few(config, count, out.size(),
                    "were found before 200,000 draws in a row brought no new one");
    }
    throw_if_interrupted("nothing was kept");
    const Architecture member = draw(rng);
    if (!problem.admits(member) || !seen.insert(member).second) continue;
    out.push_back(member);
    fruitless = -1;
  }
  return out;
}

/// Wilson's 95 % interval (1927) of a share.
Interval wilson(double met, double draws) {
  constexpr double kZ = 1.959963984540054;
  const double share = met / draws, square = kZ * kZ / draws;
  const double middle = (share + square / 2) / (1 + square);
  const double half =
      kZ / (1 + square) * std::sqrt(share * (1 - share) / draws + square / (4 * draws));
  return {met == 0 ? 0 : middle - half, met == draws ? 1 : middle + half};  // else but for rounding
}

}  // namespace

void for_each_member(const SearchConfig& config,
                     const std::function<bool(const Architecture&)>& visit) {
  const Problem problem = config.problem();
  config.space.enumerate([&](const Genome& genome) {
    throw_if_interrupted("nothing was kept");
    const Architecture architecture = config.space.architecture(genome);
    return !problem.admits(architecture) || visit(architecture);
  });
}

EvenDraw::EvenDraw(const SearchSpace& space) {
  double total = 0;
  for (const std::int32_t layers : space.ranges().front().choices) {
    std::vector<space::GeneRange> ranges = space.ranges();
    ranges.front().choices = {layers};
    parts_.push_back(space.with_ranges(std::move(ranges)));
    total += combinations_of(parts_.back());
    ends_.push_back(total);
  }
}

Architecture EvenDraw::operator()(Rng& rng) const {
  const double at = rng.random() * combinations();
  const auto chosen = std::ranges::upper_bound(ends_, at);
  const auto index = std::min(static_cast<std::size_t>(chosen - ends_.begin()), parts_.size() - 1);
  const SearchSpace& part = parts_[index];
  const std::vector<space::Locus> loci = loci_of(part);
  Genome genome(loci.size());
  for (const space::Locus& locus : loci) {
    genome[locus.entry] = rng.choice(part.ranges()[locus.range].choices);
  }
  return part.architecture(genome);
}

std::vector<Architecture> sample_members(const SearchConfig& config, std::size_t count, Rng& rng) {
  return config.space.size() <= kMostListed ? sample_listed(config, count, rng)
                                            : sample_drawn(config, count, rng);
}

MemberCount count_members(const SearchConfig& config) {
  MemberCount out{.combinations = config.space.size()};
  if (out.combinations <= kMostEnumerated) {
    for_each_member(config, [&](const Architecture&) {
      ++out.members;
      return true;
    });
    return out;
  }
  const EvenDraw draw(config.space);
  const Problem problem = config.problem();
  Rng rng(1);
  double met = 0;
  for (std::size_t i = 0; i < kDraws; ++i) met += problem.admits(draw(rng)) ? 1 : 0;
  out.draws = kDraws;
  const Interval share = wilson(met, static_cast<double>(kDraws));
  out.members = met / static_cast<double>(kDraws) * draw.combinations();
  out.ci95 = Interval{share.low * draw.combinations(), share.high * draw.combinations()};
  return out;
}

}  // namespace lts::search
