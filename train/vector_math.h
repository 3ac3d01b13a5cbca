#pragma once

namespace lts::train {

/// Makes exp and log of LibTorch on the CPU repeatable bit for bit: to be called before either is
/// used. oneMKL chooses its kernel for each in the first call, and where several threads make that
/// call at once, one of them may run a kernel of low accuracy (pytorch/pytorch#188792; about one
/// process in twenty with two threads). Costs nothing after the first call.
void choose_vector_math();

}  // namespace lts::train
