#include "search/report/page_data.h"

#include <map>
#include <unordered_set>

#include "core/text.h"
#include "search/run/winners.h"
#include "space/family.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;
using predictor::Measurement;

/// A free objective's interval is a prediction's, of 90 %; a measured one's is of 95 %.
Json objective_json(const Quantity& quantity, const predictor::Objective& objective) {
  return {{"name", quantity.name},
          {"unit", quantity.unit},
          {"factor", quantity.factor},
          {"decimals", quantity.decimals},
          {"interval_percent", objective.free() ? 90 : 95}};
}

char letter(Status status, bool on_front) {
  if (status == Status::kInfeasible) return 'o';
  return on_front ? 'f' : 'e';
}

Json winners_json(const SavedRun& run, const std::vector<std::size_t>& shown) {
  std::map<std::size_t, std::size_t> positions;
  for (std::size_t position = 0; position < shown.size(); ++position) {
    positions[shown[position]] = position;
  }
  Json out = Json::object();
  const auto winners = choose_winners(run.archive, run.config.winners);
  for (std::size_t w = 0; w < winners.size(); ++w) {
    out[std::to_string(positions.at(winners[w].evaluation))] = w;
  }
  return out;
}

/// A value per position, or null where no evaluation has one.
template <typename Value>
Json column(const SavedRun& run, const std::vector<std::size_t>& shown, std::size_t objective,
            Value value) {
  Json out = Json::array();
  bool any = false;
  for (const std::size_t index : shown) {
    out.push_back(value(run.archive.evaluations()[index].values[objective]));
    any = any || !out.back().is_null();
  }
  return any ? out : Json();
}

Json run_json(const SavedRun& run) {
  const Archive& archive = run.archive;
  const std::vector<std::size_t> shown = shown_evaluations(archive);
  const std::unordered_set<std::size_t> front(archive.front().begin(), archive.front().end());
  Json out = {{"name", run.folder.string()},
              {"arch", Json::array()},
              {"id", Json::array()},
              {"index", shown},
              {"state", ""},
              {"winners", {}}};
  std::string state;
  for (const std::size_t index : shown) {
    const Evaluation& evaluation = archive.evaluations()[index];
    out["arch"].push_back(inline_arch(evaluation.candidate.architecture));
    out["id"].push_back(evaluation.candidate.archid);
    state += letter(evaluation.status, front.contains(index));
  }
  out["state"] = state;
  out["winners"] = winners_json(run, shown);
  for (std::size_t o = 0; o < archive.objectives().size(); ++o) {
    const auto add = [&](const char* key, auto value) {
      out[key].push_back(column(run, shown, o, value));
    };
    add("values", [](const Measurement& m) { return Json(m.value); });
    add("low", [](const Measurement& m) { return m.interval ? Json(m.interval->low) : Json(); });
    add("high", [](const Measurement& m) { return m.interval ? Json(m.interval->high) : Json(); });
    add("noisy", [](const Measurement& m) { return m.verdict == "noisy" ? Json(1) : Json(); });
  }
  return out;
}

}  // namespace

std::string inline_arch(const space::Architecture& architecture) {
  std::string out = space::summary(architecture);
  for (const space::GeneSpec& spec : architecture.family().genes()) {
    if (spec.fallback == 0) continue;
    const std::int32_t value = architecture.scalar(spec.name);
    if (value != spec.fallback) {
      out += "," + std::string(spec.name) + "=" + std::to_string(value);
    }
  }
  if (architecture.dropatt() != 0) out += ",dropatt=" + python_repr(architecture.dropatt());
  return out;
}

std::vector<std::size_t> shown_evaluations(const Archive& archive) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < archive.evaluations().size(); ++i) {
    if (!archive.evaluations()[i].values.empty()) out.push_back(i);
  }
  return out;
}

Json page_data(std::span<const SavedRun> runs, std::span<const Quantity> quantities) {
  Json out = {{"objectives", Json::array()}, {"runs", Json::array()}};
  const auto& objectives = runs.front().config.objectives;
  for (std::size_t o = 0; o < quantities.size(); ++o) {
    out["objectives"].push_back(objective_json(quantities[o], objectives[o]));
  }
  for (const SavedRun& run : runs) out["runs"].push_back(run_json(run));
  return out;
}

}  // namespace lts::search
