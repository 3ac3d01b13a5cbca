#include "train/rollback.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/file.h"
#include "tests/train/distributed/together.h"
#include "tests/train/training_fixture.h"
#include "train/batches.h"
#include "train/trainer.h"

namespace lts::train {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Rollback, CountsSkippedStepsAndThoseInARow) {
  TrainState state;
  count_step(state, false, 2.0);
  for (int i = 0; i < 19; ++i) count_step(state, true, 0.0);
  EXPECT_FALSE(must_go_back(state));
  count_step(state, false, 3.0);
  EXPECT_EQ(state.step, 21);
  EXPECT_EQ(state.skipped_steps, 19);
  EXPECT_EQ(state.skipped_in_a_row, 0);
  EXPECT_EQ(state.loss_sum, 5.0);
  EXPECT_EQ(state.loss_count, 2);
  for (int i = 0; i < 20; ++i) count_step(state, true, 0.0);
  EXPECT_TRUE(must_go_back(state));
}

// By hand: 53 steps are done and 4 batches were passed over, so the next one is 57; back at step
// 30, that is 27 ahead.
TEST(Rollback, GoesOnWithTheDataThatFollow) {
  const TrainState now = {.step = 53,
                          .skipped_steps = 23,
                          .skipped_in_a_row = 20,
                          .data_offset = 4,
                          .rollbacks = 1,
                          .elapsed_s = 7,
                          .restart = 2};
  const TrainState back = gone_back(
      now,
      {.step = 30, .skipped_steps = 3, .loss_sum = 1.5, .loss_count = 1, .validated_step = 20});
  EXPECT_EQ(back.step, 30);
  EXPECT_EQ(back.data_offset, 27);
  EXPECT_EQ(back.skipped_steps, 23);
  EXPECT_EQ(back.skipped_in_a_row, 0);
  EXPECT_EQ(back.rollbacks, 2);
  EXPECT_EQ(back.restart, 2);
  EXPECT_EQ(back.loss_sum, 1.5);
  EXPECT_EQ(back.validated_step, 20);
  EXPECT_EQ(going_back_text(now, back),
            "step 53: loss or gradient was not finite in 20 steps in a row; going back to step 30, "
            "past the data of 23 steps");
}

TEST(Rollback, EndsAfterThreeThatDidNotComeFurther) {
  TrainState state;
  const auto fail = [&] {
    for (int i = 0; i < 20; ++i) count_step(state, true, 0.0);
    return state;
  };
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(may_go_back(fail()));
    state = gone_back(state, {});
  }
  EXPECT_FALSE(may_go_back(fail()));
  EXPECT_EQ(giving_up_text(state),
            "step 20: loss or gradient was not finite in 20 steps in a row, after going back 3 "
            "times; a lower learning_rate or gradient_clip, in another folder, may help");
  state = gone_back(state, {});
  for (int i = 0; i < 20; ++i) count_step(state, false, 1.0);
  EXPECT_FALSE(may_go_back(state));  // as far as before
  count_step(state, false, 1.0);
  EXPECT_TRUE(may_go_back(state));
}

TEST(Rollback, ReadsTheStateOfACheckpointThatKnowsNothingOfIt) {
  auto text = json::parse(state_text({.step = 3, .data_offset = 9, .rollbacks = 2}, 3));
  for (const char* key : {"data_offset", "rollbacks", "rollbacks_in_a_row", "failed_step"})
    EXPECT_EQ(text.erase(key), 1u);
  const TrainState state = parse_state(text.dump()).state;
  EXPECT_EQ(state.step, 3);
  EXPECT_EQ(state.data_offset, 0);
  EXPECT_EQ(state.rollbacks, 0);
}

TEST(Rollback, ChoosesACheckpointFromBeforeTheSkippedSteps) {
  const TemporaryFolder folder;
  CheckpointStore store(folder.path() / "checkpoints", 10);
  const TrainState state = {.step = 60, .skipped_in_a_row = 20};  // step 40 was the last finite one
  const auto choice = [&] { return checkpoint_to_go_back_to(store, state, 10); };
  EXPECT_EQ(choice(), std::nullopt);
  const auto save = [&](std::int64_t step) { store.save(step, {{"a", "b"}}); };
  save(50);  // among the skipped steps
  EXPECT_EQ(choice(), 50);
  save(40);  // its weights gave no finite step
  EXPECT_EQ(choice(), 50);
  save(37);  // a signal's: a run that nobody stopped has it not
  EXPECT_EQ(choice(), 37);
  for (const std::int64_t step : {20, 30}) save(step);
  EXPECT_EQ(choice(), 30);
  fs::remove(store.path_of(30) / "a");
  EXPECT_EQ(choice(), 20);
  EXPECT_TRUE(fs::exists(store.path_of(30).string() + ".damaged"));
  store.remove_after(20);
  EXPECT_THAT(store.steps(), ElementsAre(20));
}

constexpr std::int64_t kLength = 8;
constexpr std::int64_t kBatch = 2;
constexpr std::int64_t kFirstBad = 33, kAfterBad = 53;  // global batches, counted from 0
constexpr std::int64_t kNumWords = 2400;
constexpr const char* kBadWord = " void";
constexpr const char* kConfig =
    "{steps: 60, micro_batch_size: 2, global_batch_size: 2, sequence_length: 8, threads: 1, "
    "learning_rate: 1.0e-3, warmup_steps: 0, log_every: 5, validate: {every: 20, batches: 2}, "
    "checkpoint: {every: 10, every_minutes: 0, keep: 3}}";

/// Thrown by a test in the midst of a run: what a kill does, as far as files go.
struct Killed {};

/// Runs that begin with a model which is broken for one word: its logit is minus infinity, so that
/// where the word follows, in twenty global batches in a row, the loss is not finite. Everything
/// else is as without the word.
class RollbackOfARun : public ::testing::Test {
 protected:
  TrainingRun run_of(std::int64_t ranks = 1) const {
    return {read_train_config(parse_yaml(kConfig, "t.yaml"), ranks), tiny_architecture(), data_,
            gpt2_tokenizer()};
  }

  fs::path prepared(const std::string& name, const std::vector<std::int64_t>& bad_places) const {
    const std::vector<std::string> words = {" the", " earth", " was", " without", " form"};
    std::string text;
    std::vector<std::string> sequence;
    for (std::int64_t i = 0; i < kNumWords; ++i)
      sequence.push_back(words[static_cast<std::size_t>(i * i + i / 3) % words.size()]);
    for (const auto place : bad_places) sequence[static_cast<std::size_t>(place)] = kBadWord;
    for (const auto& word : sequence) text += word;
    PrepareOptions options;
    options.inputs = {folder_.write(name + ".txt", text).string()};
    options.output = folder_.path() / name;
    prepare(options, gpt2_tokenizer());
    return options.output;
  }

  // Every word is one token, so that a window's tokens are the words of its places.
  fs::path data_with_bad_batches() const {
    const TrainData without(prepared("without", {}));
    const BatchReader order(without.train, kLength, 1);
    std::vector<std::int64_t> places;
    for (std::int64_t k = kFirstBad * kBatch; k < kAfterBad * kBatch; ++k)
      places.push_back(order.window_of(k) * kLength + kLength / 2);
    return prepared("data", places);
  }

  void break_model(Trainer& trainer) const {
    const auto ids = gpt2_tokenizer().encode(kBadWord);
    ASSERT_EQ(ids.size(), 1u);
    const torch::NoGradGuard no_grad;
    const FlatParameters::Masters masters(trainer.parameters());
    const auto weights = trainer.model().named_parameters();
    const auto row_D = weights["transformer.wte.weight"][ids[0]];
    row_D.zero_();
    row_D[0].fill_(-3e38);  // finite itself, not so times 4
    weights["transformer.ln_f.weight"][0].fill_(0);
    weights["transformer.ln_f.bias"][0].fill_(4);
  }

  void start(const fs::path& output) const {
    const auto run = run_of();
    Trainer trainer(run.config, run.architecture, data_.train);
    break_model(trainer);
    const TrainState state = {.data_sha256 = data_.sha256};
    CheckpointStore(output / "checkpoints", 3)
        .save(0, checkpoint_files(trainer, state, gpt2_tokenizer()));
  }

  // The whole run, in which nothing happens but what its data bring.
  fs::path undisturbed() {
    const fs::path output = folder_.path() / "undisturbed";
    start(output);
    TrainingEvents events;
    events.said = [&](const std::string& text) { said_.push_back(text); };
    train(run_of(), output, events);
    return output;
  }

  static std::vector<json> log_of(const fs::path& output) {
    std::vector<json> lines;
    std::ifstream file(output / "log.jsonl");
    for (std::string line; std::getline(file, line);) {
      auto record = json::parse(line);
      for (const char* key :
           {"tokens_per_s", "gemm_fraction", "data_wait_fraction", "comm_wait_fraction",
            "peak_memory_bytes", "elapsed_s", "time_left_s", "restart"})
        record.erase(key);
      lines.push_back(record);
    }
    return lines;
  }

  static fs::path last_of(const fs::path& output) { return output / "checkpoints" / "step-60"; }

  static void expect_equal(const fs::path& output, const fs::path& other) {
    EXPECT_EQ(log_of(output), log_of(other));
    for (const char* name : {"model.safetensors", "optimizer.safetensors"})
      EXPECT_TRUE(read_file(last_of(output) / name) == read_file(last_of(other) / name)) << name;
  }

  TemporaryFolder folder_;
  TrainData data_{data_with_bad_batches()};
  std::vector<std::string> said_;
};

TEST_F(RollbackOfARun, PassesOverTheDataAndEnds) {
  const fs::path output = undisturbed();
  EXPECT_THAT(said_, ::testing::Contains(
                         "step 53: loss or gradient was not finite in 20 steps in a row; going "
                         "back to step 30, past the data of 23 steps"));
  std::vector<std::int64_t> steps;
  for (const auto& record : log_of(output))
    if (record.contains("loss")) steps.push_back(record["step"]);
  EXPECT_THAT(steps, ElementsAre(5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60));
  const LogEnd end = read_log_end(output / "log.jsonl");
  ASSERT_TRUE(end.step);
  EXPECT_EQ((*end.step).skipped_steps, 20);  // no batch of them was read again
  EXPECT_EQ((*end.step).rollbacks, 1);
  EXPECT_TRUE(std::isfinite((*end.step).loss));
}

// The same by hand: step 30 to 59 on the batches from 53 on.
TEST_F(RollbackOfARun, EndsWithTheWeightsOfAStepByStepTraining) {
  const fs::path output = undisturbed();
  const auto run = run_of();
  Trainer trainer(run.config, run.architecture, data_.train);
  break_model(trainer);
  for (std::int64_t step = 0; step < 30; ++step) EXPECT_FALSE(trainer.step(step).skipped);
  for (std::int64_t step = 30; step < 60; ++step)
    EXPECT_FALSE(trainer.step(step, step + 23).skipped);
  Trainer trained(run.config, run.architecture, data_.train);
  EXPECT_EQ(restore_checkpoint(trained, last_of(output)).data_offset, 23);
  for (std::size_t i = 0; i < 2; ++i)
    EXPECT_TRUE(torch::equal(trained.parameters().groups()[i].values,
                             trainer.parameters().groups()[i].values));
}

TEST_F(RollbackOfARun, IsTheSameWhereverItIsKilled) {
  const fs::path whole = undisturbed();
  // Among the skipped steps, at the last of them, after going back, after the next checkpoint.
  for (const int killed_after : {45, 53, 54, 66}) {
    const fs::path output = folder_.path() / std::to_string(killed_after);
    start(output);
    int done = 0;
    TrainingEvents events;
    events.stepped = [&](std::int64_t, std::int64_t, double) {
      if (++done == killed_after) throw Killed();
    };
    EXPECT_THROW(train(run_of(), output, events), Killed);
    train(run_of(), output);
    expect_equal(output, whole);
  }
}

TEST_F(RollbackOfARun, IsTheSameOnTwoRanks) {
  const fs::path whole = undisturbed(), output = folder_.path() / "two";
  start(output);
  const TrainingRun run = run_of(2);
  together(2, [&](Ranks& ranks) { train(run, output, {}, ranks); });
  const auto expected = log_of(whole), found = log_of(output);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i]["step"], expected[i]["step"]);
    const char* loss = expected[i].contains("loss") ? "loss" : "validation_loss";
    EXPECT_NEAR(found[i][loss].get<double>(), expected[i][loss].get<double>(), 1e-5);
    EXPECT_EQ(found[i].value("skipped_steps", 0), expected[i].value("skipped_steps", 0));
    EXPECT_EQ(found[i].value("rollbacks", 0), expected[i].value("rollbacks", 0));
  }
}

/// A run whose learning rate is the trouble: its weights grow a hundredfold a step, whatever the
/// data.
class RollbackOfAHopelessRun : public ::testing::Test {
 protected:
  TrainingRun run_of(const std::string& more) const {
    return {parse_config("{steps: 200, sequence_length: 8, micro_batch_size: 1, threads: 1, "
                         "learning_rate: 10, warmup_steps: 0, weight_decay: 10, gradient_clip: 0, "
                         "schedule: constant, log_every: 1, validate: {every: 0}, " +
                         more + "}"),
            tiny_architecture(), data_, gpt2_tokenizer()};
  }

  // What the run says when it goes back, and the error with which it ends.
  std::pair<std::vector<std::string>, std::string> end_of(const std::string& more) const {
    std::vector<std::string> said;
    TrainingEvents events;
    events.said = [&](const std::string& text) { said.push_back(text); };
    const auto message = error_message([&] { train(run_of(more), folder_.path() / "run", events); },
                                       ErrorKind::kRuntime);
    return {said, message};
  }

  TemporaryFolder folder_;
  TrainData data_{make_data(folder_)};
};

TEST_F(RollbackOfAHopelessRun, GoesBackToTheFreshWeightsThreeTimesAndEnds) {
  const auto [said, message] = end_of("checkpoint: {every: 0, every_minutes: 0}");
  ASSERT_EQ(said.size(), 3u);
  for (const auto& text : said) EXPECT_THAT(text, HasSubstr("; going back to step 0, past the "));
  EXPECT_THAT(message, HasSubstr(": loss or gradient was not finite in 20 steps in a row, after "
                                 "going back 3 times; a lower learning_rate or gradient_clip, in "
                                 "another folder, may help"));
}

TEST_F(RollbackOfAHopelessRun, GoesBackToACheckpointWhereThereIsOne) {
  const auto [said, message] = end_of("checkpoint: {every: 1, every_minutes: 0, keep: 100}");
  ASSERT_EQ(said.size(), 3u);
  EXPECT_THAT(said[0], ::testing::Not(HasSubstr("going back to step 0,")));
  EXPECT_THAT(message, HasSubstr("after going back 3 times"));
}

TEST(Trainer, StartsAnewWithTheWeightsOfItsStart) {
  const TemporaryFolder folder;
  const TrainData data(make_data(folder));
  const auto config = parse_config(
      "{steps: 4, sequence_length: 8, micro_batch_size: 2, threads: 1, "
      "learning_rate: 1.0e-2, warmup_steps: 0, dropout: 0.1}");
  Trainer trainer(config, tiny_architecture(), data.train);
  const auto fresh = trainer.parameters().groups()[0].values.clone();
  std::vector<double> losses;
  for (std::int64_t step = 0; step < 4; ++step) losses.push_back(trainer.step(step).loss);
  EXPECT_FALSE(torch::equal(trainer.parameters().groups()[0].values, fresh));
  trainer.start_anew();
  EXPECT_TRUE(torch::equal(trainer.parameters().groups()[0].values, fresh));
  EXPECT_EQ(trainer.optimizer().num_updates(), 0);
  for (std::int64_t step = 0; step < 4; ++step)
    EXPECT_EQ(trainer.step(step).loss, losses[static_cast<std::size_t>(step)]);
}

}  // namespace
}  // namespace lts::train
