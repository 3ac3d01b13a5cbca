# lts_train: trainer, checkpoints, evaluation, generation.
lts_library(lts_train
  SOURCES distributed/gradient_sum.cpp distributed/launch.cpp distributed/process_group.cpp
          distributed/ranks.cpp distributed/signs.cpp distributed/watch.cpp
          environment_file.cpp evaluate.cpp export.cpp freed_memory.cpp generate.cpp sampling.cpp
          batches.cpp checkpoint.cpp checkpoint_keeper.cpp device.cpp flat_parameters.cpp gemm_rate.cpp head_loss.cpp loss_rows.cpp
          ngram.cpp optimizer.cpp peak_memory.cpp plan.cpp repeated_work.cpp rollback.cpp run_checks.cpp schedule.cpp step_times.cpp
          train_state.cpp trainer.cpp training_run.cpp vector_math.cpp
  PUBLIC lts_model lts_runs lts_onnx)
lts_use_torch(lts_train)
if(TARGET torch_cuda)
  add_library(lts_cuda_kernels STATIC cuda/loss_rows.cu)
  target_include_directories(lts_cuda_kernels PRIVATE ${CMAKE_SOURCE_DIR})
  set_target_properties(lts_cuda_kernels PROPERTIES CUDA_RUNTIME_LIBRARY Shared)  # LibTorch's
  target_link_libraries(lts_train PRIVATE lts_cuda_kernels)
else()
  target_sources(lts_train PRIVATE cuda/loss_rows_absent.cpp)
endif()
set_source_files_properties(distributed/process_group.cpp PROPERTIES
  INCLUDE_DIRECTORIES "${LTS_GLOO_INCLUDE}")
# NCCL's header comes with PyPI's nvidia-nccl beside a CUDA LibTorch, or with the system.
find_path(LTS_NCCL_INCLUDE nccl.h HINTS "${TORCH_INSTALL_PREFIX}/../nvidia/nccl/include")
mark_as_advanced(LTS_NCCL_INCLUDE)
if(LTS_NCCL_INCLUDE)
  target_include_directories(lts_train SYSTEM PRIVATE "${LTS_NCCL_INCLUDE}")
endif()
