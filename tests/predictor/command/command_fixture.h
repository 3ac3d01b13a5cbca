#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/file.h"
#include "core/text.h"
#include "core/yaml.h"
#include "predictor/command/command_objective.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::predictor {

/// Objectives whose program is tests/predictor/command/fake_objective.py.
class CommandTest : public ::testing::Test {
 protected:
  static constexpr const char* kFake = LTS_SOURCE_DIR "/tests/predictor/command/fake_objective.py";

  static space::Architecture layers(std::int32_t n_layer) {
    return {space::family_named("gpt2"), {n_layer, 16, 32, 2, 97, 256}};
  }
  static std::vector<space::Architecture> up_to(std::int32_t n_layer) {
    std::vector<space::Architecture> out;
    for (std::int32_t n = 1; n <= n_layer; ++n) out.push_back(layers(n));
    return out;
  }

  CommandConfig read(const std::string& yaml) const {
    const YamlNode node = parse_yaml(yaml, "s.yaml");
    MapReader reader(node, "objectives[0]");
    CommandConfig config = read_command(reader, "mine", folder_.path());
    reader.finish();
    return config;
  }

  /// The objective whose program is the fake one with `words` ("dies, at=2").
  std::shared_ptr<Evaluator> fake(const std::string& words, const std::string& more = "") const {
    return make_command_objective(read(fake_yaml(words, more)));
  }
  std::string fake_yaml(const std::string& words, const std::string& more = "") const {
    return "{command: [python3, '" + std::string(kFake) + "', 'log=" + in_folder("log") +
           "', 'starts=" + in_folder("starts") + "'" + (words.empty() ? "" : ", " + words) + "]" +
           (more.empty() ? "" : ", " + more) + "}";
  }

  std::string in_folder(const std::string& name) const { return (folder_.path() / name).string(); }

  /// How many architectures each request had.
  std::vector<std::size_t> batches() const {
    std::vector<std::size_t> out;
    for (const std::string& line : split(read_file(in_folder("log")), '\n')) {
      if (!line.empty()) out.push_back(nlohmann::json::parse(line)["architectures"].size());
    }
    return out;
  }
  std::size_t starts() const { return split(read_file(in_folder("starts")), '\n').size() - 1; }

  static double value(const std::shared_ptr<Evaluator>& objective,
                      const space::Architecture& architecture) {
    const Outcome outcome = objective->evaluate(architecture);
    const auto* failure = std::get_if<Failure>(&outcome);
    if (failure) ADD_FAILURE() << failure->reason;
    return failure ? -1 : std::get<Measurement>(outcome).value;
  }
  static std::string failure(const std::shared_ptr<Evaluator>& objective,
                             const space::Architecture& architecture) {
    const Outcome outcome = objective->evaluate(architecture);
    const auto* failed = std::get_if<Failure>(&outcome);
    if (!failed) ADD_FAILURE() << "has a value";
    return failed ? failed->reason : "";
  }

  testing::TemporaryFolder folder_;
};

/// What reference/archai.md 1.3 counts, by hand: d_model 16, d_inner 32.
inline double decoder_params(std::int32_t n_layer) {
  return n_layer * (4.0 * 16 * 16 + 2 * 16 * 32 + 9 * 16 + 32) + 2 * 16;
}

}  // namespace lts::predictor
