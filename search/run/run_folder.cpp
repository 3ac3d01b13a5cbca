#include "search/run/run_folder.h"

#include <array>
#include <set>

#include "core/error.h"
#include "core/json_difference.h"
#include "core/log.h"
#include "search/run/run_tables.h"
#include "search/run/winners.h"

namespace lts::search {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What write_file_atomic had not renamed yet.
bool is_leftover(const fs::path& file) {
  return file.filename().string().find(".tmp-") != std::string::npos;
}

/// Whether the folder holds nothing but what a run writes before its journal's first record.
bool nothing_usable(const fs::path& folder) {
  static const std::set<std::string> kOurs = {kLockFile, "config.yaml", "environment.json",
                                              kJournalFile};
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!is_leftover(entry.path()) && !kOurs.contains(name)) return false;
  }
  return true;
}

/// Whether the folder holds nothing but, maybe, the lock that this process has taken.
bool is_unused(const fs::path& folder) {
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename() != kLockFile) return false;
  return true;
}

void check_same_config(const fs::path& folder, const Json& run, const Json& now) {
  const auto differs = json_difference(run, now);
  if (!differs) return;
  const std::string had = differs->before.is_null() ? "none" : differs->before.dump();
  throw user_error({folder.string()}, "holds a run of another configuration; it differs in " +
                                          differs->path + " (the run has " + had + ", now " +
                                          differs->now.dump() + ")");
}

/// A journal that ends before the first evaluation and its bounds: such a run begins anew, with
/// another configuration where the first one was at fault.
bool only_begun(const JournalContent& content) { return content.records.size() <= 1; }

void refuse_other_format(const Json& start, const fs::path& journal) {
  const int format = start.value("format", 0);
  if (format == kJournalFormat) return;
  throw user_error({journal.string()}, "is of format " + std::to_string(format) +
                                           "; this program reads format " +
                                           std::to_string(kJournalFormat));
}

}  // namespace

bool holds_run(const fs::path& folder) { return fs::exists(folder / kJournalFile); }

fs::path journal_of(const fs::path& folder) {
  if (holds_run(folder)) return folder / kJournalFile;
  throw user_error({folder.string()},
                   "is no folder of a search run: it has no " + std::string(kJournalFile));
}

void visit_records(const fs::path& journal, const std::function<void(const Json&)>& visit) {
  const JournalContent content = read_journal(journal);
  if (content.records.empty()) return;
  if (content.records.front().value("type", "") != "start") {
    throw user_error({journal.string()}, "does not begin with a run's start");
  }
  refuse_other_format(content.records.front(), journal);
  try {
    for (const Json& record : content.records) visit(record);
  } catch (const Json::exception& error) {
    throw runtime_error(
        journal.string(),
        std::string("holds a record of another version of the search (") + error.what() + ")");
  }
}

void prepare_run_folder(const SearchConfig& config, const RunOptions& options) {
  const fs::path& folder = options.folder;
  const fs::path journal = folder / kJournalFile;
  if (!fs::exists(folder)) {
    make_folder(folder);
    return;
  }
  if (!fs::is_directory(folder)) throw user_error({folder.string()}, "exists and is not a folder");
  if (!fs::exists(journal)) {
    if (is_unused(folder) || (options.resume && nothing_usable(folder))) return;
    throw user_error({folder.string()},
                     "is not empty and holds no search run; name another folder");
  }
  if (!options.resume) {
    throw user_error({folder.string()},
                     "holds a run; --resume goes on with it, -o names another folder");
  }
  const JournalContent content = read_journal(journal);
  if (content.records.empty()) {
    if (nothing_usable(folder)) return;
    throw runtime_error(journal.string(), "has no whole record, but the folder holds results");
  }
  refuse_other_format(content.records.front(), journal);
  if (only_begun(content)) return;
  check_same_config(folder, content.records.front().value("config", Json()), config.resolved);
}

OpenedJournal open_journal(const RunOptions& options) {
  const fs::path path = options.folder / kJournalFile;
  if (!fs::exists(path)) return {};
  OpenedJournal opened{.content = read_journal(path)};
  if (only_begun(opened.content)) return {};
  opened.keep_bytes = opened.content.whole_bytes;
  if (opened.content.torn) {
    log::warning(path.string() + ": the last record was cut off; it is dropped and made again");
  }
  return opened;
}

void remove_leftovers(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && is_leftover(entry.path())) files.push_back(entry.path());
  }
  std::error_code ignored;  // they are in nobody's way
  for (const fs::path& file : files) fs::remove(file, ignored);
}

void write_run_start(const fs::path& folder, const Json& config, const Json& environment) {
  write_file_atomic(folder / "config.yaml", to_yaml(config));
  write_file_atomic(folder / "environment.json",
                    environment.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void write_tables(const fs::path& folder, const Archive& archive,
                  const std::vector<double>& iteration_elapsed_s) {
  write_file_atomic(folder / "search_state.csv", search_state_csv(archive, iteration_elapsed_s));
  write_file_atomic(folder / "evaluations.csv", evaluations_csv(archive));
  write_file_atomic(folder / "front.csv", front_csv(archive));
  write_file_atomic(folder / "failures.csv", failures_csv(archive));
}

void write_certificate(const fs::path& folder, const CertifiedFront& certified) {
  write_file_atomic(folder / kCertificateFile,
                    certificate_json(certified.certificate).dump(2) + "\n");
  write_file_atomic(folder / "certificate.csv", certified.csv);
}

void write_run_files(const fs::path& folder, const SearchConfig& config, const Archive& archive,
                     const std::vector<double>& iteration_elapsed_s) {
  write_tables(folder, archive, iteration_elapsed_s);
  write_winners(folder / "winners", choose_winners(archive, config.winners), archive);
}

}  // namespace lts::search
