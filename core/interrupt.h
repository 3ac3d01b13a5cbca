#pragma once

#include <string_view>

namespace lts {

/// Turns SIGINT and SIGTERM into a flag that long loops poll; a second signal ends the process at
/// once. Called once by main().
void install_interrupt_handler();

/// Whether a signal has asked the program to stop.
bool interrupted();

/// \throws Error kStopped (exit status 75) when interrupted(); `saved` says what was kept and how
/// to go on, e.g. "runs/x is saved; add --resume to go on".
void throw_if_interrupted(std::string_view saved);

}  // namespace lts
