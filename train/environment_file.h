#pragma once

#include <filesystem>
#include <string>

#include "train/distributed/ranks.h"

namespace lts::train {

/// Writes OUTPUT/environment.json: on what a run trains, and which data. \throws Error kRuntime.
void write_environment(const std::filesystem::path& output, const std::string& data_sha256,
                       double gemm_flops_per_s, const Ranks& ranks);

}  // namespace lts::train
