#include "cli/version.h"

#include <torch/torch.h>
#include <torch/version.h>

#include "train/distributed/process_group.h"

namespace lts::cli {

nlohmann::ordered_json version_json() {
  const auto instruction_set = at::get_cpu_capability();
  const auto nccl = train::nccl_version();
  return {{"version", LTS_VERSION},
          {"commit", LTS_COMMIT},
          {"libtorch", TORCH_VERSION},
          {"cuda", at::globalContext().hasCUDA()
                       ? nlohmann::ordered_json(at::detail::getCUDAHooks().versionCUDART())
                       : nlohmann::ordered_json(nullptr)},
          {"nccl", nccl ? nlohmann::ordered_json(*nccl) : nlohmann::ordered_json(nullptr)},
          {"instruction_set", instruction_set},
          {"options", LTS_OPTIONS}};
}

}  // namespace lts::cli
