#pragma once

#include <cstdint>

namespace lts::train {

/// The largest resident size of this process since its start or the last reset (Linux: VmHWM); 0
/// where the system does not tell.
std::int64_t peak_memory_bytes();

/// Lets peak_memory_bytes() begin anew from the present size, where the system can.
void reset_peak_memory();

}  // namespace lts::train
