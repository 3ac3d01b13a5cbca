#pragma once

#include <filesystem>
#include <optional>

namespace lts {

/// Seconds that all threads of this process, together, were ready to run and waited for a processor
/// (Linux's run delay, /proc/self/task/*/schedstat), or nothing where the kernel does not count it.
/// `tasks` is that folder. Costs some ten microseconds a thread.
std::optional<double> run_queue_wait_s(const std::filesystem::path& tasks = "/proc/self/task");

}  // namespace lts
