#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "search/archive.h"
#include "search/search_config.h"

namespace lts::search {

/// A search played without being written down.
struct Rehearsal {
  Archive archive;
  std::vector<double> iteration_elapsed_s{};  ///< seconds at each iteration's end
  std::string end_reason = "iterations";      ///< as RunResult::end_reason
  double wall_s = 0;                          ///< what playing it took
  double journal_bytes = 0;                   ///< what its evaluations take in a journal
  double share = 1;  ///< of the iterations that were played before `most` evaluations were reached
};

/// Plays the search of a configuration read with StandIns: the search itself where every objective
/// is free. Elsewhere a device's objective has the stand-in's values (a program or proxy gives its
/// own), the constraints of what is not free admit all, and each candidate takes `candidate_s` of
/// the budget of seconds. Ends after the iteration in which `most` evaluations are reached. \throws
/// Error kStopped on a signal.
Rehearsal rehearse(const SearchConfig& config, double candidate_s, std::size_t most);

}  // namespace lts::search
