#include "search/population.h"

#include <utility>

#include "search/member_table.h"

namespace lts::search {
namespace {

// Fruitless draws in a row before the space is enumerated or, where it is too large for that,
// given up.
constexpr int kDrawPatience = 200;
constexpr int kVastPatience = 20'000;

std::vector<space::Genome> admitted_members(const Problem& problem) {
  std::vector<space::Genome> members;
  problem.space->enumerate([&](const space::Genome& genome) {
    if (problem.admits(problem.space->architecture(genome))) members.push_back(genome);
    return true;
  });
  return members;
}

}  // namespace

Population::Population(const Problem& problem, const Archive& archive,
                       std::span<const Candidate> others)
    : problem_(problem), archive_(archive) {
  for (const Candidate& other : others) taken_.insert(other.archid);
}

bool Population::add(space::Genome genome, const std::string& parent, const std::string& parents) {
  space::Architecture architecture = problem_.space->architecture(genome);
  if (!problem_.admits(architecture)) return false;
  std::string id = space::archid(architecture);
  if (archive_.seen(id) || !taken_.insert(id).second) return false;
  candidates_.push_back({.genome = std::move(genome),
                         .architecture = std::move(architecture),
                         .archid = std::move(id),
                         .parent = parent,
                         .parents = parents});
  return true;
}

void Population::draw(std::size_t count, Rng& stream) {
  const std::size_t size = candidates_.size() + count;
  const bool enumerable = problem_.space->size() <= kMostEnumerated;
  const int patience = enumerable ? kDrawPatience : kVastPatience;
  for (int fruitless = 0; candidates_.size() < size && fruitless < patience;) {
    fruitless = add(problem_.space->sample(stream)) ? 0 : fruitless + 1;
  }
  if (candidates_.size() < size && enumerable) draw_from_enumeration(size, stream);
}

void Population::draw_from_enumeration(std::size_t size, Rng& stream) {
  std::vector<space::Genome> members = admitted_members(problem_);
  stream.shuffle(members);
  for (space::Genome& member : members) {
    if (candidates_.size() == size) return;
    add(std::move(member));
  }
}

void Population::shuffle_and_cut(std::size_t most, Rng& stream) {
  stream.shuffle(candidates_);
  if (candidates_.size() > most) {
    candidates_.erase(candidates_.begin() + static_cast<std::ptrdiff_t>(most), candidates_.end());
  }
}

}  // namespace lts::search
