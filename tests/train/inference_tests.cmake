lts_test(inference_test TORCH
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/evaluate_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/export_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/generate_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/sampling_test.cpp
  LIBS lts_train)

add_executable(inference_probe ${CMAKE_SOURCE_DIR}/tests/oracle/inference_probe.cpp)
target_link_libraries(inference_probe PRIVATE lts_train)
lts_options(inference_probe)
lts_use_torch(inference_probe)
if(LTS_PYTHON)
  lts_oracle(inference_oracle ${CMAKE_SOURCE_DIR}/tests/oracle/inference_oracle.py)
endif()
