#include "cli/version.h"

#include <torch/torch.h>
#include <torch/version.h>

namespace lts::cli {

nlohmann::ordered_json version_json() {
  const auto instruction_set = at::get_cpu_capability();
  return {{"version", LTS_VERSION},
          {"commit", LTS_COMMIT},
          {"libtorch", TORCH_VERSION},
          {"cuda", at::globalContext().hasCUDA()
                       ? nlohmann::ordered_json(at::detail::getCUDAHooks().versionCUDART())
                       : nlohmann::ordered_json(nullptr)},
          {"nccl", nullptr},
          {"instruction_set", instruction_set},
          {"options", LTS_OPTIONS}};
}

}  // namespace lts::cli
