#pragma once

#include <string_view>

namespace lts {

/// Turns SIGINT, SIGTERM and SIGUSR2 (Slurm's warning before a time limit, as our scripts ask for
/// it) into a flag that long loops poll. A second SIGINT ends the process at once; the others a
/// launcher may send twice (torchrun passes on what its workers got already) and mean the same.
/// Called once by main().
void install_interrupt_handler();

/// Whether a signal has asked the program to stop.
bool interrupted();

/// \throws Error kStopped (exit status 75) when interrupted(); `saved` says what was kept and how
/// to go on, e.g. "runs/x is saved; add --resume to go on".
void throw_if_interrupted(std::string_view saved);

}  // namespace lts
