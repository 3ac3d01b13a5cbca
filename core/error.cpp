#include "core/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include "core/text.h"

namespace lts {

std::string Place::str() const {
  std::string out = file;
  if (line > 0) out += ":" + std::to_string(line);
  if (line > 0 && column > 0) out += ":" + std::to_string(column);
  return out;
}

int Error::exit_status() const {
  switch (kind_) {
    case ErrorKind::kUser:
      return 2;
    case ErrorKind::kRuntime:
      return 1;
    case ErrorKind::kStopped:
      return 75;
  }
  return 1;
}

namespace {

std::string with_subject(std::string_view subject, std::string_view message) {
  if (subject.empty()) return std::string(message);
  return std::string(subject) + ": " + std::string(message);
}

}  // namespace

Error user_error(const Place& place, std::string_view message) {
  return Error(ErrorKind::kUser, with_subject(place.str(), message));
}

Error user_error(std::string_view message) { return Error(ErrorKind::kUser, std::string(message)); }

Error runtime_error(std::string_view subject, std::string_view message) {
  return Error(ErrorKind::kRuntime, with_subject(subject, message));
}

std::string nearest_name(std::string_view got, std::span<const std::string> names) {
  std::string best;
  std::size_t best_distance = std::numeric_limits<std::size_t>::max();
  for (const std::string& name : names) {
    const std::size_t distance = edit_distance(got, name);
    if (distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  const std::size_t allowed = std::max<std::size_t>(1, std::max(got.size(), best.size()) / 3);
  return best_distance <= allowed ? best : std::string();
}

std::string accepted_names(std::string_view got, std::span<const std::string> names) {
  const std::string nearest = nearest_name(got, names);
  std::string out = nearest.empty() ? "" : "; did you mean '" + nearest + "'?";
  return out + (nearest.empty() ? "; accepted: " : " Accepted: ") + join(names, ", ");
}

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: internal error, please report it: %s does not hold\n", file, line,
               condition);
  std::abort();
}

}  // namespace lts
