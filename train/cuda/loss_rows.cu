// A block of threads a row: maximum and sum of exponentials in one pass over it, the gradient in a
// second one, which finds the row in the cache.

#include <cuda_bf16.h>

#include <cfloat>

#include "train/cuda/loss_rows_cuda.h"

namespace lts::train {
namespace {

constexpr int kThreads = 512, kWarp = 32, kWarps = kThreads / kWarp;

/// 16 bytes of a row.
template <typename Value>
struct alignas(16) Vector {
  static constexpr int kSize = 16 / sizeof(Value);
  Value values[kSize];
};

/// The sum of exp(value - max) over the values seen.
struct ExpSum {
  float max = -FLT_MAX, sum = 0;

  __device__ void add(const float* values, int size) {
    float most = max;
    for (int i = 0; i < size; ++i) most = fmaxf(most, values[i]);
    sum *= __expf(max - most);
    max = most;
    for (int i = 0; i < size; ++i) sum += __expf(values[i] - max);
  }
  __device__ void add(const ExpSum& other) {
    const float most = fmaxf(max, other.max);
    sum = sum * __expf(max - most) + other.sum * __expf(other.max - most);
    max = most;
  }
};

__device__ ExpSum of_warp(ExpSum part) {
  for (int offset = kWarp / 2; offset > 0; offset /= 2) {
    ExpSum other;
    other.max = __shfl_xor_sync(0xffffffffu, part.max, offset);
    other.sum = __shfl_xor_sync(0xffffffffu, part.sum, offset);
    part.add(other);
  }
  return part;
}

/// Every thread gets the whole block's.
__device__ ExpSum of_block(ExpSum part) {
  __shared__ ExpSum of_warps[kWarps];
  part = of_warp(part);
  if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = part;
  __syncthreads();
  ExpSum all;
  for (int warp = 0; warp < kWarps; ++warp) all.add(of_warps[warp]);
  return all;
}

__device__ float to_float(float value) { return value; }
__device__ float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ void assign(float& out, float value) { out = value; }
__device__ void assign(__nv_bfloat16& out, float value) { out = __float2bfloat16(value); }

/// Calls visit(first index, values, size) on the parts of the row that are this thread's.
template <typename Value, typename Visit>
__device__ void for_each_part(Value* row, int width, Visit visit) {
  using Row = Vector<Value>;
  for (int i = threadIdx.x; i < width / Row::kSize; i += kThreads) {
    Row part = reinterpret_cast<Row*>(row)[i];
    if (visit(i * Row::kSize, part.values, Row::kSize)) reinterpret_cast<Row*>(row)[i] = part;
  }
  const int rest = width / Row::kSize * Row::kSize + static_cast<int>(threadIdx.x);
  if (rest < width) visit(rest, row + rest, 1);
}

template <typename Value>
__global__ void __launch_bounds__(kThreads)
    loss_rows(Value* logits, std::int64_t row_stride, const std::int64_t* targets, int width,
              double* losses) {
  Value* const row = logits + blockIdx.x * row_stride;
  const int target = static_cast<int>(targets[blockIdx.x]);
  ExpSum part;
  for_each_part(row, width, [&](int, const Value* values, int size) {
    float floats[Vector<Value>::kSize];
    for (int i = 0; i < size; ++i) floats[i] = to_float(values[i]);
    part.add(floats, size);
    return false;
  });
  const float target_logit = to_float(row[target]);
  const ExpSum all = of_block(part);  // all have read their target before any writes
  if (threadIdx.x == 0) losses[blockIdx.x] = logf(all.sum) + all.max - target_logit;
  const float scale = 1.0f / all.sum;
  for_each_part(row, width, [&](int first, Value* values, int size) {
    for (int i = 0; i < size; ++i) {
      const float probability = __expf(to_float(values[i]) - all.max) * scale;
      assign(values[i], first + i == target ? probability - 1.0f : probability);
    }
    return true;
  });
  for (std::int64_t i = width + threadIdx.x; i < row_stride; i += kThreads) assign(row[i], 0.0f);
}

template <typename Value>
void launch(const CudaLossRows& rows, cudaStream_t stream) {
  loss_rows<<<static_cast<unsigned>(rows.num_rows), kThreads, 0, stream>>>(
      static_cast<Value*>(rows.logits), rows.row_stride, rows.targets, static_cast<int>(rows.width),
      rows.losses);
}

}  // namespace

const char* loss_rows_on_cuda(const CudaLossRows& rows, void* stream) {
  const auto on_stream = static_cast<cudaStream_t>(stream);
  if (rows.is_bfloat16)
    launch<__nv_bfloat16>(rows, on_stream);
  else
    launch<float>(rows, on_stream);
  const cudaError_t error = cudaGetLastError();
  return error == cudaSuccess ? nullptr : cudaGetErrorString(error);
}

}  // namespace lts::train
