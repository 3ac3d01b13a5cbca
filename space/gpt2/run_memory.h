#pragma once

#include "space/gpt2/config.h"
#include "space/run_memory.h"

namespace lts::space::gpt2 {

/// The memory of a run of GPT-2's inference form (model_inference.cpp, whose order of operations it
/// follows), its probabilities of the next token included.
RunMemory run_memory(const Config& config, const RunShape& shape);

}  // namespace lts::space::gpt2
