#include "train/distributed/watch.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "core/text.h"

namespace lts::train {

namespace {

using Clock = std::chrono::steady_clock;

constexpr double kSilentBeats = 4;    // a rank that missed so many does not run
constexpr double kGraceBeats = 12;    // a broken connection is explained by then
constexpr double kPostingBeats = 3;   // a note is on the board, and read by the others
constexpr double kStoppedBeats = 8;   // this process itself did not run (SIGSTOP, a suspended job)
constexpr double kLongestSteps = 3;   // a step may take so many times the longest one before
constexpr double kLongestWait_s = 3;  // at the end, for a board that does not answer

double now_s() { return std::chrono::duration<double>(Clock::now().time_since_epoch()).count(); }

std::chrono::duration<double> seconds(double value) { return std::chrono::duration<double>(value); }

std::string note_of(const Loss& loss) { return std::to_string(loss.status) + " " + loss.reason; }

Loss loss_of(const std::string& note) {
  const auto space = note.find(' ');
  std::int64_t status = 1;
  parse_int(std::string_view(note).substr(0, space), status);
  return {space == std::string::npos ? note : note.substr(space + 1), static_cast<int>(status)};
}

}  // namespace

/// What the two threads and the main one share. One thread talks to the board, which may block for
/// ever; the other one judges by what that one has seen, and never blocks.
struct Watch::Shared {
  Shared(Crew crew_, std::unique_ptr<Board> board_, Limits limits_, Lost lost_)
      : crew(std::move(crew_)),
        board(std::move(board_)),
        limits(limits_),
        lost(std::move(lost_)),
        signs(crew.rank, crew.hosts, kSilentBeats * limits.beat_s, now_s()),
        began_s(now_s()) {}

  void talk();
  void judge();
  std::optional<Loss> verdict(double now);
  std::optional<Loss> broken_connection(double now);
  std::optional<Loss> overdue(double now);
  /// Until when this rank may be at what it is at, and which setting says so.
  struct Term {
    double since_s, until_s;
    std::string setting;
  };
  Term term() const;
  bool board_is_silent(double now) const;
  std::string keeper() const;
  Loss posted(std::unique_lock<std::mutex>& lock, const Loss& loss);

  const Crew crew;
  const std::unique_ptr<Board> board;
  const Limits limits;
  const Lost lost;

  std::mutex mutex;
  std::condition_variable changed;
  Sign mine;
  RankSigns signs;
  double began_s;                     // of the phase
  double longest_step_s = 0;          // of this process
  std::int64_t first_step = -1;       // likewise, which warms up; -1: not begun
  std::optional<double> asked_s{};    // since when this rank is asked to stop
  std::optional<double> talking_s{};  // since when the board was asked and has not answered
  std::string board_error{};          // why it is not asked any more
  std::string to_post{}, loss_note{};
  std::string error{};  // of a collective operation of the main thread
  double error_s = 0;
  std::optional<Loss> answer{};  // to the main thread
  bool parted = false, gave_up = false, stopping = false, talker_ended = false;
  std::thread talker, judging;
};

// One exchange with the board a beat, at once where there is something to post.
void Watch::Shared::talk() {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < crew.hosts.size(); ++i) keys.push_back(sign_key(static_cast<int>(i)));
  keys.emplace_back(kLossKey);
  std::unique_lock lock(mutex);
  while (!stopping && board_error.empty()) {
    ++mine.beat;
    const std::string sign = mine.text(), post = to_post;
    talking_s = now_s();
    lock.unlock();
    std::vector<std::string> notes;
    std::string failure;
    try {
      if (!post.empty()) board->put_first(kLossKey, post);
      board->put(sign_key(crew.rank), sign);
      notes = board->read(keys);
    } catch (const std::exception& thrown) {
      failure = first_line(thrown.what());
      if (failure.empty()) failure = "unknown error";
    }
    lock.lock();
    talking_s.reset();
    board_error = failure;
    for (std::size_t i = 0; i < crew.hosts.size() && i < notes.size(); ++i)
      if (const auto other = Sign::parse(notes[i])) signs.saw(static_cast<int>(i), *other, now_s());
    if (!notes.empty()) loss_note = notes.back();
    changed.notify_all();
    changed.wait_for(lock, seconds(limits.beat_s),
                     [&] { return stopping || (!to_post.empty() && loss_note.empty()); });
  }
  talker_ended = true;
  changed.notify_all();
}

void Watch::Shared::judge() {
  std::unique_lock lock(mutex);
  for (double last = now_s(); !stopping;) {
    changed.wait_for(lock, seconds(limits.beat_s / 2));
    const double now = now_s(), gap = now - last - limits.beat_s / 2;
    last = now;
    if (gap > kStoppedBeats * limits.beat_s) {
      began_s += gap;
      error_s += gap;
      if (asked_s) *asked_s += gap;
      if (talking_s) *talking_s += gap;
      signs.shift(gap);
      continue;
    }
    if (!asked_s && crew.asked_to_stop && crew.asked_to_stop()) asked_s = now;
    const auto found = stopping ? std::nullopt : verdict(now);
    if (!found) continue;
    const Loss loss = posted(lock, *found);
    if (!error.empty()) {
      answer = loss;
      changed.notify_all();
      return;
    }
    lock.unlock();
    lost(loss);
    return;
  }
}

std::optional<Loss> Watch::Shared::verdict(double now) {
  if (gave_up) return std::nullopt;
  if (parted) return overdue(now);
  if (!loss_note.empty()) return loss_of(loss_note);
  if (!board_error.empty())
    return Loss{keeper() + " has died or cannot be reached any more (" + board_error + ")"};
  if (!error.empty()) return broken_connection(now);
  return overdue(now);
}

// The one whose connection broke is the one that gives no sign of life soon after; where it ended
// by an error of its own, its reason is on the board.
std::optional<Loss> Watch::Shared::broken_connection(double now) {
  if (board_is_silent(now)) return Loss{keeper() + " has died or hangs"};
  if (const auto silent = signs.silent(now); !silent.empty()) return Loss{silent};
  if (now - error_s < kGraceBeats * limits.beat_s) return std::nullopt;
  return Loss{"the connection between ranks broke " + mine.doing() + ": " + error};
}

std::optional<Loss> Watch::Shared::overdue(double now) {
  if (mine.phase == Phase::kTurn) return std::nullopt;
  const Term allowed = term();
  // Early enough that the reason is told and the process over when the time is.
  if (now < allowed.until_s - kPostingBeats * limits.beat_s) return std::nullopt;
  std::string reason;
  if (board_is_silent(now))
    reason = keeper() + " has died, hangs or cannot be reached: no answer for " +
             std::to_string(static_cast<std::int64_t>(now - *talking_s)) + " s, while " +
             signs.name(crew.rank) + " was " + mine.doing();
  else
    reason = signs.late(mine, now - allowed.since_s, now);
  if (reason.empty()) return std::nullopt;
  return Loss{reason + allowed.setting};
}

Watch::Shared::Term Watch::Shared::term() const {
  const bool warm = mine.phase == Phase::kStep && mine.step != first_step;
  Term term = {began_s, began_s + limits.other_s, ""};
  if (warm)
    term = {began_s, began_s + std::max(limits.step_s, kLongestSteps * longest_step_s),
            " (distributed.timeout_s is " + short_number(limits.step_s) + ")"};
  const bool warms_up = mine.phase == Phase::kStep && !warm;
  if (!asked_s || mine.phase == Phase::kSaving || warms_up) return term;
  const double since_s = std::max(*asked_s, began_s);
  // A step in which all goes well ends before it is cut off.
  const double stop_s = std::max(limits.stop_s, warm ? kLongestSteps * longest_step_s : 0);
  if (since_s + stop_s < term.until_s)
    term = {since_s, since_s + stop_s,
            " (asked to stop; shutdown_timeout_s is " + short_number(limits.stop_s) + ")"};
  return term;
}

bool Watch::Shared::board_is_silent(double now) const {
  return talking_s && now - *talking_s > kSilentBeats * limits.beat_s;
}

std::string Watch::Shared::keeper() const {
  return crew.keeper >= 0 ? signs.name(crew.keeper) : "the store of the launcher";
}

// Puts the reason on the board, unless there is one, and says which is there. Who keeps the board
// stays until the others have read it.
Loss Watch::Shared::posted(std::unique_lock<std::mutex>& lock, const Loss& loss) {
  const double wait_s = std::min(kLongestWait_s, kPostingBeats * limits.beat_s);
  if (loss_note.empty() && board_error.empty()) {
    to_post = note_of(loss);
    changed.notify_all();
    changed.wait_for(lock, seconds(wait_s),
                     [&] { return !loss_note.empty() || !board_error.empty() || stopping; });
  }
  if (crew.keeper == crew.rank) changed.wait_for(lock, seconds(wait_s), [&] { return stopping; });
  return loss_note.empty() ? loss : loss_of(loss_note);
}

Watch::Watch(Crew crew, std::unique_ptr<Board> board, Limits limits, Lost lost)
    : shared_(
          std::make_shared<Shared>(std::move(crew), std::move(board), limits, std::move(lost))) {
  shared_->talker = std::thread([shared = shared_] { shared->talk(); });
  shared_->judging = std::thread([shared = shared_] { shared->judge(); });
}

Watch::~Watch() {
  std::unique_lock lock(shared_->mutex);
  shared_->stopping = true;
  shared_->changed.notify_all();
  shared_->changed.wait_for(lock, seconds(kLongestWait_s), [&] { return shared_->talker_ended; });
  const bool ended = shared_->talker_ended;
  lock.unlock();
  shared_->judging.join();
  // A board that does not answer keeps its thread; it owns what it uses and goes with the process.
  if (ended)
    shared_->talker.join();
  else
    shared_->talker.detach();
}

void Watch::enter(Phase phase, std::int64_t step) {
  const std::lock_guard lock(shared_->mutex);
  const double now = now_s();
  const bool same_step = phase == Phase::kStep && shared_->mine.step == step;
  if (shared_->mine.phase == Phase::kStep && !same_step)  // else it waited for the others to begin
    shared_->longest_step_s = std::max(shared_->longest_step_s, now - shared_->began_s);
  if (phase == Phase::kStep && shared_->first_step < 0) shared_->first_step = step;
  shared_->mine.phase = phase;
  shared_->mine.step = step;
  shared_->began_s = now;
  shared_->parted = false;
}

void Watch::meet() {
  const std::lock_guard lock(shared_->mutex);
  ++shared_->mine.meetings;
  shared_->mine.waits = true;
}

void Watch::met() {
  const std::lock_guard lock(shared_->mutex);
  shared_->mine.waits = false;
}

Loss Watch::reason_of(const std::string& error) {
  std::unique_lock lock(shared_->mutex);
  shared_->error = error.empty() ? "unknown error" : error;
  shared_->error_s = now_s();
  shared_->parted = false;
  shared_->changed.wait(lock, [&] { return shared_->answer.has_value(); });
  return *shared_->answer;
}

void Watch::give_up(const Loss& loss) {
  std::unique_lock lock(shared_->mutex);
  if (shared_->answer) return;  // the others know
  shared_->gave_up = true;      // the judge is not to answer
  shared_->posted(lock, loss);
}

void Watch::part() {
  const std::lock_guard lock(shared_->mutex);
  shared_->parted = true;
}

std::string Watch::sign_key(int rank) { return "sign/" + std::to_string(rank); }

}  // namespace lts::train
