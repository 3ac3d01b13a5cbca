#include "search/algorithms/exact.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "core/text.h"
#include "predictor/hardware_config.h"
#include "predictor/latency_model/measuring_plan.h"
#include "search/algorithms/option_reader.h"
#include "search/exact/exact_front.h"
#include "search/exact/front_beliefs.h"
#include "search/exact/telling_members.h"
#include "search/member_table.h"

namespace lts::search {
namespace {

using predictor::Objective;

/// Numbers of possible truths are this far apart from one iteration to the next.
constexpr std::uint64_t kTruthsApart = 1000;

std::size_t num_measured(std::span<const Objective> objectives) {
  return static_cast<std::size_t>(
      std::ranges::count_if(objectives, [](const Objective& o) { return !o.free(); }));
}

class Exact final : public Searcher {
 public:
  Exact(const Problem& problem, const ExactOptions& options)
      : problem_(problem), options_(options) {}

  std::vector<Candidate> ask(const Archive& archive) override {
    if (num_measured(archive.objectives()) == 0) return exact_members(archive);
    if (!members_) members_ = member_table(*problem_.space, archive.objectives());
    std::vector<std::size_t> chosen;
    if (iteration_ == 0) {
      chosen = first_members(archive.objectives());
    } else if (const auto beliefs = beliefs_from(archive)) {
      chosen =
          telling_members(*beliefs, static_cast<std::size_t>(options_.samples_per_iteration),
                          problem_.seed + kTruthsApart * static_cast<std::uint64_t>(iteration_));
    }
    return candidates(*members_, chosen, archive);
  }

  nlohmann::json state() const override { return {{"iteration", iteration_}}; }

 private:
  std::optional<FrontBeliefs> beliefs_from(const Archive& archive) {
    if (!features_) features_ = FrontBeliefs::features(*problem_.space, *members_, archive);
    return FrontBeliefs::form(features_, *members_, archive);
  }

  std::vector<Candidate> exact_members(const Archive& archive) {
    if (iteration_ > 0) return {};
    const auto exact = exact_front(*problem_.space, archive.objectives());
    if (!exact) {
      throw user_error(
          "the exact front is too large to merge: millions of sums of layers; fewer objectives, "
          "fewer choices, or no bound on the better side of a real-valued one make it smaller");
    }
    return candidates(exact->members, exact->front, archive);
  }

  std::vector<Candidate> candidates(const MemberTable& members,
                                    const std::vector<std::size_t>& chosen,
                                    const Archive& archive) {
    std::vector<Candidate> out;
    for (const std::size_t member : chosen) {
      Candidate candidate = members.candidate(member);
      candidate.iteration = iteration_;
      if (!archive.seen(candidate.archid)) out.push_back(std::move(candidate));
    }
    ++iteration_;
    return out;
  }

  /// All of a small space; of a larger one what a latency model is best fitted on.
  std::vector<std::size_t> first_members(std::span<const Objective> objectives) const {
    const auto budget = static_cast<std::size_t>(options_.model_budget);
    std::vector<std::size_t> out;
    if (members_->size() <= budget) {
      for (std::size_t m = 0; m < members_->size(); ++m) out.push_back(m);
      return out;
    }
    const predictor::HardwareConfig* protocol =
        objectives[measured_axis(objectives)].evaluator->protocol();
    const std::int64_t tokens = protocol ? protocol->batch_size * protocol->sequence_length : 1;
    const auto plan = predictor::MeasuringPlan::for_members(
        members_->architectures, *problem_.space, tokens, options_.model_budget);
    for (const predictor::Planned& planned : plan.planned()) {
      const auto at = std::ranges::find(members_->architectures, planned.architecture);
      out.push_back(static_cast<std::size_t>(at - members_->architectures.begin()));
    }
    return out;
  }

  Problem problem_;
  ExactOptions options_;
  std::optional<MemberTable> members_;
  std::shared_ptr<const predictor::CostFeatures> features_;
  int iteration_ = 0;
};

}  // namespace

ExactOptions read_exact_options(MapReader& reader, nlohmann::ordered_json& resolved) {
  OptionReader read(reader, resolved);
  ExactOptions options;
  options.model_budget =
      read.count("model_budget", options.model_budget, static_cast<std::int64_t>(kLeastReadings));
  options.samples_per_iteration =
      read.count("samples_per_iteration", options.samples_per_iteration);
  return options;
}

std::optional<std::string> exact_refuses(const space::SearchSpace& space,
                                         std::span<const Objective> objectives) {
  if (num_measured(objectives) == 0) return exact_front_refuses(space, objectives);
  if (space.size() > kMostEnumerated) {
    return "the space has " + short_number(space.size()) +
           " combinations; with a measured objective algorithm exact takes " +
           short_number(kMostEnumerated) + " or fewer";
  }
  std::string measured;
  for (const Objective& objective : objectives) {
    if (objective.evaluator->cost() == predictor::Cost::kCheap) {
      return "objective '" + objective.name +
             "' is neither free nor measured; algorithm exact takes free objectives and one "
             "measured one";
    }
    if (!objective.free()) measured += (measured.empty() ? "'" : ", '") + objective.name + "'";
  }
  if (num_measured(objectives) <= 1) return std::nullopt;
  return "objectives " + measured + " are measured; algorithm exact takes one measured objective";
}

std::optional<CertifiedFront> exact_certificate(const space::SearchSpace& space,
                                                const Archive& archive,
                                                const std::map<std::string, Bounds>& bounds) {
  const auto& objectives = archive.objectives();
  if (num_measured(objectives) == 0 || exact_refuses(space, objectives)) return std::nullopt;
  const MemberTable members = member_table(space, objectives);
  const auto beliefs =
      FrontBeliefs::form(FrontBeliefs::features(space, members, archive), members, archive);
  if (!beliefs) return std::nullopt;
  Certificate certificate = certify(*beliefs, bounds);
  std::string csv = certificate_csv(certificate, *beliefs);
  return CertifiedFront{.certificate = std::move(certificate), .csv = std::move(csv)};
}

std::unique_ptr<Searcher> make_exact(const Problem& problem, const ExactOptions& options) {
  return std::make_unique<Exact>(problem, options);
}

}  // namespace lts::search
