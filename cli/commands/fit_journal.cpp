#include "cli/commands/fit_journal.h"

#include "core/error.h"
#include "core/json_difference.h"
#include "predictor/latency_model/campaign_records.h"

namespace lts::cli {
namespace fs = std::filesystem;
using nlohmann::ordered_json;

fs::path FitJournal::path_of(const fs::path& model) {
  fs::path path = model;
  path += ".rows.jsonl";
  return path;
}

FitJournal::FitJournal(const fs::path& model, const ordered_json& description, bool resume)
    : path_(path_of(model)) {
  const bool found = fs::exists(path_) && fs::file_size(path_) > 0;
  if (found && !resume) {
    throw user_error({path_.string()},
                     "holds the measurements of a fit that was interrupted; add --resume to go on "
                     "with it, or remove it");
  }
  if (!model.parent_path().empty()) make_folder(model.parent_path());
  lock_ = std::make_unique<FileLock>(path_, "this fit");
  const std::uint64_t keep_bytes = found ? read(description) : 0;
  journal_ = std::make_unique<search::Journal>(path_, keep_bytes);
  if (keep_bytes == 0) {
    append({{"fit", description}});
  } else {
    append(predictor::resumed_record());
  }
}

std::uint64_t FitJournal::read(const ordered_json& description) {
  search::JournalContent content = search::read_journal(path_);
  if (content.records.empty()) return 0;  // torn in its first record
  require_same_fit(path_, content.records.front().value("fit", ordered_json()), description);
  content.records.erase(content.records.begin());
  saved_ = predictor::worth_keeping(content.records);
  return content.whole_bytes;
}

void FitJournal::remove() {
  journal_.reset();
  fs::remove(path_);
}

void require_same_fit(const fs::path& subject, const ordered_json& theirs,
                      const ordered_json& ours) {
  const ordered_json before = theirs.is_object() ? theirs : ordered_json::object();
  const auto differs = json_difference(before, ours);
  if (!differs) return;
  throw user_error({subject.string()}, "is of another fit: its " + differs->path + " is " +
                                           differs->before.dump() + ", this one's " +
                                           differs->now.dump());
}

}  // namespace lts::cli
