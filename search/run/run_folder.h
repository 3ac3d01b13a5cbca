#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "search/archive.h"
#include "search/exact/certificate.h"
#include "search/run/journal.h"
#include "search/run/run.h"
#include "search/search_config.h"

namespace lts::search {

inline constexpr const char* kJournalFile = "journal.jsonl";
inline constexpr const char* kCertificateFile = "certificate.json";
inline constexpr const char* kLockFile = ".lock";
inline constexpr int kJournalFormat = 1;  ///< of its first record

/// Whether the folder holds the journal of a run.
bool holds_run(const std::filesystem::path& folder);
/// Its journal. \throws Error kUser for a folder without one.
std::filesystem::path journal_of(const std::filesystem::path& folder);

/// Hands each whole record of a run's journal to `visit`, `start` first; none where the journal has
/// only been opened. What `visit` finds missing in a record (a JSON exception) is damage. \throws
/// Error kUser unless the first record is the start of a run in kJournalFormat; as read_journal.
void visit_records(const std::filesystem::path& journal,
                   const std::function<void(const nlohmann::ordered_json&)>& visit);

/// Makes the folder of a new run, or checks that a run may go on in it. Changes nothing else.
/// \throws Error kUser when it holds another run (without resume: any run), with the first key of
/// the configuration that differs; when it is a folder of something else.
void prepare_run_folder(const SearchConfig& config, const RunOptions& options);

/// What an earlier process left of the journal, and how many bytes to keep.
struct OpenedJournal {
  JournalContent content;
  std::uint64_t keep_bytes = 0;
};
OpenedJournal open_journal(const RunOptions& options);

/// Removes what a killed process left half written beside the run's files. The lock must be held.
void remove_leftovers(const std::filesystem::path& folder);

/// Writes config.yaml and environment.json.
void write_run_start(const std::filesystem::path& folder, const nlohmann::ordered_json& config,
                     const nlohmann::ordered_json& environment);

/// Writes search_state.csv, evaluations.csv, front.csv and failures.csv. `iteration_elapsed_s`:
/// seconds at each iteration's end.
void write_tables(const std::filesystem::path& folder, const Archive& archive,
                  const std::vector<double>& iteration_elapsed_s);

/// Writes certificate.json and certificate.csv.
void write_certificate(const std::filesystem::path& folder, const CertifiedFront& certified);

/// Writes the tables and winners/.
void write_run_files(const std::filesystem::path& folder, const SearchConfig& config,
                     const Archive& archive, const std::vector<double>& iteration_elapsed_s);

}  // namespace lts::search
