#include "predictor/profilers/torch_device.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <new>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/gpu.h"
#include "core/hardware.h"
#include "core/run_queue.h"
#include "predictor/profilers/cuda_runs.h"
#include "predictor/profilers/forward_pass.h"
#include "predictor/stopwatch.h"
#include "space/weight_buffer.h"

namespace lts::predictor {
namespace {

torch::Dtype dtype_named(const std::string& name) {
  if (name == "float32") return torch::kFloat32;
  LTS_ASSERT(name == "bfloat16");
  return torch::kBFloat16;
}

torch::Device available_device(const HardwareConfig& config) {
  const torch::Device device(config.device);
  if (device.is_cpu()) return device;
  const auto refuse = [&](const std::string& why) {
    return user_error(config.place, "device " + config.device + " is not available: " + why +
                                        "; device cpu works");
  };
  if (!at::globalContext().hasCUDA()) throw refuse("this LibTorch or this machine has no CUDA");
  const int count = static_cast<int>(torch::cuda::device_count());
  const int index = device.has_index() ? device.index() : 0;
  if (index >= count) throw refuse("this machine has " + std::to_string(count) + " CUDA devices");
  return torch::Device(torch::kCUDA, static_cast<c10::DeviceIndex>(index));
}

/// LibTorch's number of threads in this thread, restored at the end.
class ThreadCount {
 public:
  explicit ThreadCount(int threads) : before_(at::get_num_threads()) { set(threads); }
  ~ThreadCount() { set(before_); }
  ThreadCount(const ThreadCount&) = delete;
  ThreadCount& operator=(const ThreadCount&) = delete;

 private:
  static void set(int threads) {
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
  }
  int before_;
};

/// The first line: LibTorch appends a stack trace.
std::string first_line(const char* text) {
  const std::string whole(text);
  return whole.substr(0, whole.find('\n'));
}

/// What LibTorch threw, said of the candidate. A broken CUDA context stays broken in this process:
/// it ends the run.
[[noreturn]] void throw_underneath(const c10::Error& error, const HardwareConfig& config,
                                   const std::string& what) {
  const std::string reason = first_line(error.what_without_backtrace());
  if (dynamic_cast<const c10::AcceleratorError*>(&error) != nullptr) {
    throw Error(ErrorKind::kStopped, config.device + ": " + reason);
  }
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      reason.find("allocate memory") != std::string::npos;
  throw runtime_error(what, (memory ? "out of memory: " : "cannot be run: ") + reason);
}

/// What `work` returns; whatever it throws is said of the candidate `what`, or of the device.
template <typename Work>
auto said_of(const std::string& what, const HardwareConfig& config, const Work& work) {
  try {
    return work();
  } catch (const c10::Error& error) {
    throw_underneath(error, config, what);
  } catch (const std::bad_alloc&) {
    throw runtime_error(what, "out of memory");
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {  // dnnl::error, for one, is no c10::Error
    throw runtime_error(what, "cannot be run: " + first_line(error.what()));
  }
}

/// A model in the measured dtype on lent weights, and the pass that is repeated.
class TorchModel final : public LoadedModel {
 public:
  TorchModel(space::ModelPtr model, const HardwareConfig& config, torch::Device device,
             std::shared_ptr<Gpu> gpu)
      : model_(std::move(model)),
        config_(config),
        device_(device),
        gpu_(std::move(gpu)),
        what_(space::summary(model_->architecture())),
        pass_(*model_, config, device) {
    for (const auto& parameter : model_->parameters()) {
      memory_.weight_bytes += static_cast<std::int64_t>(parameter.nbytes());
    }
  }

  std::vector<double> time_runs(int runs) override {
    return said_of(what_, config_, [&] {
      const ThreadCount threads(config_.threads);
      if (device_.is_cuda()) return cuda_runs().time_runs(runs);
      std::vector<double> times_s;
      for (int run = 0; run < runs; ++run) times_s.push_back(timed_run());
      return times_s;
    });
  }

  Memory memory() const override { return memory_; }

  nlohmann::ordered_json extras() const override {
    auto out = nlohmann::ordered_json::object();
    if (cuda_) out.update(cuda_->extras());
    if (gpu_) out["gpu"] = gpu_->state();
    return out;
  }

 private:
  /// Memory is counted before the first run is recorded: a graph holds its own.
  CudaRuns& cuda_runs() {
    if (!cuda_) {
      memory_.peak_bytes = memory_.weight_bytes + pass_.run_counting_bytes();
      cuda_ = make_cuda_runs([this] { pass_.launch(); }, device_);
      LTS_ASSERT(cuda_ != nullptr);  // without CUDA no CUDA device is available
    }
    return *cuda_;
  }

  /// The first run is also the one whose memory is counted: it costs no run of its own.
  double timed_run() {
    const double begun_s = steady_now_s();
    if (memory_.peak_bytes) {
      pass_.run();
    } else {
      memory_.peak_bytes = memory_.weight_bytes + pass_.run_counting_bytes();
    }
    return steady_now_s() - begun_s;
  }

  space::ModelPtr model_;
  const HardwareConfig& config_;
  torch::Device device_;
  std::shared_ptr<Gpu> gpu_;
  std::string what_;
  ForwardPass pass_;
  Memory memory_;
  std::unique_ptr<CudaRuns> cuda_;
};

class TorchDevice final : public Device {
 public:
  explicit TorchDevice(HardwareConfig config)
      : config_(std::move(config)),
        device_(available_device(config_)),
        dtype_(dtype_named(config_.dtype)),
        weights_(dtype_, device_),
        hardware_(hardware_fingerprint()) {
    hardware_["device"] = device_.str();
    hardware_["instruction_set"] = at::get_cpu_capability();
    hardware_["libtorch"] = TORCH_VERSION;
    hardware_["threads"] = config_.threads;
    if (!device_.is_cuda()) return;
    gpu_ = Gpu::open(cuda_bus_id(device_));
    if (gpu_) hardware_["gpu"] = gpu_->fingerprint();
  }

  const HardwareConfig& config() const override { return config_; }

  nlohmann::ordered_json fingerprint() override { return hardware_; }

  /// What holds a GPU's clocks down.
  nlohmann::ordered_json state() override {
    if (!gpu_) return nullptr;
    return gpu_->state().at("throttle_reasons");
  }

  std::optional<double> waited_s() override {
    return device_.is_cpu() ? run_queue_wait_s() : std::nullopt;
  }

  std::unique_ptr<LoadedModel> load(const space::Architecture& architecture) override {
    return said_of(space::summary(architecture), config_, [&] {
      space::ModelPtr model = space::make_model(architecture);
      model->eval();
      weights_.lend(*model);
      return std::make_unique<TorchModel>(std::move(model), config_, device_, gpu_);
    });
  }

 private:
  HardwareConfig config_;
  torch::Device device_;
  torch::Dtype dtype_;
  space::WeightBuffer weights_;
  nlohmann::ordered_json hardware_;
  std::shared_ptr<Gpu> gpu_;  ///< null without CUDA or its management library
};

}  // namespace

std::unique_ptr<Device> make_torch_device(const HardwareConfig& config) {
  return std::make_unique<TorchDevice>(config);
}

}  // namespace lts::predictor
