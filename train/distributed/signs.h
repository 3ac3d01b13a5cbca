#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lts::train {

/// What a rank is at.
enum class Phase { kStarting, kTurn, kStep, kValidating, kSaving, kEnding };

/// What a rank tells the others of itself every moment.
struct Sign {
  std::int64_t beat = 0;      ///< grows as long as the process runs
  std::int64_t meetings = 0;  ///< collective operations it has come to
  bool waits = false;         ///< in one of them, for the others
  Phase phase = Phase::kStarting;
  std::int64_t step = 0;  ///< counted from 1

  std::string text() const;
  static std::optional<Sign> parse(std::string_view text);
  /// "in step 17", "saving after step 20".
  std::string doing() const;
};

/// What one rank has seen of all, and whom it holds up when they do not come. Times are seconds of
/// its own clock: those of two machines need not agree.
class RankSigns {
 public:
  /// `silence_s`: a rank whose beat stands still for longer does not run.
  RankSigns(int rank, std::vector<std::string> hosts, double silence_s, double now_s);

  void saw(int rank, const Sign& sign, double now_s);
  /// This process did not run for `gap_s`: what it did not see then proves nothing.
  void shift(double gap_s);

  /// The other ranks that do not run any more, each with host and what it was at; empty: all do.
  std::string silent(double now_s) const;
  /// As silent(), or those that run and yet have not come where this rank, whose sign is `mine`,
  /// waits since `waited_s`. Empty: somebody lets a measurement pass, and is to be waited for.
  std::string late(const Sign& mine, double waited_s, double now_s) const;

  /// "rank 2 on node07".
  std::string name(int rank) const;

 private:
  struct Seen {
    Sign sign = {};
    double changed_s = 0;
  };
  bool is_silent(int rank, double now_s) const;
  std::string last_seen(int rank) const;

  int rank_;
  std::vector<std::string> hosts_;
  double silence_s_;
  std::vector<Seen> seen_;
};

}  // namespace lts::train
