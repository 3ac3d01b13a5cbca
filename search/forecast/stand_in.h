#pragma once

#include <memory>
#include <vector>

#include "predictor/profiler.h"
#include "search/search_config.h"

namespace lts::search {

/// Profilers for reading a configuration without any device: they give what grows with an
/// architecture as a measurement does (time with its FLOPs, memory with its weights), in records of
/// the size that a real measurement has. For questions that measure nothing: which members there
/// are, how far a search will go.
class StandIns {
 public:
  /// For read_search_config; this object outlives what that returns.
  MakeProfiler maker();

  /// Every hardware file that the configuration names, in order.
  const std::vector<predictor::HardwareConfig>& hardware() const { return hardware_; }

 private:
  std::vector<predictor::HardwareConfig> hardware_;
};

}  // namespace lts::search
