#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.h"

namespace lts::search {

/// The records of a journal file, and how many of its bytes are whole records.
struct JournalContent {
  std::vector<nlohmann::ordered_json> records;
  std::uint64_t whole_bytes = 0;
  bool torn = false;  ///< a last record was cut off by a crash and is not among `records`
};

/// Reads `journal.jsonl`, a core/record_line.h a record. A last line that is not whole is dropped;
/// a damaged line before it is refused. \throws Error kUser when the file is missing or no journal
/// at all, kRuntime with the byte offset of damage.
JournalContent read_journal(const std::filesystem::path& path);

/// The append-only journal of a run. A record is on disk when append() returns.
class Journal {
 public:
  /// Goes on after `keep_bytes` of the file (0: a new journal).
  Journal(const std::filesystem::path& path, std::uint64_t keep_bytes) : file_(path, keep_bytes) {}

  /// Appends all records with one fsync.
  void append(const std::vector<nlohmann::ordered_json>& records);

 private:
  AppendFile file_;
};

}  // namespace lts::search
