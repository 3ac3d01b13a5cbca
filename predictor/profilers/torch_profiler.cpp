#include "predictor/profilers/torch_profiler.h"

#include <torch/torch.h>
#include <torch/version.h>

#include <new>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/hardware.h"
#include "predictor/profilers/forward_pass.h"
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

/// What LibTorch threw, said of the candidate; a broken device ends the run.
Error underneath(const c10::Error& error, const HardwareConfig& config, const std::string& what) {
  const std::string reason = first_line(error.what_without_backtrace());
  if (dynamic_cast<const c10::AcceleratorError*>(&error) != nullptr) {
    return Error(ErrorKind::kStopped, config.device + ": " + reason);
  }
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      reason.find("allocate memory") != std::string::npos;
  return runtime_error(what, (memory ? "out of memory: " : "cannot be run: ") + reason);
}

class TorchProfiler final : public Profiler {
 public:
  explicit TorchProfiler(HardwareConfig config)
      : config_(std::move(config)),
        device_(available_device(config_)),
        dtype_(dtype_named(config_.dtype)),
        weights_(dtype_, device_),
        hardware_(hardware_fingerprint()) {
    hardware_["device"] = device_.str();
    hardware_["instruction_set"] = at::get_cpu_capability();
    hardware_["libtorch"] = TORCH_VERSION;
    hardware_["threads"] = config_.threads;
  }

  const HardwareConfig& config() const override { return config_; }
  nlohmann::ordered_json fingerprint() override { return hardware_; }

  Profile profile(const space::Architecture& architecture) override {
    const double begun_s = steady_now_s();
    require_positions(config_, architecture);
    try {
      const ThreadCount threads(config_.threads);
      return measure(architecture, begun_s);
    } catch (const c10::Error& error) {
      throw underneath(error, config_, space::summary(architecture));
    } catch (const std::bad_alloc&) {
      throw runtime_error(space::summary(architecture), "out of memory");
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {  // dnnl::error, for one, is no c10::Error
      throw runtime_error(space::summary(architecture),
                          "cannot be run: " + first_line(error.what()));
    }
  }

 private:
  Profile measure(const space::Architecture& architecture, double begun_s) {
    const space::ModelPtr model = space::make_model(architecture);
    model->eval();
    weights_.lend(*model);
    Profile out;
    for (const auto& parameter : model->parameters()) {
      out.memory.weight_bytes += static_cast<std::int64_t>(parameter.nbytes());
    }
    ForwardPass pass(*model, config_, device_);
    // The first warm-up run is also the one whose memory is counted: it costs no run of its own.
    bool counted = false;
    const auto run = [&] {
      if (!std::exchange(counted, true)) {
        out.memory.peak_bytes = out.memory.weight_bytes + pass.run_counting_bytes();
      } else {
        pass.run();
      }
    };
    out.latency = measure_latency({run, steady_now_s}, config_.stop, begun_s);
    out.hardware = hardware_;
    out.protocol = hardware_json(config_);
    return out;
  }

  HardwareConfig config_;
  torch::Device device_;
  torch::Dtype dtype_;
  space::WeightBuffer weights_;
  nlohmann::ordered_json hardware_;
};

}  // namespace

std::shared_ptr<Profiler> make_torch_profiler(const HardwareConfig& config) {
  return std::make_shared<TorchProfiler>(config);
}

}  // namespace lts::predictor
