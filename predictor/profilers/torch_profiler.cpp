#include "predictor/profilers/torch_profiler.h"

#include <utility>

#include "predictor/profilers/torch_device.h"

namespace lts::predictor {
namespace {

class TorchProfiler final : public Profiler {
 public:
  explicit TorchProfiler(std::shared_ptr<Device> device)
      : device_(std::move(device)), hardware_(device_->fingerprint()) {}

  const HardwareConfig& config() const override { return device_->config(); }

  Profile profile(const space::Architecture& architecture) override {
    const double begun_s = steady_now_s();
    const auto model = device_->load(architecture);
    const auto run = [&] { model->time_runs(1); };
    Profile out{.latency = measure_latency({run, steady_now_s}, config().stop, begun_s)};
    out.memory = model->memory();
    out.hardware = hardware_;
    out.protocol = hardware_json(config());
    return out;
  }

 private:
  std::shared_ptr<Device> device_;
  nlohmann::ordered_json hardware_;
};

}  // namespace

std::shared_ptr<Profiler> make_torch_profiler(const HardwareConfig& config) {
  return std::make_shared<TorchProfiler>(make_torch_device(config));
}

}  // namespace lts::predictor
