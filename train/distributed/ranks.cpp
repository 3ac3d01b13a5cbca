#include "train/distributed/ranks.h"

#include <algorithm>
#include <array>

#include "core/interrupt.h"
#include "core/processor.h"
#include "core/text.h"

namespace lts::train {

namespace {

constexpr double kOther_s = 600;         // starting, validating, saving
constexpr double kCollective_s = 1.0e6;  // the watch, which knows more, comes before it
constexpr double kBeatsOfAStep = 20;
constexpr double kShortestBeat_s = 0.1, kLongestBeat_s = 1;

Watch::Limits limits_of(const Ranks::Timeouts& timeouts) {
  const double shortest_s = std::min(timeouts.step_s, timeouts.shutdown_s);
  return {.step_s = timeouts.step_s,
          .other_s = kOther_s,
          .stop_s = timeouts.shutdown_s,
          .beat_s = std::clamp(shortest_s / kBeatsOfAStep, kShortestBeat_s, kLongestBeat_s)};
}

// What became of rank 0's work, as a text: nothing where it was done.
std::string outcome_of(const std::function<void()>& work) {
  const auto failed = [](ErrorKind kind, const std::string& message) {
    return std::to_string(static_cast<int>(kind)) + message;
  };
  try {
    work();
    return "";
  } catch (const Error& error) {
    return failed(error.kind(), error.what());
  } catch (const std::exception& error) {
    return failed(ErrorKind::kRuntime, first_line(error.what()));
  }
}

std::string own_cpus() {
  std::vector<std::string> cpus;
  for (const int cpu : cpu_limits(SystemFiles()).allowed) cpus.push_back(std::to_string(cpu));
  return join(cpus, ",");
}

Error error_of(const std::string& outcome) {
  return {static_cast<ErrorKind>(outcome[0] - '0'), outcome.substr(1)};
}

}  // namespace

Ranks& Ranks::alone() {
  static Ranks ranks;
  return ranks;
}

Ranks::Ranks(const Launch& launch, Timeouts timeouts, Watch::Lost lost)
    : rank_(launch.rank),
      size_(launch.ranks),
      local_rank_(launch.local_rank),
      lost_(std::move(lost)) {
  if (!are_several()) return;
  group_ = std::make_unique<ProcessGroup>(launch, own_cpus(), kOther_s, kCollective_s);
  hosts_ = group_->hosts();
  watch_ = std::make_unique<Watch>(Watch::Crew{.rank = rank_,
                                               .hosts = hosts_,
                                               .keeper = group_->keeper(),
                                               .asked_to_stop = [] { return interrupted(); }},
                                   group_->board(), limits_of(timeouts), lost_);
}

int Ranks::on_this_host() const {
  if (!are_several()) return 1;
  return static_cast<int>(std::ranges::count(hosts_, hosts_[static_cast<std::size_t>(rank_)]));
}

bool Ranks::are_on_one_host() const { return on_this_host() == size_; }

std::string Ranks::name() const {
  if (!are_several()) return "";
  return "rank " + std::to_string(rank_) + " on " + hosts_[static_cast<std::size_t>(rank_)];
}

void Ranks::enter(Phase phase, std::int64_t step) {
  agreed_ = false;
  if (watch_) watch_->enter(phase, step);
}

void Ranks::wait(const std::function<void()>& waiter) {
  watch_->meet();
  waiter();
  watch_->met();
}

// Runs what may fail where a rank is gone, and says which.
template <typename Start>
void Ranks::meet(Start&& start) {
  try {
    start();
  } catch (const std::exception& error) {
    const Loss loss = watch_->reason_of(first_line(error.what()));
    lost_one_ = true;
    throw Error(loss.status == 2 ? ErrorKind::kUser : ErrorKind::kRuntime, loss.reason);
  }
}

std::vector<double> Ranks::sum(std::vector<double> values) {
  if (!are_several()) return values;
  const auto tensor = torch::tensor(values, torch::kFloat64);
  meet([&] { wait(group_->start_sum(tensor)); });
  const auto* first = tensor.data_ptr<double>();
  return {first, first + values.size()};
}

bool Ranks::any(bool value) { return sum({value ? 1.0 : 0.0})[0] > 0; }

std::function<void()> Ranks::start_sum(const torch::Tensor& tensor) {
  if (!are_several()) return [] {};
  std::function<void()> waiter;
  meet([&] { waiter = group_->start_sum(tensor); });
  return [this, waiter] { meet([&] { wait(waiter); }); };
}

std::string Ranks::text_of_first(const std::string& text) {
  if (!are_several()) return text;
  const auto size = torch::tensor({static_cast<std::int64_t>(text.size())}, torch::kInt64);
  copy_from_first(std::array{size});
  const auto bytes = torch::zeros({size.item<std::int64_t>()}, torch::kUInt8);
  if (is_first()) std::ranges::copy(text, bytes.data_ptr<std::uint8_t>());
  if (bytes.numel() > 0) copy_from_first(std::array{bytes});
  const auto* first = bytes.data_ptr<std::uint8_t>();
  return {first, first + bytes.numel()};
}

void Ranks::copy_from_first(std::span<const torch::Tensor> tensors) {
  if (!are_several()) return;
  for (const auto& tensor : tensors) meet([&] { wait(group_->start_copy_from_first(tensor)); });
}

void Ranks::on_first(const std::function<void()>& work) {
  if (!are_several()) return work();
  const std::string outcome = text_of_first(is_first() ? outcome_of(work) : "");
  if (!outcome.empty()) throw agreed(error_of(outcome));
}

Error Ranks::agreed(const Error& error) {
  if (!are_several()) return error;
  part();
  agreed_ = true;
  return is_first() ? error : Error(error.kind(), "");
}

void Ranks::part() {
  if (!are_several()) return;
  enter(Phase::kEnding);
  any(false);
  watch_->part();
  group_->leave();
}

void Ranks::give_up(const std::string& reason, int status) {
  if (is_agreed()) return;
  const Loss loss = {lost_one_ ? reason : name() + ": " + reason, status};
  watch_->give_up(loss);
  lost_(loss);
}

}  // namespace lts::train
