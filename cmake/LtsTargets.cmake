# lts_library(NAME SOURCES... [PUBLIC libs...] [PRIVATE libs...]): a static library of this tree.
# Headers are included from the root; LTS_TORCH targets share one precompiled torch/torch.h.
function(lts_options target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Werror=return-type
    -Wno-missing-field-initializers  # designated initialisers leave the rest at its default
    -Wno-restrict)                   # GCC 12 sees overlaps in std::string operator+ (bug 105651)
  if(LTS_SANITIZE)
    target_compile_options(${target} PUBLIC -fsanitize=address,undefined -fno-sanitize-recover=all
                                            -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=address,undefined)
  endif()
endfunction()

function(lts_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${arg_SOURCES})
  lts_options(${name})
  target_link_libraries(${name} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
endfunction()

# LibTorch's headers warn; they are system headers to us. Only targets that pass through here see them.
function(lts_use_torch target)
  target_link_libraries(${target} PUBLIC torch)
  target_compile_options(${target} PRIVATE -Wno-pedantic)
  # A precompiled header fits one code model only: programs are compiled as the libraries are.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  if(TARGET lts_model AND NOT ${target} STREQUAL lts_model)
    target_precompile_headers(${target} REUSE_FROM lts_model)
  else()
    target_precompile_headers(${target} PRIVATE <torch/torch.h>)
  endif()
endfunction()

# Of NAME.cpp and NAME_absent.cpp, both among the sources of a target of this folder, compiles the one
# that fits the LibTorch that was found.
function(lts_with_or_without_cuda name)
  if(TARGET torch_cuda)
    set(unused ${name}_absent.cpp)
  else()
    set(unused ${name}.cpp)
  endif()
  set_source_files_properties(${unused} PROPERTIES HEADER_FILE_ONLY ON)
endfunction()

# lts_test(NAME SOURCES... LIBS... [LABELS unit]): a GoogleTest program, one ctest entry per TEST.
function(lts_test name)
  cmake_parse_arguments(arg "TORCH" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  add_executable(${name} ${arg_SOURCES})
  lts_options(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBS} GTest::gmock_main)
  if(arg_TORCH)
    lts_use_torch(${name})
  endif()
  target_compile_definitions(${name} PRIVATE LTS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
                       PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
endfunction()

# lts_probe(NAME [TORCH] LIBS...): tests/oracle/NAME.cpp, a program through which an oracle asks ours.
function(lts_probe name)
  cmake_parse_arguments(arg "TORCH" "" "LIBS" ${ARGN})
  add_executable(${name} ${CMAKE_SOURCE_DIR}/tests/oracle/${name}.cpp)
  lts_options(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  if(arg_TORCH)
    lts_use_torch(${name})
  endif()
endfunction()

# lts_oracle(NAME [SCRIPT]): a Python program (default: tests/oracle/NAME.py) that runs ours, most
# beside a peer; exit 77 = skipped. Left out where scripts/setup --test made no Python for it.
function(lts_oracle name)
  cmake_parse_arguments(arg "" "" "LABELS" ${ARGN})
  if(NOT LTS_PYTHON)
    return()
  endif()
  set(script ${CMAKE_SOURCE_DIR}/tests/oracle/${name}.py)
  if(arg_UNPARSED_ARGUMENTS)
    set(script ${arg_UNPARSED_ARGUMENTS})
  endif()
  add_test(NAME ${name} COMMAND ${LTS_PYTHON} ${script})
  set_tests_properties(${name} PROPERTIES
    LABELS "oracle;${arg_LABELS}" TIMEOUT 600 SKIP_RETURN_CODE 77
    ENVIRONMENT "LTS_BUILD_DIR=${CMAKE_BINARY_DIR};LTS_SOURCE_DIR=${CMAKE_SOURCE_DIR};LTS_TOKENIZER_DIR=${LTS_TOKENIZER_DIR};HF_HUB_OFFLINE=1;TOKENIZERS_PARALLELISM=false")
endfunction()
