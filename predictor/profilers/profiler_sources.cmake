# lts_profilers: latency and memory on real hardware, by LibTorch.
lts_library(lts_profilers
  SOURCES profilers/allocation_peak.cpp profilers/forward_pass.cpp profilers/profilers.cpp profilers/remote_tools.cpp
          profilers/torch_device.cpp
  PUBLIC lts_predictor lts_model PRIVATE lts_onnx)
lts_use_torch(lts_profilers)
