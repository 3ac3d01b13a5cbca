#include "core/run_status.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "core/or_null.h"

namespace lts {

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::kRunning:
      return "running";
    case RunState::kStopped:
      return "stopped";
    case RunState::kFinished:
      return "finished";
    case RunState::kDamaged:
      break;
  }
  return "damaged";
}

nlohmann::ordered_json to_json(const RunStatus& status) {
  const std::string checkpoint = status.checkpoint ? status.checkpoint->string() : "";
  nlohmann::ordered_json out = {{"run_dir", status.folder.string()},
                                {"kind", status.kind},
                                {"state", name_of(status.state)},
                                {"error", or_null(status.flaw)},
                                {"step", or_null(status.step)},
                                {"steps", or_null(status.steps)},
                                {"loss", or_null(status.loss)},
                                {"rate", or_null(status.rate)},
                                {"rate_unit", or_null(status.rate_unit)},
                                {"last_checkpoint", or_null(checkpoint)},
                                {"last_checkpoint_age_s", or_null(status.checkpoint_age_s)},
                                {"restarts", or_null(status.restarts)},
                                {"elapsed_s", or_null(status.elapsed_s)},
                                {"time_left_s", or_null(status.time_left_s)},
                                {"silent_s", or_null(status.silent_s)}};
  out.update(status.more);
  return out;
}

std::optional<double> file_age_s(const std::filesystem::path& file,
                                 std::filesystem::file_time_type now) {
  std::error_code code;
  const auto changed = std::filesystem::last_write_time(file, code);
  if (code) return std::nullopt;
  return std::max(0.0, std::chrono::duration<double>(now - changed).count());
}

}  // namespace lts
