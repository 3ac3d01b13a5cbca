#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "predictor/device.h"

namespace lts::testing {

/// A device of this process that runs nothing: every run takes 1 us, memory is a closed form. What
/// it is asked for is noted in `log`; an architecture of 9 layers does not fit it.
class FakeDevice final : public predictor::Device {
 public:
  FakeDevice(predictor::HardwareConfig config, std::vector<std::string>* log)
      : config_(std::move(config)), log_(log) {
    if (config_.dtype != "float32") throw user_error("dtype " + config_.dtype + " is not there");
    note("made for " + std::to_string(config_.threads) + " threads");
  }

  const predictor::HardwareConfig& config() const override { return config_; }
  nlohmann::ordered_json fingerprint() override { return {{"board", "fake"}}; }

  std::unique_ptr<predictor::LoadedModel> load(const space::Architecture& architecture) override {
    require_positions(config_, architecture);
    note("load " + std::to_string(architecture.n_layer()));
    if (architecture.n_layer() == 9) throw runtime_error("nine layers", "out of memory");
    return std::make_unique<Model>(architecture);
  }

 private:
  class Model final : public predictor::LoadedModel {
   public:
    explicit Model(space::Architecture architecture) : architecture_(std::move(architecture)) {}
    std::vector<double> time_runs(int runs) override {
      if (architecture_.n_layer() == 8) throw predictor::DeviceLost("the GPU fell off the bus");
      return std::vector<double>(static_cast<std::size_t>(runs), 1e-6);
    }
    predictor::Memory memory() const override {
      return {.weight_bytes = 1, .peak_bytes = 1000 * architecture_.n_layer()};
    }

   private:
    space::Architecture architecture_;
  };

  void note(const std::string& what) const {
    if (log_ != nullptr) log_->push_back(what);
  }

  predictor::HardwareConfig config_;
  std::vector<std::string>* log_;
};

}  // namespace lts::testing
