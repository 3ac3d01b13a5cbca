# Third-party parts, each behind the one target that uses it. All but LibTorch come from the system.
find_package(Threads REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(TBB REQUIRED)
find_package(Boost REQUIRED COMPONENTS program_options)
find_package(simdjson REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(zstd REQUIRED IMPORTED_TARGET libzstd)
pkg_check_modules(xxhash REQUIRED IMPORTED_TARGET libxxhash)

# A LibTorch named by the user (CMAKE_PREFIX_PATH, Torch_DIR) wins over the one set-up installed.
if(LTS_WITH_TORCH)
  find_package(Torch QUIET NO_CMAKE_SYSTEM_PATH)
  if(NOT Torch_FOUND AND LTS_TORCH_PREFIX)
    find_package(Torch REQUIRED PATHS ${LTS_TORCH_PREFIX} NO_DEFAULT_PATH)
  endif()
  if(NOT Torch_FOUND)
    message(FATAL_ERROR "LibTorch not found. Run scripts/setup, or name one: "
                        "cmake --preset release -DCMAKE_PREFIX_PATH=/path/to/libtorch")
  endif()
  if(DEFINED Torch_VERSION AND Torch_VERSION VERSION_LESS 2.11)
    message(FATAL_ERROR "LibTorch ${Torch_VERSION} found at ${TORCH_INSTALL_PREFIX}; "
                        "lts needs 2.11 or newer")
  endif()
endif()
