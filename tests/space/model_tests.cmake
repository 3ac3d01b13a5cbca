lts_test(safetensors_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/safetensors_test.cpp LIBS lts_space)
if(LTS_WITH_TORCH)
  lts_test(model_test TORCH
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/model_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/model_folder_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/weight_buffer_test.cpp
    LIBS lts_model)

  add_executable(model_probe ${CMAKE_SOURCE_DIR}/tests/oracle/model_probe.cpp)
  target_link_libraries(model_probe PRIVATE lts_model)
  lts_options(model_probe)
  lts_use_torch(model_probe)
  if(LTS_PYTHON)
    lts_oracle(model_oracle ${CMAKE_SOURCE_DIR}/tests/oracle/model_oracle.py)
  endif()
endif()
