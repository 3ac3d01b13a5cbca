#pragma once

#include <cstdint>

#include "space/kernels/instruction_set.h"

namespace lts::space::kernels {

/// Where the rows of one of query, key, value, output lie: of batch b, head h, position t at
/// data + b * batch + h * head + t * row, `width` values side by side.
template <class Value>
struct HeadRows {
  Value* data;
  std::int64_t batch, head, row;
};

/// softmax(mask(query key^T scale)) value, head by head, in fp32; the queries are the last
/// positions of the keys and each sees those up to its own.
struct AttentionArguments {
  HeadRows<const float> query, key, value;
  HeadRows<float> output;
  std::int64_t num_sequences, num_heads, num_queries, num_keys, width;
  float scale;
  std::int64_t heads_per_key = 1;  ///< neighbouring heads of the query that share a key and value
};

/// Values of scratch memory that one call of attend needs.
std::int64_t attention_scratch_values(std::int64_t num_queries, std::int64_t num_keys,
                                      std::int64_t width);

/// Computes head `index` (batch * num_heads + head); of its blocks of queries those with number
/// `part`, part + num_parts, ...: later blocks see more keys, so each part has its share. Scores of
/// a block of queries are held at once, and what the mask hides is skipped in blocks.
void attend(InstructionSet set, const AttentionArguments& arguments, std::int64_t index,
            std::int64_t part, std::int64_t num_parts, float* scratch);

}  // namespace lts::space::kernels
