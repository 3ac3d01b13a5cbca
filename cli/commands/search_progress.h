#pragma once

#include <string>

#include "search/run.h"

namespace lts::cli {

/// The live display of a search on standard error: one line redrawn on a terminal, else a line per
/// iteration and every 30 s.
class SearchProgress {
 public:
  SearchProgress();
  void show(const search::Progress& progress);

 private:
  bool terminal_;
  double shown_s_ = -1e9;
};

}  // namespace lts::cli
