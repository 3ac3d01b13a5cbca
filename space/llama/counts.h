#pragma once

#include "space/counts.h"
#include "space/llama/config.h"

namespace lts::space::llama {

/// Closed-form counts of a tied Llama, equal to those of the built module (and of Hugging Face's
/// LlamaForCausalLM). Linears have no biases, norms gains only, positions no parameters. The
/// reference exports no such model: no size of its file.
Counts count(const Config& config);

}  // namespace lts::space::llama
