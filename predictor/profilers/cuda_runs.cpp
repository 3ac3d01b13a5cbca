#include "predictor/profilers/cuda_runs.h"

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "space/recorded_graph.h"

namespace lts::predictor {
namespace {

constexpr int kRunsBeforeGraph = 3;  // workspaces and lazily loaded kernels must be there
constexpr double kSecondsPerMillisecond = 1e-3;

/// A moment on a stream. LibTorch's own class wants headers of libraries that nothing here uses.
class Event {
 public:
  Event() { C10_CUDA_CHECK(cudaEventCreateWithFlags(&event_, cudaEventDefault)); }
  ~Event() { C10_CUDA_IGNORE_ERROR(cudaEventDestroy(event_)); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const c10::cuda::CUDAStream& stream) {
    C10_CUDA_CHECK(cudaEventRecord(event_, stream.stream()));
  }
  void wait() { C10_CUDA_CHECK(cudaEventSynchronize(event_)); }
  /// Both must have passed.
  double seconds_since(const Event& earlier) const {
    float milliseconds = 0;
    C10_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, earlier.event_, event_));
    return kSecondsPerMillisecond * milliseconds;
  }

 private:
  cudaEvent_t event_ = nullptr;
};

class StreamRuns final : public CudaRuns {
 public:
  StreamRuns(std::function<void()> launch, c10::Device device)
      : launch_(std::move(launch)),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device.index())) {
    const c10::cuda::CUDAGuard on_device(device);
    begin_.emplace();
    end_.emplace();
    // What filled the model's buffers ran on the default stream.
    c10::cuda::getDefaultCUDAStream(device.index()).synchronize();
    record_graph();
  }

  std::vector<double> time_runs(int runs) override {
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    std::vector<double> times_s;
    for (int run = 0; run < runs; ++run) times_s.push_back(timed_run());
    return times_s;
  }

  nlohmann::ordered_json extras() const override {
    nlohmann::ordered_json out = {{"cuda_graph", graph_ != nullptr}};
    if (!refused_.empty()) out["cuda_graph_refused"] = refused_;
    return out;
  }

 private:
  double timed_run() {
    begin_->record(stream_);
    if (graph_) {
      graph_->replay();
    } else {
      launch_();
    }
    end_->record(stream_);
    end_->wait();
    return end_->seconds_since(*begin_);
  }

  void record_graph() {
    const c10::cuda::CUDAStreamGuard on_stream(stream_);
    for (int run = 0; run < kRunsBeforeGraph; ++run) launch_();
    stream_.synchronize();
    auto recording = space::record_graph(launch_);
    graph_ = std::move(recording.graph);
    refused_ = std::move(recording.refused);
  }

  std::function<void()> launch_;
  c10::cuda::CUDAStream stream_;
  std::unique_ptr<space::RecordedGraph> graph_;
  std::string refused_;
  std::optional<Event> begin_, end_;  ///< made while the device is the current one
};

}  // namespace

std::unique_ptr<CudaRuns> make_cuda_runs(std::function<void()> launch, c10::Device device) {
  return std::make_unique<StreamRuns>(std::move(launch), device);
}

std::string cuda_bus_id(c10::Device device) {
  std::array<char, 32> id{};
  C10_CUDA_CHECK(cudaDeviceGetPCIBusId(id.data(), static_cast<int>(id.size()), device.index()));
  return id.data();
}

}  // namespace lts::predictor
