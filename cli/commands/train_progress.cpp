#include "cli/commands/train_progress.h"

#include <unistd.h>

#include <chrono>
#include <cmath>
#include <iostream>

#include "core/text.h"

namespace lts::cli {

namespace {

constexpr double kLiveInterval_s = 0.2;
constexpr std::int64_t kBarWidth = 24;

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string bar(std::int64_t step, std::int64_t steps) {
  const auto done = static_cast<std::size_t>(kBarWidth * step / steps);
  return std::string(1, '[').append(done, '#').append(kBarWidth - done, '.').append(1, ']');
}

std::string rate_text(const train::LogRecord& record) {
  return std::to_string(std::llround(record.tokens_per_s)) + " tokens/s  " +
         human_percent(record.gemm_fraction) + " of matmul rate";
}

}  // namespace

TrainProgress::TrainProgress() : terminal_(::isatty(STDERR_FILENO) == 1) {}

TrainProgress::~TrainProgress() {
  if (line_is_open_) std::cerr << std::endl;
}

void TrainProgress::start(const std::string& text) {
  last_ = {};
  say(text);
}

train::TrainingEvents TrainProgress::events() {
  return {.logged = [this](const train::LogRecord& record) { show_record(record); },
          .validated =
              [this](const train::ValidationRecord& record) {
                say("step " + std::to_string(record.step) + "  validation loss " +
                    short_number(record.validation_loss) + "  perplexity " +
                    short_number(record.perplexity));
              },
          .stepped = [this](std::int64_t step, std::int64_t steps,
                            double loss) { show_live(step, steps, loss); },
          .said = [this](const std::string& text) { say(text); }};
}

void TrainProgress::say(const std::string& text) {
  std::cerr << (terminal_ ? "\r\033[K" : "") << text << "\n";
  line_is_open_ = false;
}

void TrainProgress::show_live(std::int64_t step, std::int64_t steps, double loss) {
  steps_ = steps;
  if (!terminal_ || (now_s() - shown_s_ < kLiveInterval_s && step < steps)) return;
  shown_s_ = now_s();
  std::cerr << "\r\033[K" << bar(step, steps) << " " << step << "/" << steps << "  loss "
            << short_number(loss);
  if (last_.step > 0)
    std::cerr << "  " << rate_text(last_) << "  " << human_duration(last_.time_left_s) << " left";
  line_is_open_ = step < steps;
  std::cerr << (line_is_open_ ? "" : "\n") << std::flush;
}

void TrainProgress::show_record(const train::LogRecord& record) {
  last_ = record;
  if (terminal_) return;
  say("step " + std::to_string(record.step) + "/" + std::to_string(steps_) + "  loss " +
      short_number(record.loss) + "  learning rate " + short_number(record.learning_rate, 3) +
      "  " + rate_text(record) + "  " + human_duration(record.time_left_s) + " left");
}

}  // namespace lts::cli
