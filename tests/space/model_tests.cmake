lts_test(safetensors_test SOURCES ${CMAKE_CURRENT_LIST_DIR}/safetensors_test.cpp LIBS lts_space)
if(LTS_WITH_TORCH)
  lts_test(model_test TORCH
    SOURCES ${CMAKE_CURRENT_LIST_DIR}/model_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/model_folder_test.cpp
            ${CMAKE_CURRENT_LIST_DIR}/weight_buffer_test.cpp
    LIBS lts_model)
endif()
