#include "train/cuda/loss_rows_cuda.h"

namespace lts::train {

const char* loss_rows_on_cuda(const CudaLossRows&, void*) { return "built without CUDA"; }

}  // namespace lts::train
