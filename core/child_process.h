#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lts {

/// A point in time until which something may take.
class Deadline {
 public:
  explicit Deadline(double seconds);
  /// Seconds left, at least 0.
  double left_s() const;
  bool passed() const { return left_s() <= 0; }

 private:
  std::chrono::steady_clock::time_point end_;
};

/// How a process ended.
struct ExitStatus {
  int code = 0;    ///< what it returned; 0 after a signal
  int signal = 0;  ///< what ended it, or 0

  bool success() const { return code == 0 && signal == 0; }
  /// "exit status 3" or "signal 9 (Killed)".
  std::string str() const;
};

struct ChildOptions {
  std::filesystem::path folder{};      ///< where it runs; empty: where this process does
  std::filesystem::path input_file{};  ///< its standard input; empty: a pipe, for send()
  bool interruptible = true;           ///< whether waiting ends when this program is asked to stop
};

/// A program with pipes to its standard streams, alone in a session of its own: the terminal's
/// Ctrl-C does not reach it, and it cannot ask the terminal for a password. Every wait has a
/// deadline. What it writes to its standard error is read along and its end kept. Not thread-safe.
class ChildProcess {
 public:
  /// Starts words[0], looked up in PATH. \throws Error kRuntime when it cannot be started.
  explicit ChildProcess(const std::vector<std::string>& words, ChildOptions options = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Closes its input, gives it a moment to end and kills what is left of its process group.
  ~ChildProcess();

  /// Writes all of `bytes`; false when it reads no more, or not in time.
  /// \throws Error kStopped when interrupted (as all that wait here).
  bool send(std::string_view bytes, const Deadline& deadline);
  void close_input();

  enum class Read {
    kLine,     ///< a whole line
    kEnd,      ///< it closed its output, most likely because it ended
    kLate,     ///< no whole line before the deadline
    kTooLong,  ///< more than kLongestLine bytes without a newline
  };
  static constexpr std::size_t kLongestLine = std::size_t{16} << 20;

  /// The next line of its standard output, without "\n" or "\r\n".
  Read read_line(std::string& line, const Deadline& deadline);
  /// Sends a request and reads the line that answers it; kEnd also where it reads no more.
  Read ask(std::string_view request, std::string& line, const Deadline& deadline);
  /// Waits until it ends and reads what it still writes. Nothing when it does not end in time.
  std::optional<ExitStatus> wait(const Deadline& deadline);
  /// Kills its process group at once.
  void kill();
  /// For a message, once it closed its output: "ended (exit status 1: its last words)".
  std::string how_it_ended();

  /// What of its standard output has been read and not been taken as a line.
  const std::string& unread_output() const { return output_; }
  /// The end of its standard error so far, at most some kilobytes.
  const std::string& errors() const { return errors_; }

 private:
  std::optional<ExitStatus> ended() const;
  void pump(double wait_s);

  ChildOptions options_;
  pid_t pid_ = -1;
  int input_ = -1, output_pipe_ = -1, errors_pipe_ = -1;
  std::string output_{}, errors_{};
};

/// What a command that runs to its end has said.
struct CommandResult {
  std::optional<ExitStatus> exit{};  ///< nothing: it did not end in time and was killed
  std::string output{}, errors{};

  bool success() const { return exit && exit->success(); }
  /// Why it failed, for a message: how it ended and the last line that it wrote to standard error.
  std::string failure() const;
};

/// Runs a command to its end, its input empty unless a file is given. \throws Error kRuntime when
/// it cannot be started, kStopped when interrupted.
CommandResult run_command(const std::vector<std::string>& words, double timeout_s,
                          ChildOptions options = {});

/// `word` as a POSIX shell reads it back: 'it'\''s'.
std::string shell_quote(std::string_view word);
/// The words as one command line.
std::string shell_join(const std::vector<std::string>& words);
/// The same as people write it: quoted only where a shell would read a word otherwise.
std::string command_line(const std::vector<std::string>& words);

}  // namespace lts
