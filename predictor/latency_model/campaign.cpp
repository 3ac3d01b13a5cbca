#include "predictor/latency_model/campaign.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "core/interrupt.h"
#include "core/json_difference.h"
#include "predictor/latency_model/campaign_records.h"

namespace lts::predictor {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kSecondOrderSeed = 4;
constexpr std::size_t kFailuresInARow = 5;
constexpr double kDisagreement = 0.05;

double difference(const MeasuredRow& row) {
  const double first = row.readings[0].values[0], second = row.readings[1].values[0];
  return std::abs(second - first) / ((first + second) / 2);
}

class Campaign {
 public:
  Campaign(MeasuringPlan& plan, std::shared_ptr<Profiler> profiler,
           const std::vector<std::string>& metrics, const CampaignOptions& options)
      : plan_(plan),
        metrics_(metrics),
        options_(options),
        evaluators_(make_measured(std::move(profiler), metrics)) {}

  CampaignResult go() {
    first_pass();
    std::vector<std::size_t> order(result_.rows.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    Rng rng(kSecondOrderSeed);
    rng.shuffle(order);
    measure_again(order, 2);
    const std::vector<std::size_t> third = disagreeing();
    total_ += third.size();
    measure_again(third, 3);
    if (replayed_ < options_.saved.size()) refuse_saved();
    finish_noise_floor();
    return std::move(result_);
  }

 private:
  void first_pass() {
    std::vector<Planned> queue = plan_.planned();
    planned_ = queue.size();
    total_ = 2 * planned_;
    for (std::size_t i = 0; i < queue.size(); ++i) {
      announce({queue.begin() + static_cast<std::ptrdiff_t>(i), queue.end()});
      Reading reading = read({.pass = 1, .planned = queue[i]});
      if (reading.failure.empty()) {
        result_.rows.push_back({.planned = queue[i], .readings = {std::move(reading)}});
      } else if (const auto other = plan_.instead_of(queue[i])) {
        queue.push_back(*other);
        ++total_;
      }
    }
  }

  void measure_again(std::span<const std::size_t> order, int pass) {
    for (std::size_t i = 0; i < order.size(); ++i) {
      std::vector<Planned> left;
      for (const std::size_t row : order.subspan(i)) left.push_back(result_.rows[row].planned);
      announce(left);
      Reading reading = read({.pass = pass, .planned = left.front()});
      if (reading.failure.empty()) result_.rows[order[i]].readings.push_back(std::move(reading));
    }
  }

  /// What is left of a pass, the next one first: several devices take from it at once. What is
  /// saved is measured by none.
  void announce(std::span<const Planned> left) {
    if (replayed_ < options_.saved.size()) return;
    std::vector<space::Architecture> next;
    for (const Planned& planned : left) next.push_back(planned.architecture);
    evaluators_.front()->announce(next);
  }

  /// Rows whose two readings differ too much, the worst first.
  std::vector<std::size_t> disagreeing() const {
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < result_.rows.size(); ++i) {
      const MeasuredRow& row = result_.rows[i];
      if (row.readings.size() == 2 && difference(row) > kDisagreement) out.push_back(i);
    }
    std::ranges::stable_sort(out, std::greater(),
                             [&](std::size_t i) { return difference(result_.rows[i]); });
    out.resize(std::min(out.size(), result_.rows.size() / 4));
    return out;
  }

  /// Takes the reading from the saved records, or measures and saves it.
  Reading read(Reading reading) {
    replay_hardware();
    if (replayed_ == options_.saved.size()) {
      throw_if_interrupted("");
      measure(reading);
      if (options_.save) options_.save(reading_record(reading, metrics_));
    } else {
      replay(options_.saved[replayed_++], reading);
    }
    ++done_;
    count_failure(reading);
    if (options_.progress) options_.progress({reading, done_, total_});
    return reading;
  }

  void measure(Reading& reading) {
    for (const auto& evaluator : evaluators_) {
      const Outcome outcome = evaluator->evaluate(reading.planned.architecture);
      if (const auto* failure = std::get_if<Failure>(&outcome)) {
        reading.failure = failure->reason;
        break;
      }
      const auto& measurement = std::get<Measurement>(outcome);
      reading.values.push_back(measurement.value);
      if (reading.values.size() == 1) {
        reading.verdict = measurement.verdict;
        check_hardware(measurement.details);
      }
    }
    if (!reading.failure.empty()) reading.values.clear();
    if (!reading.values.empty() && !(reading.values[0] > 0)) {
      reading.values.clear();
      reading.failure = metrics_[0] + " is no positive number";
    }
  }

  void replay(const Json& record, Reading& reading) {
    if (!read_record(record, metrics_, reading)) refuse_saved();
  }

  [[noreturn]] void refuse_saved() const {
    throw user_error(options_.saved_in, "the saved measurements are not those of this fit");
  }

  /// The record of the machine comes before the first reading that succeeded.
  void replay_hardware() {
    if (!result_.hardware.is_null() || replayed_ == options_.saved.size()) return;
    const Json& record = options_.saved[replayed_];
    if (!record.contains("hardware")) return;
    result_.hardware = record.at("hardware");
    result_.protocol = record.value("protocol", Json());
    ++replayed_;
  }

  void check_hardware(const Json& details) {
    const Json hardware = details.value("hardware", Json());
    const Json protocol = details.value("protocol", Json());
    if (result_.hardware.is_null()) {
      result_.hardware = hardware;
      result_.protocol = protocol;
      if (options_.save) options_.save({{"hardware", hardware}, {"protocol", protocol}});
      return;
    }
    const auto differs = json_difference(result_.hardware, hardware);
    if (!differs) return;
    throw user_error(options_.saved_in, "the saved measurements are another machine's: hardware." +
                                            differs->path + " is " + differs->now.dump() +
                                            ", was " + differs->before.dump());
  }

  void count_failure(const Reading& reading) {
    if (reading.failure.empty()) {
      in_a_row_ = 0;
      return;
    }
    result_.failed.push_back({reading.planned, reading.failure});
    ++in_a_row_;
    const std::size_t count = result_.failed.size();
    if (in_a_row_ >= kFailuresInARow) {
      throw Error(ErrorKind::kStopped,
                  std::to_string(in_a_row_) + " architectures failed in a row:" + last_reasons());
    }
    if (2 * count > planned_) {
      throw runtime_error("", std::to_string(count) + " architectures failed where " +
                                  std::to_string(planned_) +
                                  " are wanted; the last:" + last_reasons());
    }
  }

  std::string last_reasons() const {
    std::string out;
    const std::size_t count = result_.failed.size();
    for (std::size_t i = count - std::min(count, kFailuresInARow); i < count; ++i) {
      const FailedRow& row = result_.failed[i];
      out += "\n  " + space::summary(row.planned.architecture) + ": " + row.reason;
    }
    return out;
  }

  void finish_noise_floor() {
    double sum = 0;
    int count = 0;
    for (const MeasuredRow& row : result_.rows) {
      if (row.readings.size() < 2) continue;
      sum += difference(row);
      ++count;
    }
    if (count > 0) result_.noise_floor = sum / count;
  }

  MeasuringPlan& plan_;
  const std::vector<std::string>& metrics_;
  const CampaignOptions& options_;
  std::vector<std::shared_ptr<Evaluator>> evaluators_;
  CampaignResult result_;
  std::size_t planned_ = 0, total_ = 0, done_ = 0, replayed_ = 0, in_a_row_ = 0;
};

}  // namespace

double MeasuredRow::value(std::size_t index) const {
  std::vector<double> values;
  for (const Reading& reading : readings) values.push_back(reading.values[index]);
  return median(values);
}

std::vector<double> MeasuredRow::first_readings(std::size_t index) const {
  std::vector<double> values;
  for (const Reading& reading : readings) {
    if (reading.pass <= 2) values.push_back(reading.values[index]);
  }
  return values;
}

CampaignResult measure_plan(MeasuringPlan& plan, std::shared_ptr<Profiler> profiler,
                            const std::vector<std::string>& metrics,
                            const CampaignOptions& options) {
  return Campaign(plan, std::move(profiler), metrics, options).go();
}

}  // namespace lts::predictor
