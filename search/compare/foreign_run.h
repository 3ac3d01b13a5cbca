#pragma once

#include <filesystem>

#include "search/compare/recorded_run.h"

namespace lts::search {

/// Whether the folder holds a run without a journal, as another program may leave it: `config.yaml`
/// and `evaluations.csv`.
bool holds_foreign_run(const std::filesystem::path& folder);

/// Reads such a run. config.yaml says what was searched, in the form of a run's (the `search:` part
/// may hold anything); evaluations.csv has a row per evaluation, in order, a column per objective
/// (empty: failed) and `elapsed_s`; `archid`, `iteration_num` and `status` may be there. It has no
/// bounds of its own. \throws Error kUser with file and line.
RecordedRun read_foreign_run(const std::filesystem::path& folder);

}  // namespace lts::search
