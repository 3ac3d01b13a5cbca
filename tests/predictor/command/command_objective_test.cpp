#include "predictor/command/command_objective.h"

#include <thread>

#include "tests/predictor/command/command_fixture.h"

namespace lts::predictor {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CommandObjective : public CommandTest {
 protected:
  /// The message of the error that ends the run.
  static std::string end_of_run(const std::shared_ptr<Evaluator>& objective,
                                std::int32_t n_layer = 1) {
    return testing::error_message([&] { objective->evaluate(layers(n_layer)); },
                                  ErrorKind::kRuntime);
  }
  std::string told(const std::string& more_words, const std::string& what) const {
    return "s.yaml:1:11: objective 'mine': the program python3 " + std::string(kFake) +
           " log=" + in_folder("log") + " starts=" + in_folder("starts") + " " + more_words + ": " +
           what;
  }
};

TEST_F(CommandObjective, SendsWhatWasAnnouncedInBatchesToOneProcess) {
  const auto objective = fake("", "batch: 2");
  objective->announce(up_to(5));
  for (std::int32_t n = 1; n <= 5; ++n) EXPECT_EQ(value(objective, layers(n)), decoder_params(n));
  EXPECT_THAT(batches(), ElementsAre(2, 2, 1));
  EXPECT_EQ(starts(), 1u);
}

TEST_F(CommandObjective, AsksForAnArchitectureOnceAndAloneWithoutAnAnnouncement) {
  const auto objective = fake("");
  EXPECT_EQ(value(objective, layers(3)), decoder_params(3));
  objective->announce(up_to(4));
  for (std::int32_t n = 1; n <= 4; ++n) EXPECT_EQ(value(objective, layers(n)), decoder_params(n));
  EXPECT_THAT(batches(), ElementsAre(1, 3));
}

TEST_F(CommandObjective, PassesOverAnnouncedOnesThatAreNeverAskedFor) {
  const auto objective = fake("", "batch: 2");
  objective->announce(up_to(5));
  value(objective, layers(4));  // 1 to 3 failed elsewhere
  EXPECT_THAT(batches(), ElementsAre(2));
  value(objective, layers(5));
  EXPECT_THAT(batches(), ElementsAre(2));
}

TEST_F(CommandObjective, TellsArchidFamilyConfigAndClosedForms) {
  value(fake(""), layers(2));
  const auto request = nlohmann::json::parse(read_file(in_folder("log")));
  EXPECT_EQ(request["id"], 1);
  const auto& one = request["architectures"].at(0);
  EXPECT_EQ(one["archid"], space::archid(layers(2)));
  EXPECT_EQ(one["family"], "gpt2");
  EXPECT_EQ(one["config"]["d_inner"], 32);
  EXPECT_EQ(one["decoder_params"], decoder_params(2));
  EXPECT_TRUE(one.contains("onnx_file_mib"));
}

TEST_F(CommandObjective, IsAskedFromManyThreadsWhereItIsFree) {
  const auto objective = fake("", "cost: free");
  EXPECT_EQ(objective->cost(), Cost::kFree);
  objective->announce(up_to(40));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int32_t n = 1 + t; n <= 40; n += 4)
        EXPECT_EQ(value(objective, layers(n)), decoder_params(n));
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(starts(), 1u);
  EXPECT_LE(batches().size(), 4u) << "a batch for each thread's first one at most";
}

TEST_F(CommandObjective, AsksInABatchForWhatStoodBeforeTheFirstOneToo) {
  const auto objective = fake("");
  objective->announce(up_to(40));
  EXPECT_EQ(value(objective, layers(20)), decoder_params(20));
  EXPECT_EQ(value(objective, layers(1)), decoder_params(1));
  for (std::int32_t n = 2; n <= 40; ++n) value(objective, layers(n));
  EXPECT_EQ(batches(), (std::vector<std::size_t>{21, 19}));
}

TEST_F(CommandObjective, TakesANullForAFailedCandidateWithItsError) {
  for (const std::string form : {"list", "nulls", "archid", "index"}) {
    const auto objective = fake("at=2, null=" + form);
    objective->announce(up_to(3));
    EXPECT_EQ(value(objective, layers(1)), decoder_params(1));
    EXPECT_EQ(failure(objective, layers(2)), "no room for " + space::archid(layers(2))) << form;
    EXPECT_EQ(value(objective, layers(3)), decoder_params(3));
  }
  EXPECT_EQ(failure(fake("null=none"), layers(1)), "the program gave no value and no error");
}

TEST_F(CommandObjective, FindsTheCandidateUnderWhichTheProgramDies) {
  const auto objective = fake("dies, at=3");
  objective->announce(up_to(5));
  for (const std::int32_t n : {1, 2, 4, 5})
    EXPECT_EQ(value(objective, layers(n)), decoder_params(n));
  EXPECT_EQ(failure(objective, layers(3)),
            "the program was lost under it: it ended (exit status 1: CUDA error: an illegal memory "
            "access) before its answer");
  EXPECT_THAT(batches(), ElementsAre(5, 1, 1, 1, 1, 1));
  EXPECT_EQ(starts(), 3u);
}

TEST_F(CommandObjective, StartsAProgramThatDiedAgain) {
  const auto objective = fake("dies, 'once=" + in_folder("once") + "'");
  EXPECT_EQ(value(objective, layers(1)), decoder_params(1));
  EXPECT_EQ(starts(), 2u);
}

TEST_F(CommandObjective, TakesTwoDeathsForTheCandidatesFailure) {
  const auto objective = fake("dies, at=2");
  EXPECT_THAT(failure(objective, layers(2)), StartsWith("the program was lost under it: it ended"));
  EXPECT_EQ(value(objective, layers(1)), decoder_params(1));
  EXPECT_EQ(starts(), 3u);
}

TEST_F(CommandObjective, GivesUpACandidateThatTakesTooLong) {
  const auto objective = fake("hangs, at=2", "timeout_s: 5");
  EXPECT_EQ(value(objective, layers(1)), decoder_params(1));
  EXPECT_EQ(failure(objective, layers(2)),
            "the program was lost under it: no answer within 5 s (timeout_s)");
  EXPECT_EQ(value(objective, layers(3)), decoder_params(3));
  EXPECT_EQ(starts(), 2u);
}

TEST_F(CommandObjective, EndsTheRunWhenThreeInARowAreLost) {
  const auto objective = fake("dies");
  failure(objective, layers(1));
  failure(objective, layers(2));
  EXPECT_EQ(end_of_run(objective, 3),
            told("dies",
                 "it ended (exit status 1: CUDA error: an illegal memory access) before "
                 "its answer; so it was for 3 candidates in a row"));
}

TEST_F(CommandObjective, EndsTheRunOnAnAnswerThatIsNone) {
  const auto told_of = [&](const std::string& word) {
    const std::string message = end_of_run(fake("'" + word + "'"));
    const std::string begin = told(word, "");
    EXPECT_THAT(message, StartsWith(begin));
    return message.substr(std::min(message.size(), begin.size()));
  };
  EXPECT_EQ(told_of("raw=loading model"),
            "the answer is no JSON: 'loading model'; nothing but answers goes to its standard "
            "output");
  EXPECT_EQ(told_of("raw={\"id\": 1, \"values\": [NaN]}"),
            "the answer is no JSON: '{\"id\": 1, \"values\": [NaN]}'; JSON has no NaN and no "
            "Infinity, null is a failed candidate");
  EXPECT_EQ(told_of("raw=[1]"), "the answer is no JSON object: '[1]'");
  EXPECT_EQ(told_of("raw={\"id\": 1}"), "the answer has no list values: '{\"id\": 1}'");
  EXPECT_EQ(told_of("id=7"), "the answer has id '7'; the request was 1");
  EXPECT_EQ(told_of("id=null"), "the answer has id (none); the request was 1");
  EXPECT_EQ(told_of("values=[1, 2]"), "the answer has 2 values for 1 architectures");
  EXPECT_EQ(told_of("values=[\"x\"]"),
            "values[0] is '\"x\"'; accepted: a finite number, or null for a failed candidate");
  EXPECT_EQ(told_of("values=[true]"),
            "values[0] is 'true'; accepted: a finite number, or null for a failed candidate");
}

TEST_F(CommandObjective, EndsTheRunOnAnEndlessLine) {
  const auto objective =
      make_command_objective(read("{command: [head, -c, '17000000', /dev/zero]}"));
  EXPECT_THAT(end_of_run(objective), AllOf(StartsWith("s.yaml:1:11: objective 'mine': "),
                                           HasSubstr("the answer is an endless line")));
}

TEST_F(CommandObjective, RunsInItsFolder) {
  folder_.write("answer.sh",
                "read -r line; printf '{\"id\": 1, \"values\": [%s]}\\n' \"$(cat figure)\"\n");
  folder_.write("figure", "2.5");
  EXPECT_EQ(value(make_command_objective(read("{command: [sh, answer.sh]}")), layers(1)), 2.5);
}

}  // namespace
}  // namespace lts::predictor
