#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "space/gpt2/config.h"

namespace lts::space::gpt2_flex {

/// What the `auto_map` of config.json names; lies beside it.
constexpr const char* kModelingFile = "modeling_gpt2_flex.py";

/// The `config.json` of a Gpt2FlexLMHeadModel: a GPT2Config with `n_head_per_layer` and
/// `n_inner_per_layer`, whose `auto_map` names the classes of modeling_gpt2_flex.py.
nlohmann::json to_hugging_face(const gpt2::Config& config);

/// \throws Error kUser, beginning with `file`, as gpt2::read_hugging_face and for lists that are
/// missing or have not one integer a layer.
gpt2::Config read_hugging_face(const nlohmann::json& config, const std::string& file);

}  // namespace lts::space::gpt2_flex
