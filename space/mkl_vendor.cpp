#include "space/mkl_vendor.h"

#include "space/kernels/instruction_set.h"

namespace lts::space {

// Without AVX-512, MKL has kernels of its own for AMD's processors: those stay.
bool mkl_may_use_all_instructions() {
#if defined(__x86_64__)
  return kernels::best_instruction_set() == kernels::InstructionSet::kAvx512 ||
         __builtin_cpu_is("intel");
#else
  return false;
#endif
}

}  // namespace lts::space

// The question, by the name that MKL gives it; where LibTorch has no MKL, or another one, nobody
// asks.
extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true() {
  return lts::space::mkl_may_use_all_instructions() ? 1 : 0;
}
