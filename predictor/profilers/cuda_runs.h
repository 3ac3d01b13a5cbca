#pragma once

#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace lts::predictor {

/// Times runs on a CUDA device: by events on a stream of its own, each run finished before the next
/// is queued, and replayed as one CUDA graph, since small models would otherwise be timed by how
/// fast this machine's processor launches kernels.
class CudaRuns {
 public:
  virtual ~CudaRuns() = default;

  /// Seconds of each run, to half a microsecond. \throws c10::Error.
  virtual std::vector<double> time_runs(int runs) = 0;

  /// {"cuda_graph": true}, or false with "cuda_graph_refused": why the runs are launched one kernel
  /// after the other.
  virtual nlohmann::ordered_json extras() const = 0;
};

/// `launch` queues one run on the current stream and waits for nothing; it may be called at any
/// time until the result is destroyed. Records the graph. Null where this program was built on a
/// LibTorch without CUDA.
std::unique_ptr<CudaRuns> make_cuda_runs(std::function<void()> launch, c10::Device device);

/// "0000:17:00.0": the PCI address of a device, by which its driver knows it too; "" without CUDA.
std::string cuda_bus_id(c10::Device device);

}  // namespace lts::predictor
