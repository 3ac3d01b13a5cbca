#include "space/inference_ops.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "space/attention.h"
#include "space/kernels/causal_attention.h"
#include "space/kernels/row_kernels.h"
#include "space/parallel.h"

namespace lts::space {
namespace {

constexpr std::int64_t kWorthAThread = 1 << 15;  // values to read, about a microsecond of one core
constexpr std::int64_t kFewRows = 16;            // more are a matrix product

std::int64_t grain_of(std::int64_t item_values) {
  return std::max<std::int64_t>(1, kWorthAThread / std::max<std::int64_t>(1, item_values));
}

/// Whether the kernels of this tree can work on it.
bool for_kernels(const torch::Tensor& values) {
  return values.is_cpu() && values.scalar_type() == torch::kFloat32;
}

template <class Value>
kernels::HeadRows<Value> head_rows(const torch::Tensor& rows_BHTK, Value* data) {
  LTS_ASSERT(rows_BHTK.stride(3) == 1);
  return {data, rows_BHTK.stride(0), rows_BHTK.stride(1), rows_BHTK.stride(2)};
}

/// Into how many parts each head is cut so that every thread gets as many as any other.
std::int64_t parts_of(std::int64_t num_heads, std::int64_t num_threads) {
  return num_threads / std::gcd(num_heads, num_threads);
}

torch::Tensor attended_by_kernel(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                                 const torch::Tensor& value_BGSK, const torch::Tensor& room_MD) {
  const auto num_sequences = query_BHTK.size(0), num_heads = query_BHTK.size(1),
             num_queries = query_BHTK.size(2), width = query_BHTK.size(3),
             num_keys = key_BGSK.size(2);
  auto output_MD =
      room_MD.defined() ? room_MD : torch::empty({num_sequences * num_queries, num_heads * width});
  auto output_BTHK = output_MD.view({num_sequences, num_queries, num_heads, width});
  const kernels::AttentionArguments arguments{
      .query = head_rows(query_BHTK, query_BHTK.const_data_ptr<float>()),
      .key = head_rows(key_BGSK, key_BGSK.const_data_ptr<float>()),
      .value = head_rows(value_BGSK, value_BGSK.const_data_ptr<float>()),
      .output = head_rows(output_BTHK.transpose(1, 2), output_BTHK.mutable_data_ptr<float>()),
      .num_sequences = num_sequences,
      .num_heads = num_heads,
      .num_queries = num_queries,
      .num_keys = num_keys,
      .width = width,
      .scale = 1.0F / std::sqrt(static_cast<float>(width)),
      .heads_per_key = num_heads / key_BGSK.size(1)};
  const std::int64_t num_tasks = num_sequences * num_heads;
  const std::int64_t num_threads = at::get_num_threads();
  const std::int64_t parts = parts_of(num_tasks, num_threads);
  const auto scratch_values = kernels::attention_scratch_values(num_queries, num_keys, width);
  const std::int64_t grain = grain_of(num_queries * num_keys * width / parts);
  const auto set = kernels::best_instruction_set();
  const auto scratch = torch::empty({num_threads, scratch_values});
  share_out(num_tasks * parts, grain, [&](std::int64_t first, std::int64_t end) {
    float* const own = scratch.mutable_data_ptr<float>() + at::get_thread_num() * scratch_values;
    for (std::int64_t task = first; task < end; ++task)
      kernels::attend(set, arguments, task / parts, task % parts, parts, own);
  });
  return output_MD;
}

}  // namespace

torch::Tensor normalised(const torch::Tensor& hidden_MD, const torch::Tensor& gain_D,
                         const torch::Tensor& bias_D, double epsilon,
                         const torch::Tensor& room_MD) {
  if (!for_kernels(hidden_MD))
    return at::layer_norm(hidden_MD, gain_D.sizes(), gain_D, bias_D, epsilon);
  const std::int64_t num_rows = hidden_MD.size(0), width = hidden_MD.size(1);
  auto output_MD = room_MD.defined() ? room_MD : torch::empty_like(hidden_MD);
  const auto set = kernels::best_instruction_set();
  const float *from = hidden_MD.const_data_ptr<float>(), *gain = gain_D.const_data_ptr<float>(),
              *bias = bias_D.const_data_ptr<float>();
  float* const to = output_MD.mutable_data_ptr<float>();
  share_out(num_rows, grain_of(width), [&](std::int64_t first, std::int64_t end) {
    kernels::normalise_rows(set, from + first * width, gain, bias, static_cast<float>(epsilon),
                            end - first, width, to + first * width);
  });
  return output_MD;
}

torch::Tensor rms_normalised(const torch::Tensor& hidden_MD, const torch::Tensor& gain_D,
                             double epsilon, const torch::Tensor& room_MD) {
  if (!for_kernels(hidden_MD)) return at::rms_norm(hidden_MD, gain_D.sizes(), gain_D, epsilon);
  const std::int64_t num_rows = hidden_MD.size(0), width = hidden_MD.size(1);
  auto output_MD = room_MD.defined() ? room_MD : torch::empty_like(hidden_MD);
  const auto set = kernels::best_instruction_set();
  const float *from = hidden_MD.const_data_ptr<float>(), *gain = gain_D.const_data_ptr<float>();
  float* const to = output_MD.mutable_data_ptr<float>();
  share_out(num_rows, grain_of(width), [&](std::int64_t first, std::int64_t end) {
    kernels::rms_normalise_rows(set, from + first * width, gain, static_cast<float>(epsilon),
                                end - first, width, to + first * width);
  });
  return output_MD;
}

torch::Tensor attended(const torch::Tensor& query_BHTK, const torch::Tensor& key_BGSK,
                       const torch::Tensor& value_BGSK, const torch::Tensor& room_MD) {
  if (for_kernels(query_BHTK)) return attended_by_kernel(query_BHTK, key_BGSK, value_BGSK, room_MD);
  return causal_attention(query_BHTK, key_BGSK, value_BGSK, 0.0)
      .transpose(1, 2)
      .reshape({query_BHTK.size(0) * query_BHTK.size(2), query_BHTK.size(1) * query_BHTK.size(3)});
}

torch::Tensor row_products(const torch::Tensor& hidden, const torch::Tensor& weight_VD) {
  const std::int64_t width = hidden.size(-1), num_outputs = weight_VD.size(0);
  const std::int64_t num_inputs = hidden.numel() / width;
  if (num_inputs > kFewRows || !for_kernels(hidden))
    return at::linear(hidden.to(weight_VD.scalar_type()), weight_VD).to(torch::kFloat32);
  const auto input_MD = hidden.reshape({-1, width}).contiguous();
  auto shape = hidden.sizes().vec();
  shape.back() = num_outputs;
  auto output = torch::empty(shape);
  const auto set = kernels::best_instruction_set();
  const auto products_with = [&](const auto* weight) {
    share_out(num_outputs, grain_of(width), [&](std::int64_t first, std::int64_t end) {
      kernels::dot_rows(set, weight, input_MD.const_data_ptr<float>(), num_inputs, width,
                        num_outputs, first, end, output.mutable_data_ptr<float>());
    });
  };
  const bool narrow = weight_VD.scalar_type() == torch::kBFloat16;
  if (narrow) products_with(static_cast<const kernels::Bfloat16*>(weight_VD.const_data_ptr()));
  if (!narrow) products_with(weight_VD.const_data_ptr<float>());
  return output;
}

}  // namespace lts::space
