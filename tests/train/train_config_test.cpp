#include "train/train_config.h"

#include "tests/train/training_fixture.h"

namespace lts::train {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(TrainConfig, HasADefaultForEveryKey) {
  const auto config = parse_config("{}");
  EXPECT_EQ(config.steps, 1000);
  EXPECT_EQ(config.warmup_steps, 100);
  EXPECT_EQ(config.global_batch_size, config.micro_batch_size);
  EXPECT_EQ(config.schedule, Schedule::kCosine);
  EXPECT_EQ(config.betas[1], 0.95);
  EXPECT_EQ(config.model.kind, YamlNode::Kind::kNull);
}

TEST(TrainConfig, WarmsUpForATenthOfAShortRun) {
  EXPECT_EQ(parse_config("steps: 20").warmup_steps, 2);
  EXPECT_EQ(parse_config("steps: 30000").warmup_steps, 150);
}

TEST(TrainConfig, TakesTheLargestMicroBatchThatDivides) {
  EXPECT_EQ(parse_config("{global_batch_size: 96, micro_batch_size: 64}").actual_micro_batch_size(),
            48);
  EXPECT_EQ(parse_config("{global_batch_size: 7, micro_batch_size: 4}").actual_micro_batch_size(),
            1);
  EXPECT_EQ(parse_config("{global_batch_size: 3, micro_batch_size: 64}").actual_micro_batch_size(),
            3);
}

TEST(TrainConfig, ResolvesDataRelativeToTheFile) {
  const auto root = parse_yaml("data: ../tokens", "configs/train/a.yaml");
  EXPECT_EQ(read_train_config(root).data, "configs/tokens");
  auto overridden = parse_yaml("data: x", "configs/train/a.yaml");
  apply_override(overridden, "data=tokens");
  EXPECT_EQ(read_train_config(overridden).data, "tokens");
}

TEST(TrainConfig, ReadsBackWhatItResolves) {
  auto config = parse_config(
      "{steps: 7, learning_rate: 1.0e-3, schedule: wsd, betas: [0.8, 0.9], data: /d, "
      "validate: {every: 3}, checkpoint: {keep: 2}, dtype: bfloat16, gradient_clip: 0}");
  const auto json = train_config_json(config, tiny_architecture(), config.data);
  const auto again = parse_config(to_yaml(json));
  EXPECT_EQ(train_config_json(again, tiny_architecture(), again.data).dump(), json.dump());
  EXPECT_EQ(space::read_architecture(again.model), tiny_architecture());
}

struct BadConfig {
  std::string text, message;
};

class TrainConfigErrors : public ::testing::TestWithParam<BadConfig> {};

TEST_P(TrainConfigErrors, SayWhereWhatAndWhatIsAccepted) {
  EXPECT_THAT(error_message([&] { parse_config(GetParam().text); }),
              StartsWith(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, TrainConfigErrors,
    ::testing::Values(
        BadConfig{"stepz: 3", "t.yaml:1:1: unknown key 'stepz'; did you mean 'steps'?"},
        BadConfig{"steps: 0", "t.yaml:1:8: steps is '0'; accepted: an integer from 1"},
        BadConfig{"steps: many", "t.yaml:1:8: steps is 'many'; accepted: an integer"},
        BadConfig{"global_batch_size: -1", "t.yaml:1:20: global_batch_size is '-1'"},
        BadConfig{"micro_batch_size: 2.5", "t.yaml:1:19: micro_batch_size is '2.5'"},
        BadConfig{"sequence_length: 0", "t.yaml:1:18: sequence_length is '0'"},
        BadConfig{
            "dtype: float16",
            "t.yaml:1:8: dtype is 'float16'; did you mean 'bfloat16'? Accepted: float32, bfloat16"},
        BadConfig{"learning_rate: 0", "t.yaml:1:16: learning_rate is 0; accepted: a number above"},
        BadConfig{"learning_rate: .nan", "t.yaml:1:16: learning_rate is '.nan'"},
        BadConfig{"schedule: cosin", "t.yaml:1:11: schedule is 'cosin'; did you mean 'cosine'?"},
        BadConfig{"warmup_steps: -1", "t.yaml:1:15: warmup_steps is '-1'"},
        BadConfig{"{learning_rate: 1e-4, min_learning_rate: 1e-3}",
                  "t.yaml:1:42: min_learning_rate is '1e-3'; accepted: a number from 0 to 0.0001"},
        BadConfig{"optimizer: sgd", "t.yaml:1:12: optimizer is 'sgd'; accepted: adamw"},
        BadConfig{"betas: 0.9", "t.yaml:1:8: betas must be a list of two numbers"},
        BadConfig{"betas: [0.9]", "t.yaml:1:8: betas must be a list of two numbers"},
        BadConfig{"betas: [0.9, 1.0]", "t.yaml:1:14: betas is 1; accepted: a number below 1"},
        BadConfig{"weight_decay: -0.1", "t.yaml:1:15: weight_decay is '-0.1'"},
        BadConfig{"gradient_clip: -1", "t.yaml:1:16: gradient_clip is '-1'"},
        BadConfig{"dropout: 1", "t.yaml:1:10: dropout is '1'; accepted: a number from 0 to 0.99"},
        BadConfig{"seed: -1", "t.yaml:1:7: seed is '-1'"},
        BadConfig{"threads: -1", "t.yaml:1:10: threads is '-1'"},
        BadConfig{"validate: 3", "t.yaml:1:11: validate is '3'; accepted: a map"},
        BadConfig{"validate: {evry: 3}", "t.yaml:1:12: unknown key 'validate.evry'"},
        BadConfig{"checkpoint: {keep: 0}", "t.yaml:1:20: checkpoint.keep is '0'"},
        BadConfig{"distributed: {timeout_s: 0}",
                  "t.yaml:1:26: distributed.timeout_s is '0'; accepted: a number from 1"},
        BadConfig{"shutdown_timeout_s: 0",
                  "t.yaml:1:21: shutdown_timeout_s is '0'; accepted: a number from 1"},
        BadConfig{"distributed: {timeout: 5}", "t.yaml:1:15: unknown key 'distributed.timeout'"},
        BadConfig{"log_every: 0", "t.yaml:1:12: log_every is '0'"},
        BadConfig{"model: [a]", "t.yaml:1:8: model is a list"},
        BadConfig{"data: [a]", "t.yaml:1:7: data is a list"}));

class TrainRunErrors : public ::testing::Test {
 protected:
  void accept(const std::string& text, const space::Architecture& architecture) {
    const auto root = parse_yaml(text, "t.yaml");
    const auto config = read_train_config(root);
    check_run({config, architecture, data_, gpt2_tokenizer()}, root);
  }
  std::string check(const std::string& text, const space::Architecture& architecture) {
    return error_message([&] { accept(text, architecture); });
  }

  TemporaryFolder folder_;
  TrainData data_{make_data(folder_)};
};

TEST_F(TrainRunErrors, AcceptWhatFits) {
  EXPECT_NO_THROW(accept("sequence_length: 64", tiny_architecture()));
}

TEST_F(TrainRunErrors, NameASequenceLongerThanTheModel) {
  EXPECT_EQ(check("sequence_length: 2000", tiny_architecture()),
            "t.yaml:1:18: sequence_length is 2000; accepted: at most the model's "
            "max_sequence_length, 1024");
}

TEST_F(TrainRunErrors, NameASequenceLongerThanTheData) {
  const auto architecture = space::parse_arch_argument(
      "gpt2:n_layer=1,d_model=32,d_inner=48,n_head=2,max_sequence_length=100000", "");
  EXPECT_THAT(check("sequence_length: 90000", architecture),
              StartsWith("t.yaml:1:18: sequence_length 90000 needs at least 90001 training "
                         "tokens; "));
}

TEST_F(TrainRunErrors, NameAVocabularyTooSmall) {
  const auto architecture = space::parse_arch_argument(
      "gpt2:n_layer=1,d_model=32,d_inner=48,n_head=2,vocab_size=1000", "");
  EXPECT_THAT(check("sequence_length: 16", architecture),
              HasSubstr("has a vocabulary of 50257 tokens, the model one of 1000"));
}

TEST_F(TrainRunErrors, NameADeviceThatIsNotThere) {
  EXPECT_EQ(check("{device: tpu, sequence_length: 16}", tiny_architecture()),
            "t.yaml:1:10: device is 'tpu'; accepted: cpu, cuda, cuda:N");
  EXPECT_EQ(check("{device: 'cuda:x', sequence_length: 16}", tiny_architecture()),
            "t.yaml:1:10: device is 'cuda:x'; accepted: cpu, cuda, cuda:N");
  if (!torch::hasCUDA()) {
    EXPECT_THAT(check("{device: cuda, sequence_length: 16}", tiny_architecture()),
                StartsWith("t.yaml:1:10: device is 'cuda', but this LibTorch was built without"));
  }
}

TEST_F(TrainRunErrors, NameAFolderWithoutData) {
  EXPECT_THAT(error_message([&] { TrainData data(folder_.path() / "nothing"); }),
              HasSubstr("nothing/manifest.json"));
}

}  // namespace
}  // namespace lts::train
