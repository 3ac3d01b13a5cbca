#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "space/family.h"
#include "space/language_model.h"

namespace lts::space {

/// Reads `config.json` of a Hugging Face model folder into an architecture of the family whose
/// `model_type` it has, as that family's from_hugging_face does.
/// \throws Error kUser, beginning with the file's name.
Architecture read_config(const std::filesystem::path& folder);

/// The tokens that end generation: `eos_token_id` (a number, a list or null) of the folder's
/// generation_config.json where there is one with the key, else of config.json. May be empty.
/// \throws Error kUser, beginning with the file's name.
std::vector<std::int32_t> read_eos_token_ids(const std::filesystem::path& folder);

/// The model of a Hugging Face folder, fp32, eval mode: config.json and model.safetensors (names
/// with or without the model's prefix; lm_head.weight and mask buffers present or absent; F32,
/// BF16, F16). \throws Error kUser, beginning with the file's name, for missing, truncated or
/// foreign files.
ModelPtr load_model(const std::filesystem::path& folder, const ModelOptions& options = {});

/// The files of a Hugging Face folder: config.json, generation_config.json, model.safetensors, the
/// family's modelling code where it has some; not the tokenizer's (train/tokenizer). Written by the
/// caller, atomically.
/// `special_tokens_of`: the model folder whose bos, eos and pad token they keep; else GPT-2's.
std::vector<ModelFile> model_files(const LanguageModel& model,
                                   const std::filesystem::path& special_tokens_of = {});

/// The text of `config.json`: Family::hugging_face_config, with special tokens as model_files.
std::string config_file(const Architecture& architecture,
                        const std::filesystem::path& special_tokens_of = {});

/// Copies safetensors weights into an existing module. \throws as load_model.
void load_weights(LanguageModel& model, const std::filesystem::path& safetensors_file);

}  // namespace lts::space
