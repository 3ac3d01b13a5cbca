#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "predictor/hardware_config.h"
#include "space/architecture.h"

/// The lines that a device's program and we exchange; docs/protocol.md has them for whoever writes
/// such a program.
namespace lts::predictor {

/// The protocol's number, the value of "lts" in the program's first line.
constexpr int kProtocol = 1;

/// One request: run this model so many times.
struct Request {
  std::int64_t id = 0;
  std::string model{};  ///< path on the device; "" where the artifact is none
  const space::Architecture* architecture = nullptr;
  int runs = 0;
  bool wants_logits = false;  ///< whether logits_last would be looked at
};

/// The request's line, newline included.
std::string request_line(const Request& request, const HardwareConfig& config);

/// A program's answer.
struct Answer {
  std::vector<double> samples_s{};  ///< one for each run
  std::optional<std::int64_t> peak_bytes{};
  std::optional<double> energy_j{}, load_s{};
  std::vector<double> logits_last{};  ///< of the first sequence's last position, or empty
  std::string error{};                ///< why there are no samples
  bool device_error = false;  ///< whether `error` is the device's fault, not the candidate's
};

/// What the program says in its first line.
struct Hello {
  nlohmann::ordered_json device;  ///< its keys are the fingerprint
  bool new_tokens = false;        ///< whether it times whole generations
};

/// The program's first line. \throws Error kRuntime saying what is wrong with it.
Hello parse_hello(std::string_view line);

/// The answer to `request`, which came `wall_s` seconds after it. \throws Error kRuntime when it
/// cannot be an honest one: no JSON, another id, another number of samples, a time that is not
/// positive, or more time than has passed.
Answer parse_answer(std::string_view line, const Request& request, double wall_s);

/// The largest difference between two vectors of logits or log-probabilities after each has been
/// normalised (log-softmax); infinity where the sizes differ or a value is not finite.
double logits_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace lts::predictor
