#pragma once

#include "space/counts.h"
#include "space/gpt2/config.h"

namespace lts::space::gpt2 {

/// Closed-form counts of a tied GPT-2. Parameters equal those of the built module (and of Hugging
/// Face's GPT2LMHeadModel); file sizes are those of the reference's optimised ONNX files
/// (reference/archai.md 1.3 and 1.6). Where layers differ the file size is an extension of ours:
/// matrices and graph summed over layers, each distinct length of a vector once.
Counts count(const Config& config);

}  // namespace lts::space::gpt2
