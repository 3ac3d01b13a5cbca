#pragma once

#include "space/inference_model.h"

namespace lts::space {

/// Llama as inference wants it; the entry of the table in model_families.cpp. Its parameters are
/// found by their Hugging Face names.
InferencePtr make_llama_inference(const ModelPtr& model, Precision precision);

}  // namespace lts::space
