#pragma once

#include <optional>
#include <span>
#include <vector>

#include "search/archive.h"

namespace lts::search {

/// The values of every free objective for a whole population, in parallel over all cores.
/// outcomes[c][o] belongs to candidate c and the o-th objective; measured ones are left at a value
/// of 0.
std::vector<std::vector<predictor::Outcome>> evaluate_free(
    std::span<const Candidate> population, std::span<const predictor::Objective> objectives);

/// A candidate's losses, 0 in measured objectives; nothing where a free one has failed.
std::optional<Point> free_losses(std::span<const predictor::Outcome> outcomes,
                                 std::span<const predictor::Objective> objectives);

/// Tells the measured objectives which candidates they will be asked for, in order, so that several
/// devices can work at once: those without a failed free objective.
void announce_measured(std::span<const Candidate> population,
                       std::span<const std::vector<predictor::Outcome>> free_outcomes,
                       std::span<const predictor::Objective> objectives);

/// Adds the objectives that are not free, alone, cheap ones first, else in the objectives' order,
/// and decides the status. Measures nothing of a candidate that failed elsewhere.
Evaluation evaluate_measured(Candidate candidate, std::vector<predictor::Outcome> free_outcomes,
                             std::span<const predictor::Objective> objectives);

}  // namespace lts::search
