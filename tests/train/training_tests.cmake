lts_test(training_test TORCH
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/train_batches_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_checkpoint_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_config_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_log_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_ngram_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_optimizer_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_run_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_schedule_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/train_winners_test.cpp
  LIBS lts_train)

add_executable(training_probe ${CMAKE_SOURCE_DIR}/tests/oracle/training_probe.cpp)
target_link_libraries(training_probe PRIVATE lts_train)
lts_options(training_probe)
lts_use_torch(training_probe)
if(LTS_PYTHON)
  lts_oracle(training_oracle ${CMAKE_SOURCE_DIR}/tests/oracle/training_oracle.py)
endif()
if(LTS_PYTHON)
  lts_oracle(training_cli ${CMAKE_CURRENT_LIST_DIR}/train_cli_test.py)
endif()
