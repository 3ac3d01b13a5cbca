#include "predictor/remote/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "space/family.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const std::string& line, int runs = 2, double wall_s = 1) {
  return testing::error_message([&] { parse_answer(line, {.id = 7, .runs = runs}, wall_s); },
                                ErrorKind::kRuntime);
}

std::string hello_refusal(const std::string& line) {
  return testing::error_message([&] { parse_hello(line); }, ErrorKind::kRuntime);
}

TEST(Protocol, ARequestHasTheKeysOfTheContract) {
  const space::Architecture architecture(space::family_named("gpt2"), {2, 16, 32, 2, 97, 64});
  HardwareConfig config;
  config.threads = 4;
  config.batch_size = 3;
  config.past_length = 5;
  const Request request{.id = 7, .model = "m/model.onnx", .architecture = &architecture, .runs = 9};
  const std::string line = request_line(request, config);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["id"], 7);
  EXPECT_EQ(json["model"], "m/model.onnx");
  EXPECT_EQ(json["config"], space::config_json(architecture));
  EXPECT_EQ(json["archid"], space::archid(architecture));
  EXPECT_EQ(json["batch_size"], 3);
  EXPECT_EQ(json["sequence_length"], 192);
  EXPECT_EQ(json["past_length"], 5);
  EXPECT_FALSE(json.contains("new_tokens"));
  config.new_tokens = 6;
  EXPECT_EQ(nlohmann::json::parse(request_line(request, config))["new_tokens"], 6);
  EXPECT_EQ(json["threads"], 4);
  EXPECT_EQ(json["dtype"], "float32");
  EXPECT_EQ(json["runs"], 9);
  EXPECT_TRUE(nlohmann::json::parse(
                  request_line({.architecture = &architecture, .runs = 1}, config))["model"]
                  .is_null());
}

TEST(Protocol, HelloGivesTheFingerprint) {
  const Hello hello = parse_hello(R"({"lts": 1, "device": {"board": "pi4"}, "more": 2})");
  EXPECT_EQ(hello.device.dump(), R"({"board":"pi4"})");
  EXPECT_FALSE(hello.new_tokens);
  EXPECT_TRUE(parse_hello(R"({"lts": 1, "device": {"a": 1}, "new_tokens": true})").new_tokens);
  EXPECT_EQ(hello_refusal("{oops"), "the program's first line is no JSON: '{oops'");
  EXPECT_EQ(hello_refusal("[1]"), "the program's first line is no JSON object: '[1]'");
  EXPECT_EQ(hello_refusal(R"({"lts": 2, "device": {"a": 1}})"),
            "the program's first line has \"lts\": 2; accepted: 1");
  EXPECT_EQ(hello_refusal("{}"), "the program's first line has \"lts\": (none); accepted: 1");
  for (const char* line :
       {R"({"lts": 1})", R"({"lts": 1, "device": "pi"})", R"({"lts": 1, "device": {}})"}) {
    EXPECT_THAT(hello_refusal(line), HasSubstr("has no \"device\" with keys"));
  }
}

TEST(Protocol, AnAnswerGivesItsFigures) {
  const Answer answer = parse_answer(
      R"({"id": 7, "samples_s": [0.25, 1], "peak_bytes": 1000, "energy_j": 0, "load_s": 0.5,)"
      R"( "logits_last": [1, 2.5], "unknown": []})",
      {.id = 7, .runs = 2}, 1.25);
  EXPECT_THAT(answer.samples_s, ElementsAre(0.25, 1.0));
  EXPECT_EQ(answer.peak_bytes, 1000);
  EXPECT_EQ(answer.energy_j, 0);
  EXPECT_EQ(answer.load_s, 0.5);
  EXPECT_THAT(answer.logits_last, ElementsAre(1.0, 2.5));
  EXPECT_TRUE(answer.error.empty());
  const Answer bare =
      parse_answer(R"({"id": 7, "samples_s": [1], "peak_bytes": null})", {.id = 7, .runs = 1}, 1);
  EXPECT_FALSE(bare.peak_bytes || bare.energy_j || bare.load_s);
}

TEST(Protocol, AnErrorIsTheCandidatesOrTheDevices) {
  const auto parse = [](const char* line) { return parse_answer(line, {.id = 7, .runs = 2}, 1); };
  const Answer candidate = parse(R"({"id": 7, "error": "out of memory", "kind": "candidate"})");
  EXPECT_EQ(candidate.error, "out of memory");
  EXPECT_FALSE(candidate.device_error);
  EXPECT_TRUE(parse(R"({"id": 7, "error": "bus", "kind": "device"})").device_error);
  EXPECT_EQ(refusal(R"({"id": 7, "error": "odd", "kind": "mine"})"),
            "the answer is an error of kind 'mine'; accepted: candidate, device. The error: 'odd'");
  EXPECT_THAT(refusal(R"({"id": 7, "error": "odd"})"), HasSubstr("of kind ''"));
}

TEST(Protocol, LiesAreRefused) {
  EXPECT_EQ(refusal("ready"), "the answer is no JSON: 'ready'");
  EXPECT_EQ(refusal("[7]"), "the answer is no JSON object: '[7]'");
  EXPECT_EQ(refusal(R"({"id": 6, "samples_s": [1, 1]})"),
            "the answer has id '6'; the request was 7");
  EXPECT_EQ(refusal(R"({"samples_s": [1, 1]})"), "the answer has id (none); the request was 7");
  EXPECT_EQ(refusal(R"({"id": 7})"), "the answer has neither a list samples_s nor an error");
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.1]})"), "the answer has 1 samples_s for 2 runs");
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.1, -0.1]})"),
            "a value of samples_s is '-0.1'; accepted: a positive number of seconds");
  for (const char* value : {"0", "null", "\"1\"", "[]"}) {
    EXPECT_THAT(refusal(R"({"id": 7, "samples_s": [0.1, )" + std::string(value) + "]}"),
                HasSubstr("accepted: a positive number of seconds"));
  }
  EXPECT_THAT(refusal(R"({"id": 7, "samples_s": [1e999, 1]})"), HasSubstr("is no JSON"));
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.8, 0.8]})", 2, 1.5),
            "samples_s add up to 1.6 s, and the answer came after 1.5 s");
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.1, 0.1], "peak_bytes": -1})"),
            "peak_bytes is '-1'; accepted: a number of bytes");
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.1, 0.1], "load_s": "long"})"),
            "load_s is '\"long\"'; accepted: a number, at least 0");
  EXPECT_EQ(refusal(R"({"id": 7, "samples_s": [0.1, 0.1], "logits_last": 3})"),
            "logits_last is '3'; accepted: a list of numbers");
}

TEST(Protocol, AMessageShowsTheBeginningOfALongOrBinaryLine) {
  const std::string message = refusal("\x01" + std::string(500, 'x'));
  EXPECT_EQ(message, "the answer is no JSON: '?" + std::string(119, 'x') + "...'");
  EXPECT_THAT(refusal(std::string(100'000, '[')), HasSubstr("is no JSON"));
}

/// Softmax does not see a constant, so logits and log-probabilities compare alike.
TEST(Protocol, LogitsAreComparedAfterNormalising) {
  const double third = std::log(1.0 / 3);
  EXPECT_NEAR(logits_difference({third, third, third}, {5, 5, 5}), 0, 1e-12);
  const double log3 = std::log(3.0);
  // Probabilities 1/4, 3/4 beside 1/2, 1/2: log(1/2), log(3/2).
  EXPECT_NEAR(logits_difference({0, log3}, {0, 0}), std::log(2.0), 1e-12);
  EXPECT_NEAR(logits_difference({1000, 0}, {1001, 1}), 0, 1e-12);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(logits_difference({1, 2}, {1}), kInfinity);
  EXPECT_EQ(logits_difference({1, 2}, {1, std::nan("")}), kInfinity);
}

}  // namespace
}  // namespace lts::predictor
