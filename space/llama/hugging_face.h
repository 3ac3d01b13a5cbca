#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "space/llama/config.h"

namespace lts::space::llama {

/// The `config.json` of a LlamaForCausalLM with a tied head. The rotation stands in it as
/// transformers 5 writes it (`rope_parameters`) and as 4 did (`rope_theta`).
nlohmann::json to_hugging_face(const Config& config);

/// Reads a LlamaConfig as transformers does: unknown keys ignored, absent ones have its defaults, a
/// `num_key_value_heads` of null is the number of heads. \throws Error kUser, beginning with
/// `file`, for a wrong type and for settings that the module does not compute (an untied head,
/// which is what an absent `tie_word_embeddings` means, biases, another rotation or activation).
Config read_hugging_face(const nlohmann::json& config, const std::string& file);

/// \throws Error kUser, beginning with `file`, where the config's `head_dim` is not d_model /
/// n_head.
void require_head_width(const nlohmann::json& config, const Config& read, const std::string& file);

}  // namespace lts::space::llama
