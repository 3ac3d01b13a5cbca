#include "predictor/profilers/torch_device.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/gpu.h"
#include "core/hardware.h"
#include "core/run_queue.h"
#include "core/text.h"
#include "predictor/profilers/cuda_runs.h"
#include "predictor/profilers/failure_reason.h"
#include "predictor/profilers/forward_pass.h"
#include "predictor/profilers/huge_pages.h"
#include "predictor/profilers/resident_peak.h"
#include "predictor/profilers/thread_count.h"
#include "predictor/stopwatch.h"
#include "space/family.h"
#include "space/inference_linear.h"
#include "space/weight_buffer.h"

namespace lts::predictor {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr const char* kBuild = "sanitized";
#elif defined(__OPTIMIZE__)
constexpr const char* kBuild = "optimized";
#else
constexpr const char* kBuild = "debug";
#endif

space::Precision precision_named(const std::string& dtype) {
  if (dtype == "float32") return space::Precision::kFloat32;
  if (dtype == "int8") return space::Precision::kInt8;
  LTS_ASSERT(dtype == "bfloat16");
  return space::Precision::kBfloat16;
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

/// The dtype's name. \throws where this LibTorch cannot run it on the device.
const std::string& available_dtype(const HardwareConfig& config, torch::Device device) {
  if (config.dtype != "int8") return config.dtype;
  const auto refuse = [&](const std::string& why) {
    return user_error(config.place, "dtype int8 is not available on device " + config.device +
                                        ": " + why + "; float32 and bfloat16 work");
  };
  if (!device.is_cpu()) throw refuse("dynamic int8 runs on the CPU only");
  if (!space::has_int8_linears()) throw refuse("this LibTorch has no engine for it");
  return config.dtype;
}

/// Calls `work` with the protocol's threads; what LibTorch throws becomes the candidate's failure.
/// A broken CUDA context stays broken in this process: it ends the run.
template <typename Work>
auto guarded(const HardwareConfig& config, const space::Architecture& architecture,
             const Work& work) {
  const ThreadCount threads(config.threads);
  try {
    return work();
  } catch (const c10::AcceleratorError& error) {
    throw Error(ErrorKind::kStopped,
                config.device + ": " + first_line(error.what_without_backtrace()));
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw runtime_error(space::summary(architecture), failure_reason(error));
  }
}

std::int64_t parameter_bytes(const space::LanguageModel& model) {
  std::int64_t bytes = 0;
  for (const auto& parameter : model.parameters())
    bytes += static_cast<std::int64_t>(parameter.nbytes());
  return bytes;
}

/// Nothing where the inference form is another one than the closed form follows.
std::optional<std::int64_t> liveness_peak(const space::Architecture& architecture,
                                          const HardwareConfig& config, torch::Device device) {
  if (!device.is_cpu() || config.dtype != "float32") return std::nullopt;
  const auto memory =
      architecture.family().run_memory(architecture, {.batch_size = config.batch_size,
                                                      .sequence_length = config.sequence_length,
                                                      .past_length = config.past_length,
                                                      .new_tokens = config.new_tokens,
                                                      .threads = config.threads});
  return memory ? std::optional(memory->peak_bytes()) : std::nullopt;
}

/// A model ready to run. Its first run is also the one whose memory is counted: that costs no run
/// of its own.
class TorchModel final : public LoadedModel {
 public:
  TorchModel(const space::ModelPtr& model, const HardwareConfig& config, torch::Device device,
             std::shared_ptr<Gpu> gpu)
      : config_(config),
        device_(device),
        gpu_(std::move(gpu)),
        inference_(space::make_inference(model, precision_named(config.dtype))),
        pass_(*inference_, config_, device) {
    memory_.weight_bytes =
        config.dtype == "int8" ? inference_->held_bytes() : parameter_bytes(*model);
    memory_.liveness_peak_bytes = liveness_peak(model->architecture(), config, device);
  }

  std::vector<double> time_runs(int runs) override {
    return guarded(config_, inference_->architecture(), [&] {
      if (device_.is_cuda()) return cuda_runs().time_runs(runs);
      std::vector<double> samples_s;
      for (int i = 0; i < runs; ++i) samples_s.push_back(time_run());
      return samples_s;
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
      memory_.peak_bytes = inference_->held_bytes() + pass_.run_counting_bytes();
      cuda_ = make_cuda_runs([this] { pass_.launch(); }, device_);
      LTS_ASSERT(cuda_ != nullptr);  // without CUDA no CUDA device is available
    }
    return *cuda_;
  }

  double time_run() {
    const bool counting = !std::exchange(counted_, true);
    if (counting) resident_.restart();  // packing and filling the cache may have held more
    const double start_s = steady_now_s();
    const std::int64_t run_bytes = counting ? pass_.run_counting_bytes() : (pass_.run(), 0);
    const double run_s = steady_now_s() - start_s;
    if (counting) note_memory(run_bytes);
    return run_s;
  }

  void note_memory(std::int64_t run_bytes) {
    const std::int64_t held_bytes = inference_->held_bytes();
    memory_.peak_bytes = held_bytes + run_bytes;
    // What the buffer of weights lends was resident before.
    if (const auto rise_bytes = resident_.stop())
      memory_.resident_peak_bytes = *rise_bytes + held_bytes - inference_->packed_bytes();
  }

  HardwareConfig config_;
  torch::Device device_;
  std::shared_ptr<Gpu> gpu_;
  ResidentPeak resident_;  // before anything is packed
  space::InferencePtr inference_;
  ForwardPass pass_;
  Memory memory_;
  bool counted_ = false;
  std::unique_ptr<CudaRuns> cuda_;
};

class TorchDevice final : public Device {
 public:
  explicit TorchDevice(HardwareConfig config)
      : config_(std::move(config)),
        device_(available_device(config_)),
        weights_(
            available_dtype(config_, device_) == "bfloat16" ? torch::kBFloat16 : torch::kFloat32,
            device_),
        hardware_(hardware_fingerprint()) {
    hardware_["device"] = device_.str();
    hardware_["instruction_set"] = at::get_cpu_capability();
    hardware_["libtorch"] = TORCH_VERSION;
    hardware_["forward_pass"] = kForwardPassRevision;
    hardware_["build"] = kBuild;
    hardware_["huge_pages"] = asks_for_huge_pages();
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
    return load(architecture, config_);
  }
  std::unique_ptr<LoadedModel> load_sentinel(const space::Architecture& architecture) override {
    HardwareConfig one_thread = config_;
    one_thread.threads = 1;
    return load(architecture, one_thread);
  }

 private:
  std::unique_ptr<LoadedModel> load(const space::Architecture& architecture,
                                    const HardwareConfig& config) {
    return guarded(config, architecture, [&] {
      const space::ModelPtr model = space::make_model(architecture);
      model->eval();
      weights_.lend(*model);
      return std::make_unique<TorchModel>(model, config, device_, gpu_);
    });
  }

  HardwareConfig config_;
  torch::Device device_;
  space::WeightBuffer weights_;
  nlohmann::ordered_json hardware_;
  std::shared_ptr<Gpu> gpu_;  ///< null without CUDA or its management library
};

}  // namespace

std::unique_ptr<Device> make_torch_device(const HardwareConfig& config) {
  return std::make_unique<TorchDevice>(config);
}

}  // namespace lts::predictor
