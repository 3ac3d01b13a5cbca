#pragma once

#include <string>

#include "space/language_model.h"
#include "space/tensor_file.h"

namespace lts::space {

/// The model's weights as Hugging Face's state dict: its names, [in, out] where it stores so, fp32,
/// the tied head once (under the embedding's name). Views of the model where possible.
NamedTensors hugging_face_weights(const LanguageModel& model);

/// Copies a Hugging Face state dict into `model`: names with or without "transformer."; causal-mask
/// buffers ignored; "lm_head.weight" accepted where it equals the embedding; F32, BF16, F16.
/// `file` begins messages. The model is changed only when every tensor fits. \throws Error kUser
/// for missing, unknown, wrongly shaped or typed tensors and for an untied head.
void copy_hugging_face_weights(LanguageModel& model, NamedTensors weights, const std::string& file);

}  // namespace lts::space
