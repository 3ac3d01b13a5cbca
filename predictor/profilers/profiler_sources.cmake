# lts_profilers: latency and memory on real hardware, by LibTorch.
lts_library(lts_profilers
  SOURCES profilers/allocation_peak.cpp profilers/forward_pass.cpp profilers/profilers.cpp
          profilers/resident_peak.cpp profilers/torch_device.cpp profilers/torch_profiler.cpp
  PUBLIC lts_predictor lts_model)
lts_use_torch(lts_profilers)
