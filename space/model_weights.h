#pragma once

#include <memory>
#include <string>

#include "space/language_model.h"
#include "space/tensor_file.h"
#include "space/weight_source.h"

namespace lts::space {

/// The model's weights as Hugging Face's state dict: its names, [in, out] where it stores so, fp32,
/// the tied head once (under the embedding's name). Views of the model where possible.
NamedTensors hugging_face_weights(const LanguageModel& model);

/// Copies a Hugging Face state dict into `model`: names with or without the model's prefix
/// ("transformer."); what is not learned ignored; "lm_head.weight" accepted where it equals the
/// embedding; F32, BF16, F16. `file` begins messages. The model is changed only when every tensor
/// fits. \throws Error kUser for missing, unknown, wrongly shaped or typed tensors and for an
/// untied head.
void copy_hugging_face_weights(LanguageModel& model, NamedTensors weights, const std::string& file);

/// The model's weights, in fp32, as hugging_face_weights has them, for writers that see no
/// LibTorch. Shares memory with the model where possible: valid while its weights stay as they are.
std::unique_ptr<WeightSource> weight_source(const LanguageModel& model);

/// Gives `model` the weights of a source (seeded_weights.h), so that it computes what a file made
/// from that source computes.
void copy_weights(LanguageModel& model, WeightSource& source);

}  // namespace lts::space
