#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "space/gpt2/config.h"

namespace lts::space::gpt2 {

/// The `config.json` of a GPT2LMHeadModel (transformers' GPT2Config, n_ctx too). Precondition: all
/// layers are alike.
nlohmann::json to_hugging_face(const Config& config);

/// Reads a GPT2Config as transformers does: unknown keys ignored, absent ones have GPT-2's
/// defaults, `n_inner: null` is 4 n_embd. \throws Error kUser, beginning with `file`, for a wrong
/// type and for settings this program does not compute (another activation, an untied head, ...).
Config read_hugging_face(const nlohmann::json& config, const std::string& file);

/// The same without d_inner and n_head, which stay empty: what families with a GPT2Config of their
/// own read too.
Config read_common_keys(const nlohmann::json& config, const std::string& file);
/// The keys of to_hugging_face that say nothing of d_inner, n_head and the class.
nlohmann::json common_keys(const Config& config);

}  // namespace lts::space::gpt2
