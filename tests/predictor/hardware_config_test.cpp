#include "predictor/hardware_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "space/family.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

HardwareConfig read(const std::string& yaml) {
  return read_hardware(parse_yaml(yaml, "hw.yaml"), "hw");
}

std::string refusal(const std::string& yaml) {
  return testing::error_message([&] { read(yaml); });
}

TEST(HardwareConfig, AnEmptyFileIsThePublishedProtocol) {
  const HardwareConfig config = read("{}");
  EXPECT_EQ(config.name, "hw");
  EXPECT_EQ(config.device, "cpu");
  EXPECT_EQ(config.threads, 1);
  EXPECT_EQ(config.dtype, "float32");
  EXPECT_EQ(config.batch_size, 1);
  EXPECT_EQ(config.sequence_length, 192);
  EXPECT_EQ(config.past_length, 0);
  EXPECT_EQ(config.new_tokens, 0);
  EXPECT_EQ(config.stop.relative_ci, 0.02);
  EXPECT_EQ(config.stop.min_runs, 5);
  EXPECT_EQ(config.stop.max_runs, 50);
  EXPECT_EQ(config.stop.max_seconds, 1.5);
  EXPECT_TRUE(config.sentinel);
  EXPECT_EQ(config.device_wait_s, 3600);
}

TEST(HardwareConfig, ReadsEveryKeyAndWritesItBack) {
  const HardwareConfig config = read(
      "{name: big, device: 'cuda:1', threads: 8, dtype: bfloat16, batch_size: 4,\n"
      " sequence_length: 64, past_length: 128, new_tokens: 8,\n"
      " stop: {relative_ci: 0.05, min_runs: 3, max_runs: 9, max_seconds: 20},\n"
      " sentinel: false, device_wait_s: 60}");
  EXPECT_EQ(config.name, "big");
  EXPECT_EQ(config.device, "cuda:1");
  EXPECT_EQ(config.positions(), 200);
  const auto json = hardware_json(config);
  EXPECT_EQ(json.dump(),
            R"({"name":"big","device":"cuda:1","threads":8,"dtype":"bfloat16","batch_size":4,)"
            R"("sequence_length":64,"past_length":128,"new_tokens":8,"stop":{"relative_ci":0.05,)"
            R"("min_runs":3,"max_runs":9,"max_seconds":20.0},"sentinel":false,)"
            R"("device_wait_s":60.0})");
  EXPECT_EQ(hardware_json(read(to_yaml(json))), json);
}

TEST(HardwareConfig, ABoundOfRunsLeftUnsetFollowsTheOther) {
  EXPECT_EQ(read("stop: {max_runs: 3}").stop.min_runs, 3);
  EXPECT_EQ(read("stop: {min_runs: 80}").stop.max_runs, 80);
}

TEST(HardwareConfig, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(refusal("device: cpu\nthread: 2"),
              StartsWith("hw.yaml:2:1: unknown key 'thread'; did you mean 'threads'? Accepted: "));
  EXPECT_THAT(refusal("stop: {runs: 3}"), StartsWith("hw.yaml:1:8: unknown key 'stop.runs'"));
  EXPECT_EQ(refusal("device: tpu"), "hw.yaml:1:9: device is 'tpu'; accepted: cpu, cuda, cuda:N");
  EXPECT_EQ(refusal("device: cuda:-1"),
            "hw.yaml:1:9: device is 'cuda:-1'; accepted: cpu, cuda, cuda:N");
  EXPECT_EQ(
      refusal("dtype: float16"),
      "hw.yaml:1:8: dtype is 'float16'; did you mean 'bfloat16'? Accepted: float32, bfloat16, "
      "int8");
  EXPECT_THAT(refusal("[1, 2]"), HasSubstr("a map of keys"));
  EXPECT_THAT(refusal("stop: 3"), StartsWith("hw.yaml:1:7: stop is '3'; accepted: a map of keys"));
}

TEST(HardwareConfig, RefusesWrongTypesAndRanges) {
  EXPECT_EQ(refusal("threads: 0"),
            "hw.yaml:1:10: threads is '0'; accepted: an integer from 1 to 4096");
  EXPECT_THAT(refusal("threads: many"), StartsWith("hw.yaml:1:10: threads is 'many'"));
  EXPECT_THAT(refusal("batch_size: 0"), StartsWith("hw.yaml:1:13: batch_size is '0'"));
  EXPECT_THAT(refusal("sequence_length: 1.5"),
              StartsWith("hw.yaml:1:18: sequence_length is '1.5'"));
  EXPECT_THAT(refusal("past_length: -1"), StartsWith("hw.yaml:1:14: past_length is '-1'"));
  EXPECT_THAT(refusal("new_tokens: -1"), StartsWith("hw.yaml:1:13: new_tokens is '-1'"));
  EXPECT_EQ(refusal("stop: {relative_ci: 2}"),
            "hw.yaml:1:21: stop.relative_ci is '2'; accepted: a number from 0 to 1");
  EXPECT_THAT(refusal("stop: {min_runs: 0}"), StartsWith("hw.yaml:1:18: stop.min_runs is '0'"));
  EXPECT_THAT(refusal("stop: {max_seconds: -1}"),
              StartsWith("hw.yaml:1:21: stop.max_seconds is '-1'"));
  EXPECT_EQ(refusal("stop: {min_runs: 9, max_runs: 3}"),
            "hw.yaml:1:7: stop: min_runs 9 is greater than max_runs 3");
}

TEST(HardwareConfig, AMissingFileIsNamed) {
  EXPECT_THAT(testing::error_message([] { load_hardware("nowhere/pi4.yaml"); }),
              StartsWith("nowhere/pi4.yaml: "));
}

TEST(HardwareConfig, RefusesASequenceThatTheModelHasNoPositionsFor) {
  const space::Architecture model(space::family_named("gpt2"), {1, 8, 8, 2, 50, 100});
  EXPECT_NO_THROW(require_positions(read("sequence_length: 100"), model));
  const HardwareConfig config = read("{sequence_length: 60, past_length: 41}");
  EXPECT_THAT(testing::error_message([&] { require_positions(config, model); }),
              StartsWith("hw.yaml: sequence_length 60 + past_length 41 is greater than "
                         "max_sequence_length 100 of gpt2_"));
  const HardwareConfig generation = read("{sequence_length: 60, new_tokens: 41}");
  EXPECT_THAT(testing::error_message([&] { require_positions(generation, model); }),
              StartsWith("hw.yaml: sequence_length 60 + past_length 0 + new_tokens 41 is greater "
                         "than max_sequence_length 100 of gpt2_"));
}

TEST(HardwareConfig, TheShippedFilesAreComplete) {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/hardware")) {
    if (entry.is_directory()) continue;  // the devices' programs
    EXPECT_EQ(load_hardware(entry.path()).name, entry.path().stem());
    ++files;
  }
  EXPECT_GE(files, 2);
  const auto careful = load_hardware(LTS_SOURCE_DIR "/configs/hardware/cpu-1-thread-careful.yaml");
  EXPECT_EQ(careful.stop.max_runs, 200);
  EXPECT_EQ(hardware_json(load_hardware(LTS_SOURCE_DIR "/configs/hardware/cpu-1-thread.yaml")),
            hardware_json(read_hardware(parse_yaml("{}", ""), "cpu-1-thread")));
}

}  // namespace
}  // namespace lts::predictor
