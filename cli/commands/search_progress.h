#pragma once

#include <string>

#include "search/run/run.h"

namespace lts::cli {

/// The live display of a search on standard error: one line redrawn on a terminal, else a line per
/// iteration and every 30 s.
class SearchProgress {
 public:
  SearchProgress();
  /// Ends a line that is still open, so that a message after it has its own.
  ~SearchProgress();
  SearchProgress(const SearchProgress&) = delete;
  SearchProgress& operator=(const SearchProgress&) = delete;

  void show(const search::Progress& progress);

 private:
  bool terminal_, line_is_open_ = false;
  double shown_s_ = -1e9;
};

}  // namespace lts::cli
