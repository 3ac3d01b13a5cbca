#include "train/environment_file.h"

#include <torch/torch.h>

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/hardware.h"
#include "train/run_folder.h"

namespace lts::train {

void write_environment(const fs::path& output, const std::string& data_sha256,
                       double gemm_flops_per_s, const Ranks& ranks) {
  nlohmann::ordered_json environment = {{"hardware", hardware_fingerprint()},
                                        {"libtorch", TORCH_VERSION},
                                        {"threads", at::get_num_threads()},
                                        {"gemm_flops_per_s", gemm_flops_per_s},
                                        {"data_sha256", data_sha256}};
  if (ranks.are_several()) environment["hosts"] = ranks.hosts();
  write_file_atomic(output / kEnvironmentFile, environment.dump(2) + "\n");
}

}  // namespace lts::train
