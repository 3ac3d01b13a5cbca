#include "predictor/remote/device_program.h"

#include <utility>

#include "core/error.h"
#include "core/text.h"
#include "predictor/device.h"
#include "predictor/stopwatch.h"

namespace lts::predictor {
namespace {

constexpr int kLinesBeforeHello = 200;

}  // namespace

DeviceProgram::DeviceProgram(std::string name, const std::vector<std::string>& words,
                             const std::filesystem::path& folder, double timeout_s)
    : name_(std::move(name)),
      timeout_s_(timeout_s),
      child_(words, {.folder = folder}),
      hello_(read_hello(timeout_s)) {}

Hello DeviceProgram::read_hello(double timeout_s) {
  const Deadline deadline(timeout_s);
  std::string line;
  for (int i = 0; i < kLinesBeforeHello; ++i) {
    switch (child_.read_line(line, deadline)) {
      case ChildProcess::Read::kLine:
        break;
      case ChildProcess::Read::kEnd:
        throw runtime_error(name_, "run " + child_.how_it_ended() + " before its first line");
      case ChildProcess::Read::kLate:
        throw runtime_error(name_, "run printed no first line {\"lts\": 1, ...} within " +
                                       short_number(timeout_s) + " s (timeout_s.run)");
      case ChildProcess::Read::kTooLong:
        throw runtime_error(name_, "run printed an endless line before its first line");
    }
    if (!trim(line).starts_with('{')) continue;  // a login's greeting, a library's banner
    try {
      return parse_hello(line);
    } catch (const Error& error) {
      throw runtime_error(name_, error.what());
    }
  }
  throw runtime_error(name_, "run printed " + std::to_string(kLinesBeforeHello) +
                                 " lines before its first line {\"lts\": 1, ...}");
}

Answer DeviceProgram::ask(const Request& request, const HardwareConfig& config) {
  const Deadline deadline(timeout_s_);
  const double begun_s = steady_now_s();
  std::string line;
  switch (child_.ask(request_line(request, config), line, deadline)) {
    case ChildProcess::Read::kLine:
      break;
    case ChildProcess::Read::kEnd:
      throw DeviceLost(name_ + ": the program " + child_.how_it_ended() + " before its answer");
    case ChildProcess::Read::kLate:
      throw DeviceLost(name_ + ": no answer within " + short_number(timeout_s_) +
                       " s (timeout_s.run)");
    case ChildProcess::Read::kTooLong:
      throw DeviceLost(name_ + ": the answer is an endless line");
  }
  Answer answer;
  try {
    answer = parse_answer(line, request, steady_now_s() - begun_s);
  } catch (const Error& error) {
    throw DeviceLost(name_ + ": " + error.what());
  }
  if (answer.error.empty()) return answer;
  if (answer.device_error) throw DeviceLost(name_ + ": " + answer.error);
  throw runtime_error(space::summary(*request.architecture), answer.error);
}

}  // namespace lts::predictor
