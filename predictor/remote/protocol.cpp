#include "predictor/remote/protocol.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/error.h"
#include "core/excerpt.h"
#include "core/text.h"
#include "predictor/answer_line.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

double time_value(const nlohmann::json& value, const std::string& what) {
  if (value.is_number()) {
    const auto number = value.get<double>();
    if (std::isfinite(number) && number > 0) return number;
  }
  throw refusal(what + " is " + excerpt(value.dump()) + "; accepted: a positive number of seconds");
}

/// Clocks of two machines do not tick quite alike.
double most_s(double wall_s) { return 1.01 * wall_s + 1e-3; }

std::vector<double> read_samples(const nlohmann::json& answer, int runs, double wall_s) {
  const auto found = answer.find("samples_s");
  if (found == answer.end() || !found->is_array()) {
    throw refusal("the answer has neither a list samples_s nor an error");
  }
  if (static_cast<int>(found->size()) != runs) {
    throw refusal("the answer has " + std::to_string(found->size()) + " samples_s for " +
                  std::to_string(runs) + " runs");
  }
  std::vector<double> samples_s;
  for (const auto& value : *found) samples_s.push_back(time_value(value, "a value of samples_s"));
  const double sum_s = std::accumulate(samples_s.begin(), samples_s.end(), 0.0);
  if (sum_s > most_s(wall_s)) {
    throw refusal("samples_s add up to " + short_number(sum_s) + " s, and the answer came after " +
                  short_number(wall_s) + " s");
  }
  return samples_s;
}

std::optional<std::int64_t> read_peak(const nlohmann::json& answer) {
  constexpr double kLargest = 1e18;
  const auto found = answer.find("peak_bytes");
  if (found == answer.end() || found->is_null()) return std::nullopt;
  const double value = found->is_number() ? found->get<double>() : 0;
  if (value >= 1 && value <= kLargest) return static_cast<std::int64_t>(value);
  throw refusal("peak_bytes is " + excerpt(found->dump()) + "; accepted: a number of bytes");
}

std::optional<double> read_optional(const nlohmann::json& answer, const char* key) {
  const auto found = answer.find(key);
  if (found == answer.end() || found->is_null()) return std::nullopt;
  const double value = found->is_number() ? found->get<double>() : -1;
  if (std::isfinite(value) && value >= 0) return value;
  throw refusal(std::string(key) + " is " + excerpt(found->dump()) +
                "; accepted: a number, at least 0");
}

/// A value that is not finite stands for itself (JSON has null for it): the comparison judges it.
std::vector<double> read_logits(const nlohmann::json& answer) {
  const auto found = answer.find("logits_last");
  if (found == answer.end() || found->is_null()) return {};
  if (!found->is_array() || found->empty()) {
    throw refusal("logits_last is " + excerpt(found->dump()) + "; accepted: a list of numbers");
  }
  std::vector<double> logits;
  logits.reserve(found->size());
  for (const auto& value : *found) {
    logits.push_back(value.is_number() ? value.get<double>()
                                       : std::numeric_limits<double>::quiet_NaN());
  }
  return logits;
}

bool read_error(const nlohmann::json& answer, Answer& out) {
  const auto error = answer.find("error");
  if (error == answer.end() || error->is_null()) return false;
  out.error = as_text(*error);
  const auto kind = answer.find("kind");
  const std::string named =
      kind != answer.end() && kind->is_string() ? kind->get<std::string>() : "";
  if (named != "candidate" && named != "device") {
    throw refusal("the answer is an error of kind '" + named +
                  "'; accepted: candidate, device. The error: " + excerpt(out.error));
  }
  out.device_error = named == "device";
  return true;
}

double log_sum_exp(const std::vector<double>& values) {
  const double most = *std::ranges::max_element(values);
  double sum = 0;
  for (const double value : values) sum += std::exp(value - most);
  return most + std::log(sum);
}

}  // namespace

std::string request_line(const Request& request, const HardwareConfig& config) {
  LTS_ASSERT(request.architecture != nullptr);
  nlohmann::ordered_json line = {{"id", request.id}, {"model", nullptr}};
  if (!request.model.empty()) line["model"] = request.model;
  line["archid"] = space::archid(*request.architecture);
  line["family"] = request.architecture->family().name();
  line["config"] = space::config_json(*request.architecture);
  line["device"] = config.device;
  line["batch_size"] = config.batch_size;
  line["sequence_length"] = config.sequence_length;
  line["past_length"] = config.past_length;
  if (config.new_tokens > 0) line["new_tokens"] = config.new_tokens;
  line["threads"] = config.threads;
  line["dtype"] = config.dtype;
  line["runs"] = request.runs;
  line["logits"] = request.wants_logits;
  return line.dump() + "\n";
}

Hello parse_hello(std::string_view line) {
  const nlohmann::json hello = parse_object(line, "the program's first line");
  const auto version = hello.find("lts");
  if (version == hello.end() || *version != kProtocol) {
    throw refusal("the program's first line has \"lts\": " +
                  (version == hello.end() ? "(none)" : version->dump()) +
                  "; accepted: " + std::to_string(kProtocol));
  }
  const auto device = hello.find("device");
  if (device == hello.end() || !device->is_object() || device->empty()) {
    throw refusal(
        "the program's first line has no \"device\" with keys that tell which device it "
        "is");
  }
  const auto new_tokens = hello.find("new_tokens");
  return {.device = nlohmann::ordered_json::parse(device->dump()),
          .new_tokens = new_tokens != hello.end() && *new_tokens == true};
}

Answer parse_answer(std::string_view line, const Request& request, double wall_s) {
  const nlohmann::json answer = parse_object(line, "the answer");
  require_id(answer, request.id);
  Answer out;
  if (read_error(answer, out)) return out;
  out.samples_s = read_samples(answer, request.runs, wall_s);
  out.peak_bytes = read_peak(answer);
  out.energy_j = read_optional(answer, "energy_j");
  out.load_s = read_optional(answer, "load_s");
  out.logits_last = read_logits(answer);
  return out;
}

double logits_difference(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto finite = [](double value) { return std::isfinite(value); };
  if (a.size() != b.size() || a.empty()) return kInfinity;
  if (!std::ranges::all_of(a, finite) || !std::ranges::all_of(b, finite)) return kInfinity;
  const double shift = log_sum_exp(a) - log_sum_exp(b);
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::abs(a[i] - b[i] - shift));
  return most;
}

}  // namespace lts::predictor
