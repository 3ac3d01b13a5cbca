#include "core/turn.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/advisory_lock.h"
#include "core/interrupt.h"
#include "core/lock_holders.h"
#include "core/log.h"
#include "core/machine_folder.h"

namespace lts {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using Mode = AdvisoryLock::Mode;

constexpr std::chrono::milliseconds kPoll(20);      // fifty glances a second disturb nobody
constexpr std::chrono::milliseconds kCourtesy(50);  // more than a poll: who waits gets in
constexpr std::chrono::seconds kPatience(1);        // before a line says what is waited for
constexpr std::chrono::minutes kBetweenLines(1);
constexpr const char* kMeasurement = "another lts measurement";

/// One lock file and who holds it.
struct Gate {
  fs::path path;
  AdvisoryLock lock;
};

std::optional<Gate> open_gate(const fs::path& path) {
  auto lock = AdvisoryLock::open(path);
  if (!lock) return std::nullopt;
  return Gate{path, *std::move(lock)};
}

std::string named(const std::vector<pid_t>& processes) {
  std::string out;
  for (const pid_t process : processes) {
    out += (out.empty() ? " (process " : ", ") + std::to_string(process);
  }
  return out.empty() ? out : out + ")";
}

/// This process's part in the turns.
class Turns {
 public:
  static Turns& mine() {
    static Turns turns;
    return turns;
  }

  void begin_measuring() {
    const std::lock_guard guard(mutex_);
    if (measuring_++ > 0 || !ready()) return;
    gates_->turn.lock.unlock();  // its own work does not keep it waiting
    let_others_go_first();
    if (wait(gates_->turnstile, Mode::kExclusive, kMeasurement) &&
        wait(gates_->turn, Mode::kExclusive, "other lts work to pause")) {
      gates_->turnstile.lock.unlock();
      return;
    }
    --measuring_;
    gates_->turnstile.lock.unlock();
    gates_->turn.lock.unlock();
    resume_work();
    throw_if_interrupted("nothing was measured");
  }

  void end_measuring() {
    const std::lock_guard guard(mutex_);
    if (--measuring_ > 0 || !ready()) return;
    gates_->turn.lock.unlock();
    has_measured_ = true;
    resume_work();
  }

  void begin_work() {
    const std::lock_guard guard(mutex_);
    if (working_++ == 0) resume_work();
  }

  void end_work() {
    const std::lock_guard guard(mutex_);
    if (--working_ == 0 && measuring_ == 0 && ready()) gates_->turn.lock.unlock();
  }

 private:
  struct Gates {
    Gate turnstile;  ///< closed by the process that measures next
    Gate turn;       ///< exclusive: measuring; shared: working
    Gate waiting;    ///< shared by those who wait
  };

  /// Whether there are turns. A child of fork() shares its parent's locks, so it opens its own.
  bool ready() {
    if (process_ != ::getpid()) {
      process_ = ::getpid();
      gates_.reset();
      open_gates();
    }
    return gates_.has_value();
  }

  void open_gates() {
    if (const auto folder = machine_folder()) {
      auto turnstile = open_gate(*folder / "turnstile");
      auto turn = open_gate(*folder / "turn");
      auto waiting = open_gate(*folder / "waiting");
      if (turnstile && turn && waiting) {
        gates_.emplace(Gates{*std::move(turnstile), *std::move(turn), *std::move(waiting)});
        return;
      }
    }
    log::warning(machine_folder_name().string() +
                 ": cannot be used, so lts processes do not wait for each other's measurements; "
                 "LTS_TURN_DIR names another folder");
  }

  void resume_work() {
    if (working_ == 0 || measuring_ > 0 || !ready()) return;
    if (wait(gates_->turnstile, Mode::kShared, kMeasurement)) {
      wait(gates_->turn, Mode::kShared, kMeasurement);
    }
    gates_->turnstile.lock.unlock();
  }

  /// Who measured before lets those in who wait.
  void let_others_go_first() {
    if (!has_measured_) return;
    if (gates_->waiting.lock.try_lock(Mode::kExclusive)) {
      gates_->waiting.lock.unlock();
    } else {
      std::this_thread::sleep_for(kCourtesy);
    }
  }

  /// Waits for a gate. False when a signal came first; true without the gate when all who hold it
  /// are stopped.
  bool wait(Gate& gate, Mode mode, const char* what) {
    if (gate.lock.try_lock(mode)) return true;
    bool in = false;
    auto next_look = Clock::now() + kPatience;
    while (!(in = gate.lock.try_lock(mode)) && !interrupted()) {
      gates_->waiting.lock.try_lock(Mode::kShared);
      std::this_thread::sleep_for(kPoll);
      if (Clock::now() < next_look) continue;
      next_look += kPatience;
      const auto holders = lock_holders(gate.path);
      if (only_stopped(holders)) {
        say("not waiting for " + std::string(what) + named(holders) + ": stopped");
        in = true;
        break;
      }
      say("waiting for " + std::string(what) + named(holders));
    }
    gates_->waiting.lock.unlock();
    return in;
  }

  void say(const std::string& line) {
    if (said_ && Clock::now() - *said_ < kBetweenLines) return;
    said_ = Clock::now();
    log::info(line);
  }

  static bool only_stopped(const std::vector<pid_t>& holders) {
    return !holders.empty() &&
           std::ranges::all_of(holders, [](pid_t process) { return is_stopped(process); });
  }

  std::mutex mutex_;
  pid_t process_ = 0;
  std::optional<Gates> gates_;
  int measuring_ = 0, working_ = 0;
  bool has_measured_ = false;
  std::optional<Clock::time_point> said_;  ///< when the last line about waiting was
};

}  // namespace

MeasuringTurn::MeasuringTurn() { Turns::mine().begin_measuring(); }
MeasuringTurn::~MeasuringTurn() { Turns::mine().end_measuring(); }
WorkTurn::WorkTurn() { Turns::mine().begin_work(); }
WorkTurn::~WorkTurn() { Turns::mine().end_work(); }

}  // namespace lts
