if(LTS_PYTHON)
  lts_oracle(search_cli ${CMAKE_CURRENT_LIST_DIR}/search_cli_test.py)
  lts_oracle(pick_cli ${CMAKE_CURRENT_LIST_DIR}/pick_cli_test.py)
endif()
