#pragma once

#include <functional>
#include <memory>
#include <string>

namespace lts::space {

/// Work for a CUDA device, recorded once and launched as a whole: one call instead of one a kernel,
/// without which small models run as fast as a processor launches kernels.
class RecordedGraph {
 public:
  virtual ~RecordedGraph() = default;
  /// Queues the work on the current stream: the same kernels on the same addresses.
  virtual void replay() = 0;
};

/// The graph, or why there is none.
struct Recording {
  std::unique_ptr<RecordedGraph> graph;
  std::string refused;
};

/// Records what `launch` queues on the current stream, which must not be the default one; nothing
/// of it runs. `launch` must have run on that stream before (workspaces and lazily loaded kernels
/// must be there), and waits for nothing. What it allocates is the graph's as long as that lives.
/// \throws c10::OutOfMemoryError, and what `launch` throws of its own.
Recording record_graph(const std::function<void()>& launch);

}  // namespace lts::space
