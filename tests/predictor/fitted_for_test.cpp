#include "predictor/fitted_for.h"

#include <gtest/gtest.h>

#include "space/space_config.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

HardwareConfig hardware(const std::string& yaml) {
  return read_hardware(parse_yaml(yaml, "h.yaml"), "h");
}

space::SearchSpace space_of(const std::string& yaml) {
  return space::read_space(parse_yaml(yaml, "s.yaml"));
}

TEST(FittedFor, NamesTheFirstKeyOfAProtocolThatDiffers) {
  const HardwareConfig there = hardware("{threads: 1, sequence_length: 192}");
  EXPECT_EQ(protocol_difference(there, there), std::nullopt);
  EXPECT_EQ(protocol_difference(there, hardware("{threads: 2, sequence_length: 64}")),
            "threads is 1 there and 2 here");
  EXPECT_EQ(protocol_difference(there, hardware("{dtype: bfloat16}")),
            "dtype is \"float32\" there and \"bfloat16\" here");
  EXPECT_EQ(protocol_difference(there, hardware("{past_length: 7}")),
            "past_length is 0 there and 7 here");
}

TEST(FittedFor, NeitherNameNorStopRuleAreWhatIsMeasured) {
  EXPECT_EQ(protocol_difference(hardware("{name: a}"), hardware("{name: b, stop: {max_runs: 9}}")),
            std::nullopt);
}

TEST(FittedFor, NeitherWaitsNorPlacesAreWhatIsMeasured) {
  const auto board = [](const std::string& folder, const std::string& host) {
    return read_hardware(
        parse_yaml("{run: [sh, m.sh], files: [m.sh], connection: {kind: ssh, host: " + host +
                       "}, prepare: [./cc, '{artifact}', '{prepared}']}",
                   folder + "/h.yaml"),
        "h");
  };
  HardwareConfig there = board("/lab", "pi4"), here = board("/home/ada", "pi.0.0.7");
  here.device_wait_s = 5;
  here.remote->timeout_s = {1, 2, 3, 4};
  EXPECT_EQ(protocol_difference(there, here), std::nullopt);
  here.remote->files = {"/home/ada/other.sh"};
  EXPECT_EQ(protocol_difference(there, here), "files.0 is \"m.sh\" there and \"other.sh\" here");
  here.remote->rest_s = 1;
  here.remote->files = there.remote->files;
  EXPECT_EQ(protocol_difference(there, here), "rest.seconds is 0.0 there and 1.0 here");
}

TEST(FittedFor, NamesTheFirstGeneThatLeavesTheSpace) {
  const auto there = space_of("{n_layer: [2, 4], d_model: [64, 128], d_inner: 64, n_head: [2, 4]}");
  EXPECT_EQ(space_difference(there, there), std::nullopt);
  EXPECT_EQ(space_difference(there, space_of("{n_layer: 3, d_model: 96, d_inner: 64, n_head: 2}")),
            std::nullopt);
  EXPECT_EQ(
      space_difference(there, space_of("{n_layer: [2, 5], d_model: 64, d_inner: 64, n_head: 2}")),
      "n_layer is 2 to 4 there and reaches 5 here");
  EXPECT_EQ(space_difference(there, space_of("{n_layer: 2, d_model: 64, d_inner: 64, n_head: 2, "
                                             "vocab_size: 100}")),
            "vocab_size is 50257 there and 100 here");
}

TEST(FittedFor, ReadsWhatItWrites) {
  const FittedFor fitted{.space = space_of("{d_model: [64, 128]}"),
                         .protocol = hardware("{name: x, threads: 3}")};
  const auto json = fitted_for_json(fitted);
  const FittedFor again = read_fitted_for(parse_yaml(to_yaml(json), "f.yaml"));
  EXPECT_EQ(fitted_for_json(again), json);
}

TEST(FittedFor, RefusesWhatIsMissing) {
  EXPECT_EQ(testing::error_message([] { read_fitted_for(parse_yaml("{space: {}}", "f.yaml")); }),
            "f.yaml:1:1: key 'fitted.protocol' is missing");
}

}  // namespace
}  // namespace lts::predictor
