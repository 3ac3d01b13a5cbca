#include "search/run/warm_start.h"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "core/config_reader.h"
#include "core/text.h"
#include "search/feasibility.h"
#include "search/run/earlier_members.h"
#include "space/family.h"

namespace lts::search {
namespace {

using space::Architecture;

/// How many of a source were skipped for one reason, and the first of them.
struct Skipped {
  std::size_t count = 0;
  std::string example{};
};

std::string warning(const YamlNode& node, const Skipped& skipped, std::size_t all,
                    const std::string& why) {
  return node.place.str() + ": search.warm_start: " + node.scalar + ": " +
         std::to_string(skipped.count) + " of " + std::to_string(all) +
         (all == 1 ? " architecture " : " architectures ") + why + "; skipped, such as " +
         skipped.example;
}

std::vector<EarlierMember> members_of(const YamlNode& node, const std::filesystem::path& folder,
                                      const space::SearchSpace& space,
                                      const std::filesystem::path& models_folder) {
  const std::string text = as_string(node, "search.warm_start");
  try {
    return earlier_members(text, folder, space, models_folder);
  } catch (const Error& error) {
    throw user_error(node.place, "search.warm_start: " + std::string(error.what()));
  }
}

/// "gpt2:n_layer=2,...,vocab_size=100": every gene, so that it reads back as the same value.
std::string inline_text(const Architecture& architecture) {
  std::vector<std::string> genes;
  for (const auto& gene : architecture.family().genes()) {
    genes.push_back(std::string(gene.name) + "=" +
                    space::entries_text(architecture.gene(gene.name)));
  }
  if (architecture.dropatt() != 0)
    genes.push_back("dropatt=" + python_repr(architecture.dropatt()));
  return std::string(architecture.family().name()) + ":" + join(genes, ",");
}

class WarmStarted final : public Searcher {
 public:
  WarmStarted(std::unique_ptr<Searcher> searcher, std::vector<Candidate> first)
      : searcher_(std::move(searcher)), first_(std::move(first)) {}

  std::vector<Candidate> ask(const Archive& archive) override {
    std::vector<Candidate> own = searcher_->ask(archive);
    if (first_.empty()) return own;
    std::vector<Candidate> population = std::move(first_);
    first_.clear();
    std::unordered_set<std::string> taken;
    for (const Candidate& candidate : population) taken.insert(candidate.archid);
    for (Candidate& candidate : own) {
      if (!taken.contains(candidate.archid)) population.push_back(std::move(candidate));
    }
    return population;
  }

  nlohmann::json state() const override { return searcher_->state(); }

 private:
  std::unique_ptr<Searcher> searcher_;
  std::vector<Candidate> first_;
};

}  // namespace

WarmStart read_warm_start(const YamlNode& node, const std::filesystem::path& folder,
                          const space::SearchSpace& space,
                          std::span<const predictor::Objective> objectives,
                          const std::filesystem::path& models_folder) {
  if (node.kind != YamlNode::Kind::kSequence) {
    throw user_error(node.place,
                     "search.warm_start must be a list of run folders, journals, tables, "
                     "architecture files and architectures");
  }
  WarmStart out;
  std::set<Architecture> taken;
  for (const YamlNode& item : node.items) {
    const auto members = members_of(item, folder, space, models_folder);
    Skipped outside, unmet;
    for (const EarlierMember& member : members) {
      const bool inside = member.architecture && space.genome(*member.architecture);
      Skipped* skipped = !inside                                            ? &outside
                         : !admits(space, objectives, *member.architecture) ? &unmet
                                                                            : nullptr;
      if (!skipped) {
        if (taken.insert(*member.architecture).second) out.members.push_back(*member.architecture);
      } else if (skipped->count++ == 0) {
        skipped->example = member.name;
      }
    }
    if (outside.count > 0)
      out.warnings.push_back(warning(item, outside, members.size(), "not in the space"));
    if (unmet.count > 0) {
      out.warnings.push_back(
          warning(item, unmet, members.size(), "outside the constraints on free objectives"));
    }
  }
  return out;
}

nlohmann::ordered_json warm_start_json(const WarmStart& warm_start) {
  auto out = nlohmann::ordered_json::array();
  for (const Architecture& member : warm_start.members) out.push_back(inline_text(member));
  return out;
}

MakeSearcher warm_started(MakeSearcher make_searcher, std::vector<Architecture> members) {
  return [make_searcher = std::move(make_searcher),
          members = std::move(members)](const Problem& problem) -> std::unique_ptr<Searcher> {
    Problem with_members = problem;
    with_members.has_first_population = true;
    std::vector<Candidate> first;
    for (const Architecture& member : members) {
      const bool sampled = problem.ids == Ids::kReference;
      first.push_back(
          {.genome = problem.space->genome(member).value(),
           .architecture = member,
           .archid = sampled ? problem.space->reference_archid(member, space::Lineage::kSampled)
                             : space::archid(member)});
    }
    return std::make_unique<WarmStarted>(make_searcher(with_members), std::move(first));
  };
}

}  // namespace lts::search
