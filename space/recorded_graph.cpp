#include "space/recorded_graph.h"

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>

#include <utility>

#include "core/text.h"

namespace lts::space {
namespace {

class CudaGraph final : public RecordedGraph {
 public:
  void record(const std::function<void()>& launch) {
    graph_.capture_begin();
    launch();
    graph_.capture_end();
  }
  void replay() override { graph_.replay(); }

  /// Ends a recording that failed: a stream that still records refuses every later run.
  static void give_up(std::unique_ptr<CudaGraph> graph) {
    try {
      graph->graph_.capture_end();
    } catch (const c10::Error&) {  // why is known
    }
    (void)cudaGetLastError();  // the refusal itself; a broken device shows in the next call
    (void)graph.release();     // the allocator may still ask it whose memory is whose
  }

 private:
  at::cuda::CUDAGraph graph_;
};

}  // namespace

Recording record_graph(const std::function<void()>& launch) {
  // The graph has memory of its own: what the runs before left in the allocator would stand beside.
  c10::cuda::CUDACachingAllocator::emptyCache();
  auto graph = std::make_unique<CudaGraph>();
  try {
    graph->record(launch);
    return {.graph = std::move(graph), .refused = ""};
  } catch (const c10::OutOfMemoryError&) {
    CudaGraph::give_up(std::move(graph));
    throw;
  } catch (const c10::Error& error) {
    CudaGraph::give_up(std::move(graph));
    return {.graph = nullptr, .refused = first_line(error.what_without_backtrace())};
  } catch (...) {
    CudaGraph::give_up(std::move(graph));
    throw;
  }
}

}  // namespace lts::space
