#include "predictor/command/command_objective.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/turn.h"
#include "predictor/command/command_program.h"

namespace lts::predictor {
namespace {

using space::Architecture;

constexpr int kMostLostInARow = 3;

class CommandObjective final : public Evaluator {
 public:
  explicit CommandObjective(CommandConfig config) : program_(std::move(config)) {}

  Cost cost() const override { return config().cost; }
  std::string unit() const override { return config().unit; }

  void announce(std::span<const Architecture> architectures) override {
    const std::lock_guard lock(mutex_);
    announced_.assign(architectures.begin(), architectures.end());
  }

  Outcome evaluate(const Architecture& architecture) override {
    const std::lock_guard lock(mutex_);
    if (!known_.contains(architecture)) fetch(batch_from(architecture));
    return known_.at(architecture);
  }

 private:
  const CommandConfig& config() const { return program_.config(); }

  /// The architecture and those announced after it; alone where it was not announced.
  std::vector<Architecture> batch_from(const Architecture& architecture) {
    std::vector<Architecture> batch = {architecture};
    // Those before it stay: another thread may come to them later.
    const auto begin = std::ranges::find(announced_, architecture);
    auto end = begin == announced_.end() ? begin : begin + 1;
    for (; end != announced_.end() && std::ssize(batch) < config().batch; ++end) {
      if (!known_.contains(*end)) batch.push_back(*end);
    }
    announced_.erase(begin, end);
    return batch;
  }

  void fetch(const std::vector<Architecture>& batch) {
    if (batch.size() > 1) {
      try {
        return keep(batch, ask(batch));
      } catch (const ProgramLost&) {  // which of them it was, they say one at a time
      }
    }
    for (const Architecture& one : batch) {
      known_.emplace(one, alone(one, batch.size() > 1 ? 1 : 2));
    }
  }

  void keep(std::span<const Architecture> batch, std::vector<Outcome> outcomes) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      known_.emplace(batch[i], std::move(outcomes[i]));
    }
  }

  /// One architecture, asked for at most `attempts` times.
  Outcome alone(const Architecture& architecture, int attempts) {
    std::string reason;
    for (int attempt = 0; attempt < attempts; ++attempt) {
      try {
        return std::move(ask({&architecture, 1}).front());
      } catch (const ProgramLost& loss) {
        reason = loss.what();
        if (loss.late()) break;
      }
    }
    if (++lost_in_a_row_ >= kMostLostInARow) {
      throw program_.error(reason + "; so it was for " + std::to_string(kMostLostInARow) +
                           " candidates in a row");
    }
    return Failure{"candidate", "the program was lost under it: " + reason};
  }

  std::vector<Outcome> ask(std::span<const Architecture> architectures) {
    std::optional<MeasuringTurn> turn;
    if (config().cost == Cost::kMeasured) turn.emplace();
    std::vector<Outcome> outcomes = program_.ask(architectures);
    lost_in_a_row_ = 0;
    return outcomes;
  }

  std::mutex mutex_;  ///< a free one is asked from many threads
  CommandProgram program_;
  std::map<Architecture, Outcome> known_{};
  std::deque<Architecture> announced_{};
  int lost_in_a_row_ = 0;
};

}  // namespace

std::shared_ptr<Evaluator> make_command_objective(CommandConfig config) {
  return std::make_shared<CommandObjective>(std::move(config));
}

}  // namespace lts::predictor
