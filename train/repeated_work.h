#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "space/recorded_graph.h"

namespace lts::train {

/// Work that is queued on a GPU again and again: launched kernel by kernel the first times, and
/// from then on as one CUDA graph. Elsewhere it is just called.
class RepeatedWork {
 public:
  /// Workspaces and lazily loaded kernels must be there when it is recorded.
  static constexpr int kRunsBeforeGraph = 2;
  using Record = std::function<space::Recording(const std::function<void()>&)>;

  /// `may_record`: the work waits for nothing, and is on the same addresses each time.
  explicit RepeatedWork(bool may_record, Record record = space::record_graph)
      : may_record_(may_record), record_(std::move(record)) {}

  /// `launch` is the same work each time. Where no graph can be had, or there is no memory for one,
  /// it is launched, after one warning; what a recording began is launched anew.
  void run(const std::function<void()>& launch);

 private:
  void try_to_record(const std::function<void()>& launch);

  bool may_record_;
  Record record_;
  int runs_ = 0;
  std::unique_ptr<space::RecordedGraph> graph_;
};

}  // namespace lts::train
