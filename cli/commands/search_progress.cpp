#include "cli/commands/search_progress.h"

#include <unistd.h>

#include <iostream>

#include "core/text.h"

namespace lts::cli {
namespace {

constexpr double kLiveInterval_s = 0.2;
constexpr double kPlainInterval_s = 30;

std::string line_of(const search::Progress& p) {
  return "iteration " + std::to_string(p.iteration) + "/" + std::to_string(p.iterations) +
         "  candidate " + std::to_string(p.done) + "/" + std::to_string(p.population) +
         "  evaluated " + std::to_string(p.evaluated) + "  front " + std::to_string(p.front_size) +
         "  hypervolume " + short_number(p.hypervolume) + "  " + human_duration(p.elapsed_s) +
         ", about " + human_duration(p.time_left_s) + " left";
}

}  // namespace

SearchProgress::SearchProgress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

SearchProgress::~SearchProgress() {
  if (line_is_open_) std::cerr << std::endl;
}

void SearchProgress::show(const search::Progress& progress) {
  if (progress.elapsed_s < shown_s_)
    shown_s_ = progress.elapsed_s - kPlainInterval_s;  // another run
  const bool iteration_ends = progress.done == progress.population;
  const double interval_s = terminal_ ? kLiveInterval_s : kPlainInterval_s;
  if (!iteration_ends && progress.elapsed_s - shown_s_ < interval_s) return;
  shown_s_ = progress.elapsed_s;
  line_is_open_ = terminal_ && !iteration_ends;
  std::cerr << (terminal_ ? "\r\033[K" : "") << line_of(progress) << (line_is_open_ ? "" : "\n")
            << std::flush;
}

}  // namespace lts::cli
