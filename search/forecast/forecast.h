#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "predictor/hardware_config.h"
#include "search/members.h"
#include "search/search_config.h"

namespace lts::search {

/// What a search is about to be.
struct Forecast {
  MemberCount members;
  std::size_t evaluations = 0;
  std::string end_reason;          ///< what will end it, as RunResult::end_reason
  bool evaluations_exact = false;  ///< all is free and no clock counts: it will go just so
  double time_s = 0;
  /// Whether time_s is the most that it takes: each candidate until its hardware's
  /// `stop.max_seconds`. Else it is what playing the search took.
  bool time_at_most = false;
  double memory_bytes = 0;  ///< of this process, the largest candidate measured in it included
  double disk_bytes = 0;    ///< of the run's folder
};

/// Foretells the search of a configuration that was read with StandIns, on `hardware`. Asks no
/// device, but programs and proxies as the search would; leaves nothing on the disk. Of a long
/// search the first 20,000 evaluations are played and the rest is taken to go on alike. \throws
/// Error kStopped on a signal.
Forecast forecast(const SearchConfig& config, std::span<const predictor::HardwareConfig> hardware);

}  // namespace lts::search
