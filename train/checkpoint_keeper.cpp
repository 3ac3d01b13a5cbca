#include "train/checkpoint_keeper.h"

#include <cerrno>
#include <system_error>
#include <thread>

#include "core/error.h"
#include "core/file.h"
#include "train/run_folder.h"
#include "train/train_state.h"

namespace lts::train {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes kRetryAfter(1);  // while the training goes on
constexpr int kMaxPauses = 6;                   // when it has ended: a minute in all
constexpr double kPause_s = 10, kPieceOfPause_s = 0.1;

// Of our messages and the standard library's, which end with the system's own words.
bool tells_of_a_full_disk(const std::string& message) {
  for (const int code : {ENOSPC, EDQUOT})
    if (message.find(std::generic_category().message(code)) != std::string::npos) return true;
  return false;
}

}  // namespace

/// A state on its way to the disk.
struct CheckpointKeeper::Attempt {
  std::int64_t step;
  const Files& files;
  bool is_stored = false;  ///< as a checkpoint; the folder's own files are to follow
};

CheckpointKeeper::CheckpointKeeper(fs::path output, std::int64_t keep, Means means)
    : output_(std::move(output)),
      checkpoints_(output_ / kCheckpoints, keep),
      means_(std::move(means)) {}

// Tries as long as there are old checkpoints that make room. Nothing: it is saved.
std::optional<std::string> CheckpointKeeper::make(Attempt& attempt) {
  for (;;) {
    try {
      if (means_.before) means_.before();
      if (!attempt.is_stored) checkpoints_.save(attempt.step, attempt.files);
      attempt.is_stored = true;
      for (const auto& file : attempt.files)
        if (is_hugging_face_file(file.name)) write_file_atomic(output_ / file.name, file.content);
      return std::nullopt;
    } catch (const std::exception& error) {
      const std::string message = error.what();
      if (!tells_of_a_full_disk(message) || !checkpoints_.make_room()) return message;
    }
  }
}

bool CheckpointKeeper::try_save(std::int64_t step, const Files& files) {
  Attempt attempt{step, files};
  const auto failure = make(attempt);
  if (!failure) {
    count_success(step);
    return true;
  }
  if (num_failed_++ == 0)
    say(step, *failure + "; " + what_is_whole() +
                  "; the training goes on and tries to save every minute");
  last_failure_ = Clock::now();
  return false;
}

bool CheckpointKeeper::retry_is_due() const {
  return num_failed_ > 0 && Clock::now() - last_failure_ >= kRetryAfter;
}

void CheckpointKeeper::save(std::int64_t step, const Files& files) {
  Attempt attempt{step, files};
  auto failure = make(attempt);
  for (int i = 0; failure && i < kMaxPauses && !asked_to_stop(); ++i) {
    if (i == 0) say(step, *failure + "; " + what_is_whole() + "; waiting a minute for room");
    if (!pause()) break;
    failure = make(attempt);
  }
  if (failure)
    throw runtime_error(
        "", *failure + "; " + what_is_whole() + "; make room and add --resume to go on");
  count_success(step);
}

// False: asked to stop.
bool CheckpointKeeper::pause() const {
  for (double slept_s = 0; slept_s < kPause_s; slept_s += kPieceOfPause_s) {
    if (asked_to_stop()) return false;
    if (means_.sleep)
      means_.sleep(kPieceOfPause_s);
    else
      std::this_thread::sleep_for(std::chrono::duration<double>(kPieceOfPause_s));
  }
  return true;
}

void CheckpointKeeper::count_success(std::int64_t step) {
  if (num_failed_ > 0)
    say(step, "saved again, after " + std::to_string(num_failed_) +
                  (num_failed_ == 1 ? " try" : " tries") + " that failed");
  num_failed_ = 0;
}

void CheckpointKeeper::say(std::int64_t step, const std::string& text) const {
  if (means_.say) means_.say("step " + std::to_string(step) + ": " + text);
}

std::string CheckpointKeeper::what_is_whole() const {
  const auto kept = checkpoints_.steps_up_to_whole();
  if (kept.empty()) return "there is no checkpoint yet";
  return checkpoints_.path_of(kept.back()).string() + " is whole";
}

void CheckpointKeeper::publish(std::int64_t step) const {
  for (const auto& entry : fs::directory_iterator(checkpoints_.path_of(step))) {
    const std::string name = entry.path().filename().string();
    if (!is_hugging_face_file(name)) continue;
    const std::string content = read_file(entry.path());
    if (!fs::exists(output_ / name) || read_file(output_ / name) != content)
      write_file_atomic(output_ / name, content);
  }
}

}  // namespace lts::train
