#pragma once

#include "space/inference_model.h"

namespace lts::space {

/// GPT-2 as inference wants it; the entry of the table in model_families.cpp. Its parameters are
/// found by their Hugging Face names, n_head by layer where the gene is one a layer.
InferencePtr make_gpt2_inference(const ModelPtr& model, Precision precision);

}  // namespace lts::space
