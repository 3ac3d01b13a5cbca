#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lts {

/// Whose fault an error is, and so the program's exit status.
enum class ErrorKind {
  kUser,     ///< what the user wrote or named: exit status 2
  kRuntime,  ///< what failed underneath (disk, device, memory): exit status 1
  kStopped,  ///< stopped by a signal or a lost device, everything saved: exit status 75
};

/// Where an error is. `line` and `column` count from 1; 0 means unknown and is not printed.
struct Place {
  std::string file{};
  int line = 0;
  int column = 0;

  /// "file:line:column", "file:line", "file" or "".
  std::string str() const;
};

/// The one exception type for everything a user can meet. what() is one message that begins with
/// the place, if there is one, and is printed as it stands. Programmer errors use LTS_ASSERT.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const { return kind_; }
  int exit_status() const;

 private:
  ErrorKind kind_;
};

/// Makes (does not throw) an error of the user's: `throw user_error(place, "...")`.
Error user_error(const Place& place, std::string_view message);
Error user_error(std::string_view message);
/// Makes (does not throw) an error of what lies underneath; `subject` is a file or device, or
/// empty.
Error runtime_error(std::string_view subject, std::string_view message);

/// The member of `names` that `got` most likely meant (edit distance at most a third of its length,
/// at least 1), or "" if none is near.
std::string nearest_name(std::string_view got, std::span<const std::string> names);

/// "; did you mean 'x'? Accepted: a, b, c" or, where no name is near, "; accepted: a, b, c".
std::string accepted_names(std::string_view got, std::span<const std::string> names);

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace lts

/// A programmer's error, never reachable from input. Always on: none of these is on a hot path.
#define LTS_ASSERT(condition) \
  ((condition) ? void(0) : ::lts::assertion_failed(#condition, __FILE__, __LINE__))
