# lts_profilers: latency and memory on real hardware, and proxies from gradients, by LibTorch.
lts_library(lts_profilers
  SOURCES profilers/allocation_peak.cpp profilers/cuda_runs.cpp profilers/cuda_runs_absent.cpp
          profilers/failure_reason.cpp profilers/forward_pass.cpp profilers/profilers.cpp
          profilers/remote_tools.cpp profilers/resident_peak.cpp profilers/torch_device.cpp
          proxies/gradient/activation_scores.cpp proxies/gradient/output_tap.cpp
          proxies/gradient/proxy_model.cpp proxies/gradient/weight_scores.cpp
          proxies/gradient_proxies.cpp
  PUBLIC lts_predictor lts_model PRIVATE lts_onnx)
lts_use_torch(lts_profilers)
lts_with_or_without_cuda(profilers/cuda_runs)
