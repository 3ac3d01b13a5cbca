# Third-party parts, each behind the one target that uses it. All but LibTorch come from the system.

# A compiler cache where there is one. Paths below the tree are hashed relative to it, so that a
# second clone finds what the first one compiled; the sloppiness is what precompiled headers need.
find_program(LTS_CCACHE ccache)
mark_as_advanced(LTS_CCACHE)
if(LTS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}
      CCACHE_SLOPPINESS=pch_defines,time_macros ${LTS_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(TBB REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(simdjson REQUIRED)
find_package(Eigen3 REQUIRED NO_MODULE)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)
# By path, from the system alone: a LibTorch named by CMAKE_PREFIX_PATH may hold a libprotobuf too.
foreach(library onnx_proto protobuf)
  string(TOUPPER LTS_${library}_LIBRARY variable)
  find_library(${variable} ${library} NO_CMAKE_PATH NO_CMAKE_ENVIRONMENT_PATH REQUIRED)
  mark_as_advanced(${variable})
endforeach()

# LibTorch's files leave what they found in the cache; after a new set-up it would win over the new one.
function(lts_forget_torch)
  get_cmake_property(variables CACHE_VARIABLES)
  foreach(variable ${variables})
    if(variable MATCHES "^(Torch_DIR|Caffe2_DIR|TORCH_LIBRARY|.*C10.*_LIBRARY|c10_LIBRARY|kineto_LIBRARY)$")
      unset(${variable} CACHE)
    endif()
  endforeach()
endfunction()

# A LibTorch named by the user (CMAKE_PREFIX_PATH, Torch_DIR) wins over the one set-up installed.
if(LTS_WITH_TORCH)
  if(LTS_TORCH_SEEN AND NOT LTS_TORCH_SEEN STREQUAL "${LTS_TORCH_PREFIX}")
    lts_forget_torch()
  endif()
  set(LTS_TORCH_SEEN "${LTS_TORCH_PREFIX}" CACHE INTERNAL "LTS_TORCH_PREFIX of the last configuration")
  find_package(Torch QUIET NO_SYSTEM_ENVIRONMENT_PATH NO_CMAKE_PACKAGE_REGISTRY NO_CMAKE_SYSTEM_PATH)
  if(NOT Torch_FOUND AND LTS_TORCH_PREFIX)
    find_package(Torch REQUIRED PATHS "${LTS_TORCH_PREFIX}" NO_DEFAULT_PATH)
  endif()
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch not found. Run scripts/setup, or name one: "
                        "cmake --preset release -DCMAKE_PREFIX_PATH=/path/to/libtorch")
  endif()
  if(DEFINED Torch_VERSION AND Torch_VERSION VERSION_LESS 2.11)
    message(FATAL_ERROR "LibTorch ${Torch_VERSION} found at ${TORCH_INSTALL_PREFIX}; "
                        "lts needs 2.11 or newer")
  endif()
  # LibTorch holds gloo, its wheels without the headers that c10d's include; nothing links to them.
  find_path(LTS_GLOO_INCLUDE gloo/context.h REQUIRED)
  mark_as_advanced(LTS_GLOO_INCLUDE)
endif()
