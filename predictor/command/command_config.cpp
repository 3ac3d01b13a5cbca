#include "predictor/command/command_config.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "core/program_words.h"

namespace lts::predictor {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<const char*, Cost>, 3> kCosts = {
    {{"free", Cost::kFree}, {"cheap", Cost::kCheap}, {"measured", Cost::kMeasured}}};

Cost read_cost_class(MapReader& reader) {
  const std::string name = reader.choice("cost", "cheap", {"free", "cheap", "measured"});
  return std::ranges::find(kCosts, name, [](const auto& c) { return std::string(c.first); })
      ->second;
}

/// [python3, mine.py] without mine.py would end at its first request, when the run has begun.
void require_script(const std::vector<std::string>& words, const fs::path& folder,
                    const Place& place) {
  constexpr std::array<std::string_view, 8> kScripts = {".py",  ".sh", ".jl", ".js",
                                                        ".lua", ".pl", ".R",  ".rb"};
  if (words.size() < 2 || words[1].starts_with('-')) return;
  const std::string extension = fs::path(words[1]).extension();
  std::error_code ignored;
  if (std::ranges::find(kScripts, extension) == kScripts.end()) return;
  if (fs::is_regular_file(folder / words[1], ignored)) return;
  throw user_error(place, "command names the script '" + words[1] + "', which is no file");
}

fs::path absolute_folder(const fs::path& folder) {
  const fs::path out = fs::absolute(folder).lexically_normal();
  return out.has_filename() ? out : out.parent_path();  // no slash at its end
}

}  // namespace

CommandConfig read_command(MapReader& reader, const std::string& objective,
                           const fs::path& folder) {
  const YamlNode& node = reader.required("command");
  CommandConfig config{.objective = objective, .place = node.place};
  config.words = as_words(node, reader.path_of("command"));
  config.folder = absolute_folder(folder / reader.string("folder", "."));
  config.cost = read_cost_class(reader);
  const int batch = config.cost == Cost::kMeasured ? 1 : config.batch;
  config.batch = static_cast<int>(reader.integer("batch", batch, {.min = 1, .max = 100'000}));
  config.timeout_s = reader.number("timeout_s", config.timeout_s, {.min = 0.1, .max = 1e6});
  config.unit = reader.string("unit", "");
  resolve_program(config.words, config.folder);
  for (std::size_t i = 1; i < config.words.size(); ++i)
    resolve_file(config.words[i], config.folder);
  require_program(config.words, "command", config.place);
  require_script(config.words, config.folder, config.place);
  return config;
}

nlohmann::ordered_json command_json(const CommandConfig& config) {
  const auto cost = std::ranges::find(kCosts, config.cost, [](const auto& c) { return c.second; });
  nlohmann::ordered_json out = {{"command", config.words},
                                {"folder", config.folder.string()},
                                {"cost", cost->first},
                                {"batch", config.batch},
                                {"timeout_s", config.timeout_s}};
  if (!config.unit.empty()) out["unit"] = config.unit;
  return out;
}

}  // namespace lts::predictor
