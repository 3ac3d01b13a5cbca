#include "predictor/remote/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace lts::predictor {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

Connection::Connection(const RemoteConfig& config, std::string target, const fs::path& scratch)
    : config_(config.connection),
      timeout_s_(config.timeout_s),
      folder_(config.folder),
      target_(std::move(target)),
      socket_(scratch / "ssh") {}

std::string Connection::name() const {
  if (config_.kind == "ssh") return target_;
  if (config_.kind == "adb") return target_.empty() ? "adb" : "adb " + target_;
  if (config_.kind == "any") return target_.empty() ? config_.execute.front() : target_;
  return "this machine";
}

Words Connection::adb_words(const Words& command) const {
  Words words = {"adb"};
  if (!target_.empty()) words.insert(words.end(), {"-s", target_});
  words.insert(words.end(), command.begin(), command.end());
  return words;
}

/// The user's options come first: ssh takes the first value of each.
Words Connection::ssh_words(bool carries) const {
  Words words = {"ssh", "-T"};
  words.insert(words.end(), config_.options.begin(), config_.options.end());
  for (const char* option :
       {"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3"}) {
    words.insert(words.end(), {"-o", option});
  }
  words.insert(words.end(), {"-o", "ControlPath=" + socket_.string(), "-o",
                             std::string("ControlMaster=") + (carries ? "yes" : "no")});
  if (config_.port != 0) words.insert(words.end(), {"-p", std::to_string(config_.port)});
  if (!config_.identity.empty()) words.insert(words.end(), {"-i", config_.identity});
  words.insert(words.end(), {"--", target_});
  return words;
}

Words Connection::words(const std::string& command, bool carries) const {
  if (config_.kind == "any") {
    return filled_in(config_.execute, {{"command", command}, {"host", target_}});
  }
  if (config_.kind == "local") return {"sh", "-c", command};
  if (config_.kind == "adb") return adb_words({"shell", "-T", command});
  std::error_code ignored;
  if (carries) fs::remove(socket_, ignored);  // one that was killed leaves it: ssh would not share
  Words words = ssh_words(carries);
  words.push_back("exec sh -c " + shell_quote(command));  // the login's shell may be another
  return words;
}

CommandResult Connection::run(const std::string& command) const {
  return run_command(words(command), timeout_s_.connect, {.folder = folder_});
}

void Connection::run_quietly(const std::string& command) const noexcept {
  constexpr double kCleaningSeconds = 5;
  try {
    run_command(words(command), std::min(kCleaningSeconds, timeout_s_.connect),
                {.folder = folder_, .interruptible = false});
  } catch (const std::exception&) {  // what cannot be cleaned stays
  }
}

bool Connection::reachable() const { return run(":").success(); }

Words Connection::copy_words(const std::string& from, const std::string& to) const {
  if (config_.kind == "adb") return adb_words({"push", from, to});
  return filled_in(config_.copy, {{"from", from}, {"to", to}, {"host", target_}});
}

CommandResult Connection::copy(const fs::path& from, const std::string& to) const {
  const std::string part = to + ".part";
  const std::string publish = "mv -f " + shell_quote(part) + " " + shell_quote(to);
  const bool has_command = config_.kind == "adb" || !config_.copy.empty();
  if (!has_command) {  // one round trip, and nothing but a shell on the device
    return run_command(words("cat > " + shell_quote(part) + " && " + publish), timeout_s_.copy,
                       {.folder = folder_, .input_file = from});
  }
  CommandResult result =
      run_command(copy_words(from.string(), part), timeout_s_.copy, {.folder = folder_});
  return result.success() ? run(publish) : result;
}

}  // namespace lts::predictor
