#include "predictor/command/command_program.h"

#include "core/error.h"
#include "core/text.h"
#include "predictor/command/command_protocol.h"

namespace lts::predictor {

Error CommandProgram::error(const std::string& what) const {
  return runtime_error(config_.place.str(), "objective '" + config_.objective + "': the program " +
                                                join(config_.words, " ") + ": " + what);
}

/// Sends the request and gives the line that comes back.
std::string CommandProgram::exchange(const std::string& request) {
  if (!child_) child_.emplace(config_.words, ChildOptions{.folder = config_.folder});
  std::string line;
  switch (child_->ask(request, line, Deadline(config_.timeout_s))) {
    case ChildProcess::Read::kLine:
      break;
    case ChildProcess::Read::kEnd:
      throw ProgramLost("it " + child_->how_it_ended() + " before its answer", false);
    case ChildProcess::Read::kLate:
      throw ProgramLost("no answer within " + short_number(config_.timeout_s) + " s (timeout_s)",
                        true);
    case ChildProcess::Read::kTooLong:
      throw runtime_error("", "the answer is an endless line");
  }
  return line;
}

std::vector<Outcome> CommandProgram::ask(std::span<const space::Architecture> architectures) {
  const std::int64_t id = next_id_++;
  try {
    const std::string line = exchange(command_request(id, architectures));
    return parse_command_answer(line, id, architectures);
  } catch (const ProgramLost& loss) {
    if (loss.late() && child_) child_->kill();
    child_.reset();
    throw;
  } catch (const Error& cause) {  // its further answers would meet the wrong requests
    child_.reset();
    if (cause.kind() == ErrorKind::kStopped) throw;
    throw error(cause.what());
  }
}

}  // namespace lts::predictor
