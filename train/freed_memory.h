#pragma once

namespace lts::train {

/// From here on what is freed stays with the process and is used again. A step makes and frees
/// tensors of tens of MB; glibc would give each back to the system, which hands out zeroed pages
/// anew: a tenth of a step's time, a quarter in small models (experiments/training). The peak
/// memory is the same to a few percent. Elsewhere than with glibc it does nothing.
void keep_freed_memory();

}  // namespace lts::train
