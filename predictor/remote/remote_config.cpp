#include "predictor/remote/remote_config.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>

#include "core/onnx_opset.h"
#include "core/program_words.h"
#include "core/text.h"

namespace lts::predictor {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

/// A list of words, none of them empty; no words where the key is absent.
Words read_words(MapReader& reader, std::string_view key) {
  const YamlNode* node = reader.child(key);
  return node ? as_words(*node, reader.path_of(key)) : Words{};
}

/// The names in braces of all words: "{artifact}" -> "artifact".
std::set<std::string> placeholders(const Words& words) {
  std::set<std::string> names;
  for (const std::string& word : words) {
    for (auto open = word.find('{'); open != std::string::npos; open = word.find('{', open + 1)) {
      const auto close = word.find_first_not_of("abcdefghijklmnopqrstuvwxyz_", open + 1);
      if (close == std::string::npos || word[close] != '}' || close == open + 1) continue;
      names.insert(word.substr(open + 1, close - open - 1));
    }
  }
  return names;
}

/// A template must name each of `needed`, and may name `optional` besides.
Words read_template(MapReader& reader, std::string_view key, const Words& needed,
                    const Words& optional = {}) {
  Words words = read_words(reader, key);
  if (words.empty()) return words;
  const Place& place = reader.child(key)->place;
  Words accepted = needed;
  accepted.insert(accepted.end(), optional.begin(), optional.end());
  const std::set<std::string> named = placeholders(words);
  for (const std::string& name : named) {
    if (std::ranges::find(accepted, name) != accepted.end()) continue;
    throw user_error(place, reader.path_of(key) + " names {" + name + "}; accepted: {" +
                                join(accepted, "}, {") + "}");
  }
  for (const std::string& name : needed) {
    if (named.contains(name)) continue;
    throw user_error(place, reader.path_of(key) + " lacks {" + name + "}");
  }
  return words;
}

/// `one` (a word) or `several` (a list): not both.
Words read_targets(MapReader& reader, std::string_view one, std::string_view several,
                   bool required) {
  const YamlNode* single = reader.child(one);
  const YamlNode* list = reader.child(several);
  if (single && list) {
    throw user_error(list->place, "either " + reader.path_of(one) + " or " +
                                      reader.path_of(several) + ", not both");
  }
  Words targets = single ? Words{as_string(*single, reader.path_of(one))} : Words{};
  if (list) targets = read_words(reader, several);
  if (targets.empty() && required) {
    throw user_error(reader.place(), "key '" + reader.path_of(one) + "' is missing");
  }
  std::set<std::string> seen;
  for (const std::string& target : targets) {
    const Place& place = single ? single->place : list->place;
    const std::string what = reader.path_of(single ? one : several);
    if (target.empty() || target.starts_with('-')) {  // an option to ssh and adb
      throw user_error(place, what + " is '" + target + "', which is no name of a device");
    }
    if (!seen.insert(target).second) throw user_error(place, what + " has '" + target + "' twice");
  }
  return targets;
}

std::string read_identity(MapReader& reader, const fs::path& folder) {
  const std::string identity = reader.string("identity", "");
  if (identity.empty() || identity.starts_with('~')) return identity;  // ssh knows the home
  return (folder / identity).lexically_normal().string();
}

void read_ssh(MapReader& reader, ConnectionConfig& connection, const fs::path& folder) {
  connection.targets = read_targets(reader, "host", "hosts", true);
  connection.port = static_cast<int>(reader.integer("port", 0, {.min = 1, .max = 65535}));
  connection.identity = read_identity(reader, folder);
  connection.options = read_words(reader, "options");
}

void read_any(MapReader& reader, ConnectionConfig& connection, const fs::path& folder) {
  connection.targets = read_targets(reader, "host", "hosts", false);
  const Words host = connection.targets.empty() ? Words{} : Words{"host"};
  connection.copy = read_template(reader, "copy", {"from", "to"}, host);
  connection.execute = read_template(reader, "execute", {"command"}, host);
  if (connection.execute.empty()) {
    throw user_error(reader.place(), "key '" + reader.path_of("execute") + "' is missing");
  }
  resolve_program(connection.copy, folder);
  resolve_program(connection.execute, folder);
}

ConnectionConfig read_connection(const YamlNode* node, const fs::path& folder) {
  ConnectionConfig connection;
  if (!node) return connection;
  MapReader reader(*node, "connection");
  connection.kind = reader.choice("kind", connection.kind, {"local", "ssh", "adb", "any"});
  if (connection.kind == "ssh") read_ssh(reader, connection, folder);
  if (connection.kind == "adb") {
    connection.targets = read_targets(reader, "serial", "serials", false);
  }
  if (connection.kind == "any") read_any(reader, connection, folder);
  if (connection.kind != "local") {
    connection.folder =
        reader.string("folder", connection.kind == "adb" ? "/data/local/tmp/lts" : "/tmp/lts");
    if (connection.folder.empty()) {
      throw user_error(reader.child("folder")->place,
                       "connection.folder is empty; accepted: a folder on the device");
    }
  }
  reader.finish();
  return connection;
}

ArtifactConfig read_artifact(const YamlNode* node) {
  ArtifactConfig artifact;
  if (!node) return artifact;
  MapReader reader(*node, "artifact");
  artifact.format = reader.choice("format", artifact.format, {"onnx", "none"});
  artifact.static_shapes = reader.boolean("static_shapes", artifact.static_shapes);
  artifact.opset = static_cast<int>(
      reader.integer("opset", artifact.opset, {.min = kMinOpset, .max = kMaxOpset}));
  reader.finish();
  return artifact;
}

double read_rest(const YamlNode* node) {
  if (!node) return 0;
  MapReader reader(*node, "rest");
  const double seconds = reader.number("seconds", 0, {.min = 0, .max = 3600});
  reader.finish();
  return seconds;
}

RemoteTimeouts read_timeouts(const YamlNode* node) {
  RemoteTimeouts out;
  if (!node) return out;
  constexpr Range<double> kSeconds{.min = 0.01, .max = 1e6};
  MapReader reader(*node, "timeout_s");
  out.connect = reader.number("connect", out.connect, kSeconds);
  out.copy = reader.number("copy", out.copy, kSeconds);
  out.prepare = reader.number("prepare", out.prepare, kSeconds);
  out.run = reader.number("run", out.run, kSeconds);
  reader.finish();
  return out;
}

std::vector<fs::path> read_files(MapReader& reader, const fs::path& folder) {
  std::vector<fs::path> files;
  std::set<std::string> names;
  for (const std::string& word : read_words(reader, "files")) {
    files.push_back((folder / word).lexically_normal());
    if (names.insert(files.back().filename().string()).second) continue;
    throw user_error(reader.child("files")->place, "two of files are named '" +
                                                       files.back().filename().string() +
                                                       "'; on the device they lie in one folder");
  }
  return files;
}

Words read_prepare(MapReader& reader, const RemoteConfig& config) {
  Words words = read_template(reader, "prepare", {"artifact", "prepared"});
  if (!words.empty() && config.artifact.format == "none") {
    throw user_error(reader.child("prepare")->place,
                     "prepare needs an artifact, and artifact.format is none; accepted: onnx");
  }
  resolve_program(words, config.folder);
  for (std::size_t i = 1; i < words.size(); ++i) resolve_file(words[i], config.folder);
  return words;
}

Place place_of(MapReader& reader, std::string_view key) {
  const YamlNode* node = reader.child(key);
  return node ? node->place : reader.place();
}

bool has_any(MapReader& reader, std::initializer_list<std::string_view> keys) {
  bool found = false;
  for (const std::string_view key : keys) found = (reader.child(key) != nullptr) || found;
  return found;
}

nlohmann::ordered_json targets_json(const ConnectionConfig& connection) {
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const std::string one = connection.kind == "adb" ? "serial" : "host";
  if (connection.targets.size() == 1) out[one] = connection.targets.front();
  if (connection.targets.size() > 1) out[one + "s"] = connection.targets;
  return out;
}

nlohmann::ordered_json connection_json(const ConnectionConfig& connection) {
  nlohmann::ordered_json out = {{"kind", connection.kind}};
  out.update(targets_json(connection));
  if (!connection.folder.empty()) out["folder"] = connection.folder;
  if (connection.port != 0) out["port"] = connection.port;
  if (!connection.identity.empty()) out["identity"] = connection.identity;
  if (!connection.options.empty()) out["options"] = connection.options;
  if (!connection.copy.empty()) out["copy"] = connection.copy;
  if (!connection.execute.empty()) out["execute"] = connection.execute;
  return out;
}

nlohmann::ordered_json paths_json(const std::vector<fs::path>& paths) {
  auto out = nlohmann::ordered_json::array();
  for (const fs::path& path : paths) out.push_back(path.string());
  return out;
}

}  // namespace

std::optional<RemoteConfig> read_remote(MapReader& reader) {
  if (!has_any(reader, {"connection", "artifact", "logits_tolerance", "prepare", "files", "run",
                        "state", "rest", "timeout_s"})) {
    return std::nullopt;
  }
  if (!reader.child("run")) {
    throw user_error(reader.place(),
                     "key 'run' is missing: connection, artifact, prepare, files, state, rest and "
                     "timeout_s describe the device that 'run' measures on");
  }
  RemoteConfig config;
  config.folder = (fs::current_path() / reader.place().file).lexically_normal().parent_path();
  config.connection = read_connection(reader.child("connection"), config.folder);
  config.artifact = read_artifact(reader.child("artifact"));
  if (reader.child("logits_tolerance")) {
    config.logits_tolerance = reader.number("logits_tolerance", 0, {.min = 0, .max = 1e6});
  }
  config.prepare = read_prepare(reader, config);
  config.files = read_files(reader, config.folder);
  config.run = read_words(reader, "run");
  config.state = read_words(reader, "state");
  config.rest_s = read_rest(reader.child("rest"));
  config.timeout_s = read_timeouts(reader.child("timeout_s"));
  config.run_place = place_of(reader, "run");
  config.files_place = place_of(reader, "files");
  config.prepare_place = place_of(reader, "prepare");
  config.state_place = place_of(reader, "state");
  config.connection_place = place_of(reader, "connection");
  return config;
}

std::vector<std::string> filled_in(
    std::vector<std::string> words,
    const std::vector<std::pair<std::string_view, std::string>>& values) {
  for (std::string& word : words) {
    std::string out;
    for (std::size_t at = 0; at < word.size();) {
      const auto is_next = [&](const auto& value) {
        return word.compare(at, value.first.size() + 2, "{" + std::string(value.first) + "}") == 0;
      };
      const auto found = std::ranges::find_if(values, is_next);
      out += found == values.end() ? std::string(1, word[at]) : found->second;
      at += found == values.end() ? 1 : found->first.size() + 2;
    }
    word = std::move(out);
  }
  return words;
}

nlohmann::ordered_json remote_json(const RemoteConfig& config) {
  nlohmann::ordered_json out = {
      {"connection", connection_json(config.connection)},
      {"artifact",
       {{"format", config.artifact.format},
        {"static_shapes", config.artifact.static_shapes},
        {"opset", config.artifact.opset}}},
  };
  if (config.logits_tolerance) out["logits_tolerance"] = *config.logits_tolerance;
  if (!config.prepare.empty()) out["prepare"] = config.prepare;
  if (!config.files.empty()) out["files"] = paths_json(config.files);
  out["run"] = config.run;
  if (!config.state.empty()) out["state"] = config.state;
  out["rest"] = {{"seconds", config.rest_s}};
  out["timeout_s"] = {{"connect", config.timeout_s.connect},
                      {"copy", config.timeout_s.copy},
                      {"prepare", config.timeout_s.prepare},
                      {"run", config.timeout_s.run}};
  return out;
}

}  // namespace lts::predictor
