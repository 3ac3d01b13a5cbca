#pragma once

#include <cstdint>

namespace lts::train {

/// What LossRows (loss_rows.h) does, for rows in the memory of a CUDA device. What lies between a
/// row's width and the next row becomes 0.
struct CudaLossRows {
  void* logits;  ///< bfloat16 or fp32; 16-byte aligned
  bool is_bfloat16;
  std::int64_t row_stride;  ///< values from one row to the next, whole 16 bytes
  const std::int64_t* targets;
  std::int64_t width, num_rows;
  double* losses;  ///< of each row
};

/// Queues it on `stream`, a cudaStream_t. Returns what CUDA says against it, or null. Precondition:
/// this program was built on a LibTorch with CUDA.
const char* loss_rows_on_cuda(const CudaLossRows& rows, void* stream);

}  // namespace lts::train
