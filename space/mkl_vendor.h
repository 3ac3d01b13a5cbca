#pragma once

namespace lts::space {

/// Whether oneMKL, with which LibTorch multiplies matrices on the CPU, may take its kernels for the
/// instructions that the processor has. It asks for Intel's name before it asks for instructions,
/// and gives others AVX2 in fp32 and less in bfloat16: on an EPYC with AVX-512, two thirds of the
/// rate (experiments/training). A program that links this unit answers in MKL's place; there is no
/// setting of MKL's for it.
bool mkl_may_use_all_instructions();

}  // namespace lts::space
