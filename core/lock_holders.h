#pragma once

#include <sys/types.h>
#include <filesystem>
#include <vector>

namespace lts {

/// The processes that hold a flock on `file`, by /proc/locks below `root`; those of another
/// namespace are not among them. Empty where the system does not tell.
std::vector<pid_t> lock_holders(const std::filesystem::path& file,
                                const std::filesystem::path& root = "/");

/// Whether a process is stopped (Ctrl-Z, a debugger), by its state in /proc/<id>/stat.
bool is_stopped(pid_t process, const std::filesystem::path& root = "/");

}  // namespace lts
