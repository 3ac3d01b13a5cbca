#include "predictor/remote/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "core/text.h"
#include "predictor/remote/protocol.h"
#include "space/family.h"
#include "tests/expect_error.h"
#include "tests/predictor/remote/fake_device.h"

namespace lts::predictor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

space::Architecture of_layers(std::int32_t n_layer) {
  return {space::family_named("gpt2"), {n_layer, 16, 32, 2, 97, 1024}};
}

class AgentTest : public ::testing::Test {
 protected:
  /// The lines that the agent writes for these.
  std::vector<nlohmann::json> exchange(const std::string& requests) {
    std::istringstream input(requests);
    std::ostringstream output;
    serve_agent(input, output, {}, [this](const HardwareConfig& config) {
      return std::make_unique<testing::FakeDevice>(config, &log_);
    });
    std::vector<nlohmann::json> lines;
    for (const std::string& line : split(trim(output.str()), '\n')) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  /// The request as a RemoteDevice sends it.
  static std::string request(std::int64_t id, std::int32_t n_layer, int runs,
                             const HardwareConfig& config = {}) {
    const space::Architecture architecture = of_layers(n_layer);
    return request_line({.id = id, .architecture = &architecture, .runs = runs}, config);
  }

  std::vector<std::string> log_;
};

TEST_F(AgentTest, SaysHelloAndAnswers) {
  const auto lines = exchange(request(7, 2, 3));
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(parse_hello(lines[0].dump()).device.dump(), R"({"board":"fake"})");
  const Answer answer = parse_answer(lines[1].dump(), {.id = 7, .runs = 3}, 1);
  EXPECT_THAT(answer.samples_s, ElementsAre(1e-6, 1e-6, 1e-6));
  EXPECT_EQ(answer.peak_bytes, 2000);
}

TEST_F(AgentTest, ASentinelAndACandidateStayLoaded) {
  exchange(request(1, 1, 1) + request(2, 2, 1) + request(3, 1, 1) + request(4, 2, 1) +
           request(5, 1, 1) + request(6, 3, 1) + request(7, 1, 1));
  EXPECT_THAT(log_, ElementsAre("made for 1 threads", "load 1", "load 2", "load 3"));
}

TEST_F(AgentTest, AnotherProtocolIsAnotherDevice) {
  HardwareConfig four;
  four.threads = 4;
  exchange(request(1, 1, 1) + request(2, 1, 1, four) + request(3, 1, 1, four));
  EXPECT_THAT(log_, ElementsAre("made for 1 threads", "load 1", "made for 4 threads", "load 1"));
}

TEST_F(AgentTest, AGenerationIsAnotherProtocolThatItSaysItKnows) {
  HardwareConfig generation;
  generation.new_tokens = 900;
  const auto lines = exchange(request(1, 1, 1) + request(2, 1, 1, generation));
  EXPECT_TRUE(parse_hello(lines[0].dump()).new_tokens);
  EXPECT_EQ(lines[1]["samples_s"].size(), 1U);
  EXPECT_THAT(std::string(lines[2]["error"]), HasSubstr("new_tokens 900 is greater than"));
}

TEST_F(AgentTest, FailuresAreTheCandidatesOrTheDevices) {
  const auto error = [&](const std::string& line) { return exchange(line)[1]; };
  EXPECT_EQ(error(request(5, 9, 1)).dump(),
            R"({"error":"nine layers: out of memory","id":5,"kind":"candidate"})");
  EXPECT_EQ(error(request(5, 8, 1)).dump(),
            R"({"error":"the GPU fell off the bus","id":5,"kind":"device"})");
  HardwareConfig halves;
  halves.dtype = "bfloat16";
  EXPECT_EQ(error(request(5, 1, 1, halves))["error"], "dtype bfloat16 is not there");
  HardwareConfig endless;
  endless.past_length = 1000;
  EXPECT_THAT(std::string(error(request(5, 1, 1, endless))["error"]),
              HasSubstr("is greater than max_sequence_length 1024"));
}

TEST_F(AgentTest, GoesOnAfterAFailureAndAfterNonsense) {
  const auto lines = exchange("nonsense\n{\"id\": 2}\n" + request(3, 9, 1) + request(4, 1, 2));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines[1]["id"].is_null());
  EXPECT_EQ(lines[1]["error"], "request:1:1: the file is 'nonsense'; accepted: a map of keys");
  EXPECT_EQ(lines[2]["id"], 2);
  EXPECT_EQ(lines[2]["error"], "request:1:1: key 'config' is missing");
  EXPECT_EQ(lines[3]["kind"], "candidate");
  EXPECT_EQ(lines[4]["samples_s"].size(), 2U);
}

TEST_F(AgentTest, TakesTheReferencesConfigToo) {
  const auto lines = exchange(
      R"({"id": 1, "runs": 1, "config": {"arch_type": "gpt2", "n_layer": 4, "d_model": 64,)"
      R"( "d_inner": 64, "n_head": 2}})"
      "\n");
  EXPECT_EQ(lines[1]["peak_bytes"], 4000);
}

}  // namespace
}  // namespace lts::predictor
