#pragma once

#include <c10/core/Device.h>

#include <cstdint>

namespace lts::train {

/// The most memory that a training on `device` held at once, since its start or the last reset: on
/// the CPU the resident size of this process (Linux: VmHWM), 0 where the system does not tell; on a
/// GPU what LibTorch took of its memory.
std::int64_t peak_memory_bytes(c10::Device device = c10::kCPU);

/// Lets peak_memory_bytes() begin anew from the present size, where the system can.
void reset_peak_memory(c10::Device device = c10::kCPU);

}  // namespace lts::train
