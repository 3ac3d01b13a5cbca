lts_test(space_test
  SOURCES ${CMAKE_CURRENT_LIST_DIR}/arch_argument_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/architecture_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/counts_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/gpt2_hugging_face_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/per_layer_space_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/search_space_test.cpp
          ${CMAKE_CURRENT_LIST_DIR}/space_config_test.cpp
  LIBS lts_space)

add_executable(space_probe ${CMAKE_CURRENT_LIST_DIR}/space_probe.cpp)
lts_options(space_probe)
target_link_libraries(space_probe PRIVATE lts_space)
if(LTS_PYTHON)
  lts_oracle(space_oracle ${CMAKE_SOURCE_DIR}/tests/oracle/space_oracle.py)
endif()
