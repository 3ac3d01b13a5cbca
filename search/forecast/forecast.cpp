#include "search/forecast/forecast.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "core/system_files.h"
#include "core/temporary_folder.h"
#include "core/text.h"
#include "search/bounds.h"
#include "search/forecast/rehearsal.h"
#include "search/report/report.h"
#include "search/run/run_folder.h"
#include "search/run/saved_run.h"
#include "space/family.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;
using predictor::HardwareConfig;

constexpr std::size_t kMostPlayed = 20'000;
/// What a record takes in memory over its text in the journal, found with measured records.
constexpr double kMemoryOverText = 3;

/// One candidate on every hardware, at most; several devices of a kind share the candidates out.
double candidate_s(std::span<const HardwareConfig> hardware) {
  double seconds = 0;
  for (const HardwareConfig& one : hardware) {
    const double rest_s = one.remote ? one.remote->rest_s : 0;
    const std::size_t devices = one.remote ? one.remote->connection.targets.size() : 1;
    seconds +=
        (one.stop.max_seconds + rest_s) / static_cast<double>(std::max<std::size_t>(devices, 1));
  }
  return seconds;
}

double resident_bytes() {
  const std::string text = SystemFiles().value("proc/self/status", "VmRSS");  // "1234 kB"
  std::int64_t kib = 0;
  return parse_int(text.substr(0, text.find(' ')), kib) ? static_cast<double>(kib) * 1024 : 0;
}

/// Of a candidate while it is measured in this process.
double run_bytes(const space::Architecture& architecture, const HardwareConfig& hardware) {
  if (hardware.remote || hardware.device != "cpu") return 0;
  const auto memory =
      architecture.family().run_memory(architecture, {.batch_size = hardware.batch_size,
                                                      .sequence_length = hardware.sequence_length,
                                                      .past_length = hardware.past_length,
                                                      .new_tokens = hardware.new_tokens,
                                                      .threads = hardware.threads});
  if (memory) return static_cast<double>(memory->peak_bytes());
  return static_cast<double>(architecture.family().counts(architecture).weight_bytes());
}

double largest_run_bytes(const Archive& archive, std::span<const HardwareConfig> hardware) {
  double most = 0;
  for (const HardwareConfig& one : hardware) {
    for (const Evaluation& evaluation : archive.evaluations()) {
      most = std::max(most, run_bytes(evaluation.candidate.architecture, one));
    }
  }
  return most;
}

double size_of(const fs::path& folder) {
  double bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

/// All that a run writes but the journal: written, weighed and gone again.
double written_bytes(const SearchConfig& config, const Rehearsal& play) {
  const TemporaryFolder folder("dry-run");
  write_run_start(folder.path(), config.resolved, nullptr);
  write_run_files(folder.path(), config, play.archive, play.iteration_elapsed_s);
  const SavedRun run{.folder = folder.path(),
                     .config = config,
                     .archive = play.archive,
                     .bounds = fix_bounds(config),
                     .iteration_elapsed_s = play.iteration_elapsed_s,
                     .elapsed_s = play.wall_s,
                     .end_reason = play.end_reason};
  write_report(folder.path(), std::span(&run, 1));
  return size_of(folder.path());
}

/// Bounds that are measured before the first evaluation: at two members.
double bounds_s(const SearchConfig& config, double one_s) {
  const bool given = std::ranges::all_of(config.objectives, [&](const auto& objective) {
    return objective.free() || config.hypervolume_bounds.contains(objective.name);
  });
  return given ? 0 : 2 * one_s;
}

/// Draws out a play that was cut: how many evaluations, and what ends them.
void draw_out(const SearchConfig& config, const Rehearsal& play, Forecast& out) {
  double evaluations = static_cast<double>(play.archive.evaluations().size()) / play.share;
  const auto& most = config.budget.max_evaluations;
  if (most && static_cast<double>(*most) <= evaluations) {
    evaluations = static_cast<double>(*most);
    out.end_reason = "max_evaluations";
  }
  if (config.ids == Ids::kCanonical && out.members.members < evaluations) {
    evaluations = out.members.members;
    out.end_reason = "exhausted";
  }
  out.evaluations = static_cast<std::size_t>(std::llround(evaluations));
}

}  // namespace

Forecast forecast(const SearchConfig& config, std::span<const HardwareConfig> hardware) {
  const double one_s = candidate_s(hardware);
  Forecast out{.members = count_members(config)};
  const Rehearsal play = rehearse(config, one_s, kMostPlayed);
  const std::size_t played = play.archive.evaluations().size();
  const bool cut = play.share < 1;
  out.evaluations = played;
  out.end_reason = play.end_reason;
  if (cut) draw_out(config, play, out);
  const bool all_free =
      std::ranges::all_of(config.objectives, [](const auto& o) { return o.free(); });
  out.evaluations_exact = all_free && !cut && !config.budget.max_seconds;
  const double times =
      played > 0 ? static_cast<double>(out.evaluations) / static_cast<double>(played) : 1;
  out.time_at_most = !hardware.empty();
  out.time_s =
      play.wall_s * times + static_cast<double>(out.evaluations) * one_s + bounds_s(config, one_s);
  if (const auto& most_s = config.budget.max_seconds) {
    out.time_s = std::min(out.time_s, *most_s + one_s);  // the last candidate is finished
  }
  out.memory_bytes = resident_bytes() + kMemoryOverText * play.journal_bytes * times +
                     largest_run_bytes(play.archive, hardware);
  out.disk_bytes = (play.journal_bytes + written_bytes(config, play)) * times;
  return out;
}

}  // namespace lts::search
