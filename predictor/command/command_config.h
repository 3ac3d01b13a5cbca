#pragma once

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config_reader.h"
#include "predictor/objective.h"

namespace lts::predictor {

/// A program that says what architectures are worth: the `command` of an objective.
struct CommandConfig {
  std::string objective{};  ///< its name, for messages
  std::vector<std::string> words{};
  std::filesystem::path folder{};  ///< where it runs; absolute
  Cost cost = Cost::kCheap;
  int batch = 64;          ///< architectures of a request, at most
  double timeout_s = 600;  ///< until the answer to a request
  std::string unit{};
  Place place{};  ///< of `command`
};

/// Reads `command`, `cost`, `batch`, `timeout_s`, `unit` and `folder` of an objective's map. A
/// program and files that stand in `folder`, the configuration's own, are named by their whole
/// path. The caller finishes the reader. \throws Error kUser with place, also where this machine
/// has no such program.
CommandConfig read_command(MapReader& reader, const std::string& objective,
                           const std::filesystem::path& folder);

/// The keys that read_command reads.
inline constexpr std::array kCommandKeys = {"command", "folder",    "cost",
                                            "batch",   "timeout_s", "unit"};

/// A map of them, complete.
nlohmann::ordered_json command_json(const CommandConfig& config);

}  // namespace lts::predictor
