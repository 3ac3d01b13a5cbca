#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "search/archive.h"
#include "search/search_config.h"

namespace lts::search {

/// Journal records, each with its `type`. JSON both ways so that a run can be replayed.
nlohmann::ordered_json evaluation_record(std::size_t index, const Evaluation& evaluation,
                                         std::span<const predictor::Objective> objectives);

/// The `bounds` record of a run, and back.
nlohmann::ordered_json bounds_record(const std::map<std::string, Bounds>& bounds, double elapsed_s);
std::map<std::string, Bounds> recorded_bounds(const nlohmann::ordered_json& record);

/// The architecture of an `evaluation` record. \throws Error kUser naming `journal`.
space::Architecture recorded_architecture(const nlohmann::ordered_json& record,
                                          const std::string& family, const std::string& journal);

/// Fills what was found out about `candidate` from its record. \throws Error kRuntime, beginning
/// with the file `journal`, when the record is of another candidate (the journal of another version
/// of this program).
Evaluation replay_evaluation(const nlohmann::ordered_json& record, Candidate candidate,
                             std::span<const predictor::Objective> objectives,
                             const std::string& journal);

}  // namespace lts::search
