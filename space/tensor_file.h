#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>

namespace lts::space {

/// Tensors by name.
using NamedTensors = std::map<std::string, torch::Tensor>;

/// Every tensor of a safetensors file, on the CPU, in memory of its own. \throws Error kUser,
/// beginning with the file's name, for a missing, truncated or foreign file or a dtype LibTorch
/// does not have.
NamedTensors read_tensor_file(const std::filesystem::path& path);

/// The bytes of a safetensors file that holds `tensors`, in the order of their names.
std::string tensor_file_bytes(const NamedTensors& tensors,
                              const std::map<std::string, std::string>& metadata = {});

}  // namespace lts::space
