#include "space/mkl_vendor.h"

namespace lts::space {

// Without AVX-512, MKL has kernels of its own for AMD's processors: those stay.
bool mkl_may_use_all_instructions() {
#if defined(__x86_64__)
  __builtin_cpu_init();  // MKL may ask while libraries are being initialised
  return __builtin_cpu_is("intel") ||
         (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
          __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq"));
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
