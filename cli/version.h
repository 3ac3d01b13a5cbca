#pragma once

#include <nlohmann/json.hpp>

namespace lts::cli {

/// version, commit, libtorch, cuda, nccl, instruction_set, options: what this program was built
/// from and for.
nlohmann::ordered_json version_json();

}  // namespace lts::cli
