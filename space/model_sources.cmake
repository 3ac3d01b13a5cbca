# lts_model: the families' LibTorch modules and their Hugging Face files.
lts_library(lts_model
  SOURCES ${family_models} attention.cpp inference_linear.cpp inference_model.cpp inference_ops.cpp
          kv_cache.cpp model_families.cpp model_folder.cpp model_weights.cpp module_parts.cpp
          parallel.cpp tensor_file.cpp weight_buffer.cpp
  PUBLIC lts_space)
lts_use_torch(lts_model)

# LibTorch's parallel loop is an OpenMP pragma in a header, and its runtime is GCC's: one unit is
# compiled with it (and so without the precompiled header), and programs link the same runtime.
find_package(OpenMP REQUIRED COMPONENTS CXX)
separate_arguments(openmp_flags NATIVE_COMMAND "${OpenMP_CXX_FLAGS}")
set_source_files_properties(parallel.cpp PROPERTIES
  COMPILE_OPTIONS "${openmp_flags}" SKIP_PRECOMPILE_HEADERS ON)
target_link_options(lts_model INTERFACE ${openmp_flags})
