#include "train/distributed/signs.h"

#include <cmath>

#include "core/text.h"

namespace lts::train {

namespace {

constexpr std::int64_t kLastPhase = static_cast<std::int64_t>(Phase::kEnding);

std::string seconds(double value) { return std::to_string(std::llround(value)) + " s"; }

}  // namespace

std::string Sign::text() const {
  return std::to_string(beat) + " " + std::to_string(meetings) + " " + (waits ? "1" : "0") + " " +
         std::to_string(static_cast<int>(phase)) + " " + std::to_string(step);
}

std::optional<Sign> Sign::parse(std::string_view text) {
  const auto words = split(text, ' ');
  std::vector<std::int64_t> numbers(words.size());
  for (std::size_t i = 0; i < words.size(); ++i)
    if (!parse_int(words[i], numbers[i])) return std::nullopt;
  if (numbers.size() != 5 || numbers[3] < 0 || numbers[3] > kLastPhase) return std::nullopt;
  return Sign{.beat = numbers[0],
              .meetings = numbers[1],
              .waits = numbers[2] != 0,
              .phase = static_cast<Phase>(numbers[3]),
              .step = numbers[4]};
}

std::string Sign::doing() const {
  const std::string after = " after step " + std::to_string(step);
  switch (phase) {
    case Phase::kStarting:
      return "starting";
    case Phase::kTurn:
      return "letting a measurement pass before step " + std::to_string(step);
    case Phase::kStep:
      return "in step " + std::to_string(step);
    case Phase::kValidating:
      return "validating" + after;
    case Phase::kSaving:
      return "saving" + after;
    case Phase::kEnding:
      break;
  }
  return "ending";
}

RankSigns::RankSigns(int rank, std::vector<std::string> hosts, double silence_s, double now_s)
    : rank_(rank),
      hosts_(std::move(hosts)),
      silence_s_(silence_s),
      seen_(hosts_.size(), Seen{.changed_s = now_s}) {}

void RankSigns::saw(int rank, const Sign& sign, double now_s) {
  auto& seen = seen_[static_cast<std::size_t>(rank)];
  if (sign.beat != seen.sign.beat) seen.changed_s = now_s;
  seen.sign = sign;
}

void RankSigns::shift(double gap_s) {
  for (auto& seen : seen_) seen.changed_s += gap_s;
}

bool RankSigns::is_silent(int rank, double now_s) const {
  return now_s - seen_[static_cast<std::size_t>(rank)].changed_s > silence_s_;
}

std::string RankSigns::name(int rank) const {
  return "rank " + std::to_string(rank) + " on " + hosts_[static_cast<std::size_t>(rank)];
}

std::string RankSigns::last_seen(int rank) const {
  return "last seen " + seen_[static_cast<std::size_t>(rank)].sign.doing();
}

std::string RankSigns::silent(double now_s) const {
  std::vector<std::string> found;
  for (int rank = 0; rank < static_cast<int>(seen_.size()); ++rank) {
    if (rank == rank_ || !is_silent(rank, now_s)) continue;
    const double since_s = now_s - seen_[static_cast<std::size_t>(rank)].changed_s;
    found.push_back(name(rank) + " has died, hangs or cannot be reached: no sign of life for " +
                    seconds(since_s) + ", " + last_seen(rank));
  }
  return join(found, "; ");
}

std::string RankSigns::late(const Sign& mine, double waited_s, double now_s) const {
  if (auto found = silent(now_s); !found.empty()) return found;
  std::vector<std::string> found;
  for (int rank = 0; rank < static_cast<int>(seen_.size()); ++rank) {
    const Sign& sign = seen_[static_cast<std::size_t>(rank)].sign;
    const bool behind = sign.meetings < mine.meetings;
    if (rank == rank_ || !behind) continue;
    if (sign.phase == Phase::kTurn) return "";
    found.push_back(name(rank) + " has not come to where the others wait for " + seconds(waited_s) +
                    ", " + last_seen(rank));
  }
  if (!found.empty()) return join(found, "; ");
  if (!mine.waits)
    return name(rank_) + " is not done after " + seconds(waited_s) + " " + mine.doing();
  return "all ranks wait for each other for " + seconds(waited_s) + " " + mine.doing() +
         ": the network between them may be broken";
}

}  // namespace lts::train
