# lts_model: the families' LibTorch modules and their Hugging Face files.
lts_library(lts_model
  SOURCES ${family_models} attention.cpp inference_linear.cpp inference_model.cpp inference_ops.cpp
          kv_cache.cpp model_families.cpp model_folder.cpp model_weights.cpp tensor_file.cpp
          weight_buffer.cpp
  PUBLIC lts_space)
lts_use_torch(lts_model)
