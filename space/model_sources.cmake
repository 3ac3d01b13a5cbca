# lts_model: the families' LibTorch modules and their Hugging Face files.
lts_library(lts_model
  SOURCES ${family_models} attention.cpp inference_linear.cpp inference_model.cpp inference_ops.cpp
          kv_cache.cpp mkl_vendor.cpp model_families.cpp model_folder.cpp model_weights.cpp module_parts.cpp
          parallel.cpp recorded_graph.cpp recorded_graph_absent.cpp tensor_file.cpp
          weight_buffer.cpp
  PUBLIC lts_space)
lts_use_torch(lts_model)
lts_with_or_without_cuda(recorded_graph)
# LibTorch defines what mkl_vendor.cpp answers, so nothing would ask for that unit.
target_link_options(lts_model INTERFACE -Wl,-u,mkl_serv_intel_cpu_true)

# LibTorch's parallel loop is an OpenMP pragma in a header, and its runtime is GCC's: one unit is
# compiled with it (and so without the precompiled header), and programs link the same runtime.
find_package(OpenMP REQUIRED COMPONENTS CXX)
separate_arguments(openmp_flags NATIVE_COMMAND "${OpenMP_CXX_FLAGS}")
set_source_files_properties(parallel.cpp PROPERTIES
  COMPILE_OPTIONS "${openmp_flags}" SKIP_PRECOMPILE_HEADERS ON)
target_link_options(lts_model INTERFACE ${openmp_flags})
# Ahead of LibTorch: 2.11's CUDA wheel exports a std::filesystem of its own, which crashes.
target_link_options(lts_model INTERFACE LINKER:--push-state,--no-as-needed -lstdc++ LINKER:--pop-state)
