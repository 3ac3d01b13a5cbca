#include "predictor/profilers/cuda_runs.h"

namespace lts::predictor {

std::unique_ptr<CudaRuns> make_cuda_runs(std::function<void()>, c10::Device) { return nullptr; }

std::string cuda_bus_id(c10::Device) { return ""; }

}  // namespace lts::predictor
