#include "predictor/remote/device_session.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <limits>
#include <random>
#include <thread>
#include <utility>

#include "core/digest.h"
#include "core/file.h"
#include "core/interrupt.h"
#include "core/json_difference.h"
#include "core/text.h"
#include "predictor/stopwatch.h"

namespace lts::predictor {
namespace {

constexpr const char* kPidFile = "program.pid";
constexpr const char* kReadBootId = "cat /proc/sys/kernel/random/boot_id 2>/dev/null || :";

/// A name that no other session takes.
std::string session_name() {
  std::random_device random;
  char name[32];
  std::snprintf(name, sizeof name, "lts-%08x%08x", random(), random());
  return name;
}

/// Ends a program that an earlier connection left behind: the one that is noted and still works in
/// the session's folder, so that no stranger with its number is met.
std::string kill_left_over(const std::string& folder) {
  return "( cd " + folder + " 2>/dev/null && p=$(cat " + kPidFile +
         " 2>/dev/null) && [ \"$(readlink /proc/$p/cwd)\" = \"$(pwd -P)\" ] && "
         "{ kill -9 -$p || kill -9 $p; } ) 2>/dev/null; ";
}

/// What the copied files and `prepare` are: another program is another measurement.
std::string digest_of_programs(const RemoteConfig& remote) {
  Sha256 digest;
  std::vector<fs::path> files = remote.files;
  for (const std::string& word : remote.prepare) files.push_back(remote.folder / word);
  for (const fs::path& file : files) {
    if (!fs::is_regular_file(file)) continue;  // a program of PATH, an option
    digest.update(file.filename().string() + " " + sha256_hex_of_file(file) + "\n");
  }
  return digest.finish_hex();
}

/// "board is "b", was "a"" for the first key that differs.
std::string difference(const nlohmann::ordered_json& now, const nlohmann::ordered_json& before) {
  const auto found = json_difference(before, now);
  if (!found) return "";
  if (found->now.is_null()) return found->path + " is missing";
  if (found->before.is_null()) return found->path + " is new";
  return found->path + " is " + found->now.dump() + ", was " + found->before.dump();
}

}  // namespace

DeviceSession::DeviceSession(const HardwareConfig& config, std::string target)
    : config_(config),
      scratch_("device"),
      connection_(*config.remote, std::move(target), scratch_.path()),
      folder_(connection_.local()
                  ? scratch_.path().string()
                  : (fs::path(config.remote->connection.folder) / session_name()).string()),
      last_answer_s_(-std::numeric_limits<double>::infinity()) {}

DeviceSession::~DeviceSession() {
  program_.reset();
  if (!has_folder_) return;
  const std::string folder = shell_quote(folder_);
  connection_.run_quietly(kill_left_over(folder) + "rm -rf " + folder);
}

std::string DeviceSession::in_folder(const std::string& command) const {
  return "cd " + shell_quote(folder_) + " && " + command;
}

void DeviceSession::open() {
  if (fingerprint_.is_null()) connect();
}

void DeviceSession::reopen() {
  program_.reset();
  const bool first = fingerprint_.is_null();
  try {
    connect();
  } catch (const DeviceLost&) {
    throw;
  } catch (const Error& error) {
    if (first || error.kind() == ErrorKind::kStopped) throw;
    throw DeviceLost(error.what());  // it worked before: the device has changed, not the file
  }
}

void DeviceSession::connect() {
  ++epoch_;
  discarded_.clear();
  if (!connection_.local()) make_folder();
  copy_files();
  start_program();
}

void DeviceSession::make_folder() {
  const std::string folder = shell_quote(folder_);
  const CommandResult result =
      connection_.run(kill_left_over(folder) + "mkdir -p " + folder + " && rm -rf " + folder +
                      "/model-* && { " + kReadBootId + "; }");
  if (!result.success()) {
    if (!result.exit || !connection_.reachable()) {
      throw DeviceLost(name() + ": cannot be reached: " + result.failure());
    }
    throw user_error(config_.remote->connection_place,
                     "connection.folder '" + config_.remote->connection.folder +
                         "' cannot be used on " + name() + ": " + result.failure());
  }
  has_folder_ = true;
  boot_id_ = trim(result.output);
}

void DeviceSession::copy_files() {
  for (const fs::path& file : config_.remote->files) {
    const std::string to = folder_ + "/" + file.filename().string();
    CommandResult result = connection_.copy(file, to);
    if (result.success() && ::access(file.c_str(), X_OK) == 0) {
      result = connection_.run("chmod +x " + shell_quote(to));
    }
    if (result.success()) continue;
    const std::string message =
        file.string() + " cannot be copied to " + to + ": " + result.failure();
    if (!result.exit || !connection_.reachable()) throw DeviceLost(name() + ": " + message);
    throw runtime_error(name(), message);
  }
}

void DeviceSession::start_program() {
  const std::string command = in_folder(std::string("echo $$ > ") + kPidFile + " && exec " +
                                        shell_join(config_.remote->run));
  try {
    program_.emplace(name(), connection_.words(command, true), config_.remote->folder,
                     config_.remote->timeout_s.run);
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::kStopped || connection_.reachable()) throw;
    throw DeviceLost(std::string(error.what()) + "; the device does not answer");
  }
  require_generations();
  check_fingerprint(program_->hello().device);
}

/// A program that does not know new_tokens would time a prefill and call it a generation.
void DeviceSession::require_generations() {
  if (config_.new_tokens == 0 || program_->hello().new_tokens) return;
  program_.reset();
  throw user_error(config_.remote->run_place,
                   "the program on " + name() +
                       " does not say \"new_tokens\": true in its first line, so "
                       "it times no generations; accepted: new_tokens 0");
}

void DeviceSession::check_fingerprint(nlohmann::ordered_json device) {
  device["program_sha256"] = digest_of_programs(*config_.remote);
  if (!fingerprint_.is_null()) {
    const std::string changed = difference(device, fingerprint_);
    if (changed.empty()) return;
    program_.reset();
    throw DeviceLost(name() + ": another device answered: " + changed);
  }
  if (!config_.remote->state.empty()) {
    const CommandResult result = run_state();
    if (!result.success()) {
      program_.reset();
      throw user_error(config_.remote->state_place,
                       "state fails on " + name() + ": " + result.failure());
    }
  }
  fingerprint_ = std::move(device);
}

std::optional<std::string> DeviceSession::boot_id() const {
  const CommandResult result = connection_.run(kReadBootId);
  if (!result.success()) return std::nullopt;
  return std::string(trim(result.output));
}

/// Stops the program and says what else is known.
DeviceLost DeviceSession::lost(const std::string& reason) {
  program_.reset();
  if (connection_.local()) return DeviceLost(reason);
  const auto now = boot_id();
  if (!now) return DeviceLost(reason + "; the device does not answer");
  if (*now != boot_id_) return DeviceLost(reason + "; the device has restarted");
  return DeviceLost(reason);
}

std::string DeviceSession::place(const Artifact& artifact,
                                 const space::Architecture& architecture) {
  if (!is_up()) throw DeviceLost(name() + ": not connected");
  if (connection_.local()) return artifact.file.string();
  const std::string folder = "model-" + std::to_string(next_model_++);
  std::string removal;
  for (const std::string& old : std::exchange(discarded_, {})) removal += " " + shell_quote(old);
  CommandResult result = connection_.run(
      in_folder((removal.empty() ? "" : "rm -rf" + removal + " && ") + "mkdir " + folder));
  for (const auto& entry : fs::directory_iterator(artifact.file.parent_path())) {
    if (!result.success()) break;
    const std::string file = entry.path().filename().string();
    result = connection_.copy(entry.path(), folder_ + "/" + folder + "/" + file);
  }
  if (result.success()) return folder + "/" + artifact.file.filename().string();
  discard(folder + "/" + artifact.file.filename().string());
  const std::string message = "cannot be copied to " + name() + ": " + result.failure();
  if (!result.exit || !connection_.reachable()) throw lost(name() + ": a model " + message);
  throw runtime_error(space::summary(architecture), message);
}

void DeviceSession::discard(const std::string& path) noexcept {
  if (connection_.local()) return;
  discarded_.push_back(path.substr(0, path.rfind('/')));
}

Answer DeviceSession::ask(Request request) {
  if (!is_up()) throw DeviceLost(name() + ": not connected");
  request.id = next_id_++;
  try {
    Answer answer = program_->ask(request, config_);
    last_answer_s_ = steady_now_s();
    return answer;
  } catch (const DeviceLost& loss) {
    throw lost(loss.what());
  } catch (const Error& error) {
    last_answer_s_ = steady_now_s();
    if (error.kind() == ErrorKind::kStopped) program_.reset();  // its answer would meet the next
    throw;
  }
}

CommandResult DeviceSession::run_state() {
  return connection_.run(in_folder(shell_join(config_.remote->state)));
}

nlohmann::ordered_json DeviceSession::state() {
  if (config_.remote->state.empty()) return nullptr;
  if (!is_up()) throw DeviceLost(name() + ": not connected");
  const CommandResult result = run_state();
  if (!result.success()) throw lost(name() + ": state fails: " + result.failure());
  return trim(result.output);
}

void DeviceSession::rest() const {
  const double end_s = last_answer_s_ + config_.remote->rest_s;
  constexpr double kTickSeconds = 0.05;
  for (double left_s = end_s - steady_now_s(); left_s > 0; left_s = end_s - steady_now_s()) {
    throw_if_interrupted("the candidate that waited for its device to rest is not measured");
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left_s, kTickSeconds)));
  }
}

}  // namespace lts::predictor
