lts_test(data_test
  SOURCES tokenizer/pre_tokenizer_test.cpp tokenizer/tokenizer_test.cpp
          tokenizer/vocabulary_reader_test.cpp data/prepare_test.cpp
          data/prepare_refuses_test.cpp data/token_shards_test.cpp
  LIBS lts_data PkgConfig::zstd)

add_executable(tokenizer_probe tokenizer/tokenizer_probe.cpp)
lts_options(tokenizer_probe)
target_link_libraries(tokenizer_probe PRIVATE lts_data)
if(LTS_PYTHON)
  lts_oracle(tokenizer_oracle ${CMAKE_SOURCE_DIR}/tests/oracle/tokenizer_oracle.py)
endif()
