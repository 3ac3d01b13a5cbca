#include "search/run/search_status.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "core/or_null.h"
#include "search/run/run_folder.h"

namespace lts::search {
namespace {

using Json = nlohmann::ordered_json;

/// What a journal tells when it is read to its end.
struct Story {
  std::optional<std::int64_t> iterations{}, max_evaluations{};  ///< of the budget
  std::optional<double> max_seconds{};
  std::int64_t done = 0;  ///< whole iterations
  std::int64_t evaluated = 0, failed = 0;
  std::optional<std::int64_t> front{};  ///< after the last whole iteration
  std::optional<double> hypervolume{};  ///< likewise
  double elapsed_s = 0;
  std::string end_reason{};
};

template <typename T>
std::optional<T> optional_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return std::nullopt;
  return found->get<T>();
}

void add_record(Story& story, const Json& record) {
  const auto type = record.at("type").get<std::string>();
  if (type == "start") {
    const Json& search = record.at("config").at("search");
    story.iterations = optional_at<std::int64_t>(search, "iterations");
    story.max_evaluations = optional_at<std::int64_t>(search, "max_evaluations");
    story.max_seconds = optional_at<double>(search, "max_seconds");
  } else if (type == "evaluation") {
    ++story.evaluated;
    if (record.at("status") == "failed") ++story.failed;
  } else if (type == "iteration") {
    ++story.done;
    story.front = optional_at<std::int64_t>(record, "front");
    story.hypervolume = optional_at<double>(record, "hypervolume");
  } else if (type == "end") {
    story.end_reason = record.at("reason").get<std::string>();
  }
  story.elapsed_s = record.value("elapsed_s", story.elapsed_s);
}

/// An estimate: the iterations to come take as long as those before, within the budget.
std::optional<double> time_left_s(const Story& story) {
  if (!story.end_reason.empty()) return 0;
  std::optional<double> left;
  const auto at_most = [&](double seconds) {
    left = std::max(0.0, std::min(left.value_or(seconds), seconds));
  };
  if (story.iterations && story.done > 0)
    at_most(static_cast<double>(*story.iterations - story.done) * story.elapsed_s /
            static_cast<double>(story.done));
  if (story.max_evaluations && story.evaluated > 0)
    at_most(static_cast<double>(*story.max_evaluations - story.evaluated) * story.elapsed_s /
            static_cast<double>(story.evaluated));
  if (story.max_seconds) at_most(*story.max_seconds - story.elapsed_s);
  return left;
}

void add_story(RunStatus& status, const Story& story) {
  if (!story.end_reason.empty()) status.state = RunState::kFinished;
  status.step = story.done;
  status.steps = story.iterations;
  if (story.elapsed_s > 0) status.rate = static_cast<double>(story.evaluated) / story.elapsed_s;
  status.elapsed_s = story.elapsed_s;
  status.time_left_s = time_left_s(story);
  status.more = {{"evaluated", story.evaluated},
                 {"failed", story.failed},
                 {"front", or_null(story.front)},
                 {"hypervolume", or_null(story.hypervolume)},
                 {"end_reason", or_null(story.end_reason)}};
}

}  // namespace

RunStatus search_status(const std::filesystem::path& folder, std::filesystem::file_time_type now) {
  RunStatus status{.folder = folder, .kind = "search", .rate_unit = "evaluations/s"};
  const auto journal = folder / kJournalFile;
  try {
    if (FileLock::is_held(folder / kLockFile)) status.state = RunState::kRunning;
    Story story;
    visit_records(journal, [&](const Json& record) { add_record(story, record); });
    add_story(status, story);
    status.checkpoint = journal;  // each record is one
    status.checkpoint_age_s = status.silent_s = file_age_s(journal, now);
  } catch (const Error& error) {
    status.state = RunState::kDamaged;
    status.flaw = error.what();
  }
  return status;
}

}  // namespace lts::search
