#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace lts {

enum class RunState {
  kRunning,   ///< a process holds the folder
  kStopped,   ///< none does, and the run is not at its end: --resume goes on
  kFinished,  ///< at its end
  kDamaged,   ///< its files cannot be read
};
std::string_view name_of(RunState state);

/// Where a run, a search or a training, stands, as its folder tells. What is absent is not known,
/// or nothing that this kind of run has.
struct RunStatus {
  std::filesystem::path folder;
  std::string kind;  ///< "search" or "training"
  RunState state = RunState::kStopped;
  std::string flaw{};                                 ///< kDamaged: what is wrong
  std::optional<std::int64_t> step{};                 ///< done; of a search: whole iterations
  std::optional<std::int64_t> steps{};                ///< in all
  std::optional<double> loss{};                       ///< a training's, of the log's last line
  std::optional<double> rate{};                       ///< in rate_unit
  std::string rate_unit{};                            ///< "tokens/s", "evaluations/s"
  std::optional<std::filesystem::path> checkpoint{};  ///< the last one; a search's is its journal
  std::optional<double> checkpoint_age_s{};
  std::optional<std::int64_t> restarts{};
  std::optional<double> elapsed_s{};    ///< over all restarts, up to the last record
  std::optional<double> time_left_s{};  ///< an estimate made at the last record
  std::optional<double> silent_s{};     ///< since the last record was written
  /// What only this kind of run has, in the order in which it is printed.
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
};

/// All of it, null where absent; the keys of `more` at the end.
nlohmann::ordered_json to_json(const RunStatus& status);

/// Seconds from a file's last change to `now`, at least 0; nothing where there is no such file.
std::optional<double> file_age_s(const std::filesystem::path& file,
                                 std::filesystem::file_time_type now);

}  // namespace lts
