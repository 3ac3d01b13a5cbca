#pragma once

#include "space/family.h"

namespace lts::space::gpt2 {

/// The published family: pre-norm GPT-2 with one d_inner and n_head for all layers
/// (reference/archai.md 1.2: 10 x 14 x 14 x 3 = 5,880 members).
const Family& family();

}  // namespace lts::space::gpt2
