#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace lts {

/// What the system has counted since it started; two of them tell what happened between. What it
/// does not count is zero or absent.
struct Activity {
  struct Process {
    int id = 0;
    std::string name;
    double cpu_s = 0;
  };
  double busy_s = 0;                 ///< work of everybody on the CPUs that this process may use
  double stolen_s = 0;               ///< when a hypervisor gave those CPUs to others
  double own_s = 0;                  ///< work of this process
  std::optional<double> waited_s{};  ///< this process's threads, ready to run, without a CPU
  std::int64_t swapped_pages = 0;    ///< in and out
  std::vector<Process> processes{};  ///< by id

  /// \param root below which /proc and /sys are read
  static Activity read(const std::filesystem::path& root = "/");
};

/// The processes but this one that worked most between two readings, the busiest first, at most
/// `count`; `cpu_s` is what they took in between.
std::vector<Activity::Process> busiest(const Activity& before, const Activity& after,
                                       std::size_t count);

}  // namespace lts
