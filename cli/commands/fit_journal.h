#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "core/file.h"
#include "search/run/journal.h"

namespace lts::cli {

/// What `lts fit` has measured so far, beside the model that it will write: MODEL.rows.jsonl.
class FitJournal {
 public:
  /// Begins a journal, or goes on with one. \throws Error kUser when one is there and `resume` is
  /// not asked for, when another process holds it, or when it is of a fit of another `description`:
  /// the message has the first key that differs.
  FitJournal(const std::filesystem::path& model, const nlohmann::ordered_json& description,
             bool resume);

  static std::filesystem::path path_of(const std::filesystem::path& model);

  const std::vector<nlohmann::ordered_json>& saved() const { return saved_; }
  void append(const nlohmann::ordered_json& record) { journal_->append({record}); }
  /// The model is written: the journal has done its work.
  void remove();

 private:
  /// Fills saved_; the bytes of the file that are whole.
  std::uint64_t read(const nlohmann::ordered_json& description);

  std::filesystem::path path_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<search::Journal> journal_;
  std::vector<nlohmann::ordered_json> saved_;
};

/// Refuses to go on with a fit of another description. `subject` is the file it was found in.
void require_same_fit(const std::filesystem::path& subject, const nlohmann::ordered_json& theirs,
                      const nlohmann::ordered_json& ours);

}  // namespace lts::cli
