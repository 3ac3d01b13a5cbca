# lts_train: trainer, checkpoints, evaluation, generation.
lts_library(lts_train
  SOURCES evaluate.cpp export.cpp generate.cpp sampling.cpp
          batches.cpp checkpoint.cpp flat_parameters.cpp head_loss.cpp ngram.cpp optimizer.cpp
          peak_memory.cpp plan.cpp run_checks.cpp schedule.cpp step_times.cpp
          train_state.cpp trainer.cpp training_run.cpp vector_math.cpp
  PUBLIC lts_model lts_runs lts_onnx)
lts_use_torch(lts_train)
