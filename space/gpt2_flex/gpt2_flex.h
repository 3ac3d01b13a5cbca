#pragma once

#include "space/family.h"

namespace lts::space::gpt2_flex {

/// GPT-2 whose layers have a d_inner and an n_head of their own (the paper's heterogeneous space,
/// reference/archai.md 5.3; the reference's gpt2-flex). By default a space draws d_inner for each
/// layer and n_head once, as the reference does; `per_layer` says otherwise.
const Family& family();

}  // namespace lts::space::gpt2_flex
