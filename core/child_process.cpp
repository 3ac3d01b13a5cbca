#include "core/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>

#include "core/error.h"
#include "core/interrupt.h"
#include "core/text.h"

namespace lts {
namespace {

constexpr double kTickSeconds = 0.05;   // how often a wait looks for an interruption
constexpr double kGraceSeconds = 0.3;   // for a program whose input was closed
constexpr double kEndingSeconds = 0.5;  // from a closed output to the end of the program
constexpr double kReapingSeconds = 2;   // a child that hangs in a driver does not even die
constexpr std::size_t kErrorsKept = 8192;
constexpr const char* kNothingLost = "the measurement under way was dropped";

using Clock = std::chrono::steady_clock;

void close_descriptor(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

Error cannot_start(const std::string& program, int code) {
  return runtime_error(program, std::string("cannot be started: ") + std::strerror(code));
}

/// A pipe whose ends other children do not inherit.
struct Pipe {
  explicit Pipe(const std::string& program) {
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw cannot_start(program, errno);
  }
  ~Pipe() {
    for (int& end : ends) close_descriptor(end);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  /// Our end, which never blocks; the object no longer closes it.
  int release(std::size_t end) {
    ::fcntl(ends[end], F_SETFL, O_NONBLOCK);
    return std::exchange(ends[end], -1);
  }
  std::array<int, 2> ends{-1, -1};
};

struct SpawnFile {
  SpawnFile() { ::posix_spawn_file_actions_init(&actions); }
  ~SpawnFile() { ::posix_spawn_file_actions_destroy(&actions); }
  SpawnFile(const SpawnFile&) = delete;
  SpawnFile& operator=(const SpawnFile&) = delete;
  posix_spawn_file_actions_t actions{};
};

/// A session of its own, every signal as usual.
struct SpawnSession {
  SpawnSession() {
    ::posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSession() { ::posix_spawnattr_destroy(&attributes); }
  SpawnSession(const SpawnSession&) = delete;
  SpawnSession& operator=(const SpawnSession&) = delete;
  posix_spawnattr_t attributes{};
};

/// write() to a child that has ended: EPIPE instead of a signal that would end this program.
ssize_t write_without_signal(int descriptor, std::string_view bytes) {
  sigset_t pipe, before;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe, &before);
  const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
  const int code = errno;
  if (written < 0 && code == EPIPE) {
    const timespec now{};
    ::sigtimedwait(&pipe, nullptr, &now);
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = code;
  return written;
}

/// Reads what a pipe can hold at most; closes it when the other side has.
void read_some(int& descriptor, std::string& into) {
  std::array<char, 1 << 16> buffer;
  constexpr int kReads = 16;  // a writer without end must not keep us here
  for (int i = 0; i < kReads; ++i) {
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return close_descriptor(descriptor);
    into.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

}  // namespace

Deadline::Deadline(double seconds)
    : end_(Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds))) {}

double Deadline::left_s() const {
  return std::max(0.0, std::chrono::duration<double>(end_ - Clock::now()).count());
}

std::string ExitStatus::str() const {
  if (signal == 0) return "exit status " + std::to_string(code);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

ChildProcess::ChildProcess(const std::vector<std::string>& words, ChildOptions options)
    : options_(std::move(options)) {
  LTS_ASSERT(!words.empty());
  const std::string& program = words.front();
  Pipe input(program), output(program), errors(program);
  SpawnFile file;
  if (options_.input_file.empty()) {
    ::posix_spawn_file_actions_adddup2(&file.actions, input.ends[0], STDIN_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&file.actions, STDIN_FILENO, options_.input_file.c_str(),
                                       O_RDONLY, 0);
  }
  ::posix_spawn_file_actions_adddup2(&file.actions, output.ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&file.actions, errors.ends[1], STDERR_FILENO);
  if (!options_.folder.empty()) {
    ::posix_spawn_file_actions_addchdir_np(&file.actions, options_.folder.c_str());
  }
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const SpawnSession session;
  const int code = ::posix_spawnp(&pid_, program.c_str(), &file.actions, &session.attributes,
                                  arguments.data(), environ);
  if (code != 0) throw cannot_start(program, code);
  if (options_.input_file.empty()) input_ = input.release(1);
  output_pipe_ = output.release(0);
  errors_pipe_ = errors.release(0);
}

ChildProcess::~ChildProcess() {
  close_input();
  const Deadline grace(kGraceSeconds);
  while (!ended() && !grace.passed()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  kill();
  const Deadline reaping(kReapingSeconds);
  while (::waitpid(pid_, nullptr, WNOHANG) == 0 && !reaping.passed()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  close_descriptor(output_pipe_);
  close_descriptor(errors_pipe_);
}

void ChildProcess::close_input() { close_descriptor(input_); }

/// The ended child is not reaped before the destructor, so that its number stays its own and kill()
/// meets nobody else.
std::optional<ExitStatus> ChildProcess::ended() const {
  siginfo_t info{};
  const int code = ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
  if (code != 0 || info.si_pid == 0) return std::nullopt;
  if (info.si_code == CLD_EXITED) return ExitStatus{.code = info.si_status};
  return ExitStatus{.signal = info.si_status};
}

void ChildProcess::kill() { ::kill(-pid_, SIGKILL); }

/// Waits at most `wait_s`, and no longer than a tick, for output, and reads it.
void ChildProcess::pump(double wait_s) {
  if (options_.interruptible) throw_if_interrupted(kNothingLost);
  std::array<pollfd, 2> watched{{{output_pipe_, POLLIN, 0}, {errors_pipe_, POLLIN, 0}}};
  const int wait_ms = static_cast<int>(std::min(wait_s, kTickSeconds) * 1e3) + 1;
  if (::poll(watched.data(), watched.size(), wait_ms) <= 0) return;
  if (watched[0].revents != 0) read_some(output_pipe_, output_);
  if (watched[1].revents != 0) read_some(errors_pipe_, errors_);
  if (errors_.size() > 2 * kErrorsKept) errors_.erase(0, errors_.size() - kErrorsKept);
}

bool ChildProcess::send(std::string_view bytes, const Deadline& deadline) {
  while (!bytes.empty()) {
    if (input_ < 0) return false;
    const ssize_t written = write_without_signal(input_, bytes);
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // it is busy writing, or hangs
      if (deadline.passed()) return false;
      pump(std::min(deadline.left_s(), 0.005));
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

ChildProcess::Read ChildProcess::read_line(std::string& line, const Deadline& deadline) {
  std::size_t searched = 0;
  for (;;) {
    if (const auto end = output_.find('\n', searched); end != std::string::npos) {
      line = output_.substr(0, end);
      output_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return Read::kLine;
    }
    searched = output_.size();
    if (searched > kLongestLine) return Read::kTooLong;
    if (output_pipe_ < 0) return Read::kEnd;
    if (deadline.passed()) return Read::kLate;
    pump(deadline.left_s());
  }
}

ChildProcess::Read ChildProcess::ask(std::string_view request, std::string& line,
                                     const Deadline& deadline) {
  if (!send(request, deadline) && !deadline.passed()) return Read::kEnd;
  return read_line(line, deadline);
}

std::optional<ExitStatus> ChildProcess::wait(const Deadline& deadline) {
  for (;;) {
    const auto status = ended();
    const bool closed = output_pipe_ < 0 && errors_pipe_ < 0;
    // Once it has ended, what it wrote is in the pipes; a child of its own may keep them open.
    if (status && !closed) pump(0);
    if (status) return status;
    if (deadline.passed() || output_.size() > kLongestLine) return std::nullopt;
    if (closed) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      if (options_.interruptible) throw_if_interrupted(kNothingLost);
    } else {
      pump(deadline.left_s());
    }
  }
}

std::string ChildProcess::how_it_ended() {
  CommandResult result{.exit = wait(Deadline(kEndingSeconds))};
  result.errors = errors_;
  return (result.exit ? "ended (" : "closed its output (") + result.failure() + ")";
}

std::string CommandResult::failure() const {
  const std::string how = exit ? exit->str() : "no end in time";
  const std::string_view said = trim(errors);
  if (said.empty()) return how;
  const auto begin = said.rfind('\n');
  return how + ": " + std::string(trim(said.substr(begin == std::string_view::npos ? 0 : begin)));
}

CommandResult run_command(const std::vector<std::string>& words, double timeout_s,
                          ChildOptions options) {
  if (options.input_file.empty()) options.input_file = "/dev/null";
  ChildProcess child(words, std::move(options));
  CommandResult result;
  result.exit = child.wait(Deadline(timeout_s));
  if (!result.exit) child.kill();
  result.output = child.unread_output();
  result.errors = child.errors();
  return result;
}

std::string shell_quote(std::string_view word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string shell_join(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

std::string command_line(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain = "_@%+=:,./-";
  const auto plain = [&](unsigned char c) {
    return std::isalnum(c) || kPlain.find(static_cast<char>(c)) != std::string_view::npos;
  };
  std::vector<std::string> out;
  for (const std::string& word : words) {
    const bool as_it_is = !word.empty() && std::ranges::all_of(word, plain);
    out.push_back(as_it_is ? word : shell_quote(word));
  }
  return join(out, " ");
}

}  // namespace lts
