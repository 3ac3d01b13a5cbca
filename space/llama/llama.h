#pragma once

#include "space/family.h"

namespace lts::space::llama {

/// Llama (Touvron et al. 2023, arXiv 2302.13971) as Hugging Face's LlamaForCausalLM computes it:
/// RMSNorm before each block, rotary position embeddings, SwiGLU, grouped-query attention
/// (`n_kv_head` key heads, each for as many query heads). The head is tied to the embedding, as in
/// Llama 3.2's 1 B: untied, the head would be most of a model as small as ours. By default a space
/// has GPT-2's published ranges, so that the two families can be compared, and 1 to 8 key heads.
const Family& family();

}  // namespace lts::space::llama
