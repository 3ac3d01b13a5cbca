#include "search/run/records.h"

#include "core/error.h"
#include "core/yaml.h"
#include "space/arch_argument.h"

namespace lts::search {
namespace {

using predictor::Measurement;

nlohmann::ordered_json measurement_json(const Measurement& measurement) {
  nlohmann::ordered_json out = {{"value", measurement.value}};
  if (measurement.interval) {
    out["ci95"] = {measurement.interval->low, measurement.interval->high};
  }
  if (measurement.runs > 0) out["runs"] = measurement.runs;
  if (!measurement.verdict.empty()) out["verdict"] = measurement.verdict;
  if (!measurement.details.is_null()) out["details"] = measurement.details;
  return out;
}

Measurement measurement_from(const nlohmann::ordered_json& json) {
  Measurement out{.value = json.at("value").get<double>()};
  if (json.contains("ci95")) out.interval = Interval{json["ci95"][0], json["ci95"][1]};
  out.runs = json.value("runs", 0);
  out.verdict = json.value("verdict", "");
  if (json.contains("details")) out.details = json["details"];
  return out;
}

}  // namespace

nlohmann::ordered_json evaluation_record(std::size_t index, const Evaluation& evaluation,
                                         std::span<const predictor::Objective> objectives) {
  const Candidate& candidate = evaluation.candidate;
  nlohmann::ordered_json out = {{"type", "evaluation"},
                                {"index", index},
                                {"iteration", candidate.iteration},
                                {"archid", candidate.archid},
                                {"config", space::config_json(candidate.architecture)},
                                {"parent", candidate.parent},
                                {"parents", candidate.parents},
                                {"status", status_name(evaluation.status)},
                                {"elapsed_s", evaluation.elapsed_s}};
  if (evaluation.status == Status::kFailed) {
    out["kind"] = evaluation.failure.kind;
    out["reason"] = evaluation.failure.reason;
    return out;
  }
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    out["objectives"][objectives[i].name] = measurement_json(evaluation.values[i]);
  }
  return out;
}

nlohmann::ordered_json bounds_record(const std::map<std::string, Bounds>& bounds,
                                     double elapsed_s) {
  nlohmann::ordered_json out = {{"type", "bounds"}, {"elapsed_s", elapsed_s}};
  for (const auto& [name, pair] : bounds) out["bounds"][name] = {pair.low, pair.high};
  return out;
}

std::map<std::string, Bounds> recorded_bounds(const nlohmann::ordered_json& record) {
  std::map<std::string, Bounds> out;
  for (const auto& [name, pair] : record.at("bounds").items()) {
    out[name] = {pair.at(0).get<double>(), pair.at(1).get<double>()};
  }
  return out;
}

space::Architecture recorded_architecture(const nlohmann::ordered_json& record,
                                          const std::string& family, const std::string& journal) {
  nlohmann::ordered_json genes = record.at("config");
  genes["family"] = family;
  return space::read_architecture(parse_yaml(genes.dump(), journal));
}

Evaluation replay_evaluation(const nlohmann::ordered_json& record, Candidate candidate,
                             std::span<const predictor::Objective> objectives,
                             const std::string& journal) {
  if (record.value("archid", "") != candidate.archid) {
    throw runtime_error(journal, "holds " + record.value("archid", "another record") +
                                     " where this program proposes " + candidate.archid +
                                     "; it was written by another version of the search");
  }
  Evaluation out{.candidate = std::move(candidate)};
  out.status = status_named(record.at("status").get<std::string>());
  out.elapsed_s = record.at("elapsed_s").get<double>();
  if (out.status == Status::kFailed) {
    out.failure = {record.value("kind", ""), record.value("reason", "")};
    return out;
  }
  for (const auto& objective : objectives) {
    out.values.push_back(measurement_from(record.at("objectives").at(objective.name)));
  }
  return out;
}

}  // namespace lts::search
