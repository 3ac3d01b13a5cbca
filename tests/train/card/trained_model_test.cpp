#include "train/card/trained_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/digest.h"
#include "core/file.h"
#include "tests/expect_error.h"
#include "tests/train/card/hand_written_run.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::HasSubstr;

class ReadTrainedModels : public ::testing::Test {
 protected:
  std::string refusal(const fs::path& folder) const {
    return error_message([&] { read_trained_models(folder); });
  }
  fs::path root() const { return folder_.path(); }

  /// Token shards' manifest, as lts prepare writes it; returns its checksum.
  std::string write_data(const std::string& name, std::int64_t tokens) const {
    Manifest manifest;
    manifest.vocabulary = {50257, 50256, "v"};
    manifest.settings.inputs = {"/home/somebody/verses.txt"};
    manifest.inputs = {{"/home/somebody/verses.txt", 1000, "s"}};
    manifest.documents = 1;
    manifest.bytes = 1000;
    manifest.train = {1, tokens, {{"train.bin", tokens, 10, "c"}}};
    manifest.validation = {1, 10, {{"validation.bin", 10, 10, "c"}}};
    return sha256_hex_of_file(folder_.write(name + "/manifest.json", to_json_text(manifest)));
  }

  TemporaryFolder folder_;
};

TEST_F(ReadTrainedModels, ReadsAFinishedRun) {
  HandWrittenRun(folder_).finished();
  const auto trained = read_trained_models(root() / "run/");
  EXPECT_FALSE(trained.is_collection);
  EXPECT_EQ(trained.name(), "run");
  ASSERT_EQ(trained.models.size(), 1u);
  const TrainedModel& model = trained.models.front();
  EXPECT_EQ(model.name, space::archid(model.architecture));
  EXPECT_EQ(space::summary(model.architecture), "gpt2:n_layer=2,d_model=32,d_inner=48,n_head=2");
  EXPECT_EQ(model.result.steps, 24);
  EXPECT_EQ(model.result.tokens, 1152);
  EXPECT_EQ(model.result.validation_loss, 3.0);
  EXPECT_EQ(model.result.tokens_per_s, 500.5);
  EXPECT_EQ(model.elapsed_s, 12);
  EXPECT_EQ(model.restarts, 1);
  EXPECT_EQ(model.skipped_steps, 1);
  EXPECT_EQ(model.data_name(), "verses");
  EXPECT_EQ(model.data_sha256(), "abc");
}

TEST_F(ReadTrainedModels, ReadsAFolderOfThemAndNamesTheUnfinished) {
  HandWrittenRun(folder_, "10").finished();
  HandWrittenRun(folder_, "2").finished();
  HandWrittenRun(folder_, "3").with_log(HandWrittenRun::step_line(2, 5));
  folder_.write("other/file", "");
  const auto trained = read_trained_models(root());
  EXPECT_TRUE(trained.is_collection);
  ASSERT_EQ(trained.models.size(), 2u);
  EXPECT_EQ(trained.models[0].name, "2");
  EXPECT_EQ(trained.models[1].name, "10");
  EXPECT_THAT(trained.unfinished, ::testing::ElementsAre(root() / "3"));
}

// A resumed run that had nothing left to train measured no rate.
TEST_F(ReadTrainedModels, TakesTheRateFromTheLogWhereTheResultHasNone) {
  const HandWrittenRun run(folder_);
  run.finished();
  std::string result = read_file(run.path() / "train_results.json");
  result.replace(result.find("500.5"), 5, "0.0");
  run.write("train_results.json", result);
  EXPECT_EQ(read_trained_models(run.path()).models.front().result.tokens_per_s, 480);
}

TEST_F(ReadTrainedModels, RefusesWhatIsNotFinished) {
  const HandWrittenRun run(folder_);
  run.with_log(HandWrittenRun::step_line(10, 5));
  const std::string expected = run.path().string() +
                               ": is not finished: after step 10 of 24; a card is written of "
                               "finished runs";
  EXPECT_EQ(refusal(run.path()), expected);
  EXPECT_EQ(refusal(root()), expected);
}

TEST_F(ReadTrainedModels, RefusesWhatIsNoRun) {
  EXPECT_EQ(refusal(root()),
            root().string() + ": holds no run of lts train, nor does a folder directly in it");
  EXPECT_EQ(refusal(root() / "none"),
            (root() / "none").string() + ": is no folder; the folder of a training is accepted");
}

TEST_F(ReadTrainedModels, SaysWhichFileIsDamaged) {
  const HandWrittenRun run(folder_);
  run.finished();
  const auto result = run.write("train_results.json", "{\"steps\": 1}");
  EXPECT_THAT(refusal(run.path()),
              HasSubstr(result.string() + ": is no training result: it has no 'tokens'"));
  run.write("train_results.json", "{\"steps\": \"one\"}");
  EXPECT_THAT(refusal(run.path()), HasSubstr("is no training result: steps is \"one\""));
  const auto config = run.write("config.yaml", "steps: 3\n");
  EXPECT_EQ(refusal(run.path()), config.string() + ":1:1: has no 'model': no run wrote it");
}

TEST_F(ReadTrainedModels, FindTheirDataAgain) {
  const HandWrittenRun run(folder_);
  run.finished();
  const std::string sha256 = write_data("verses", 900);
  run.write("environment.json", "{\"data_sha256\": \"" + sha256 + "\"}");
  const auto trained = read_trained_models(run.path());
  EXPECT_EQ(read_data_of(trained, ""), std::nullopt);  // they lie no longer in /none
  const auto data = read_data_of(trained, root() / "verses");
  ASSERT_TRUE(data);
  EXPECT_EQ(data->train.tokens, 900);
  write_data("others", 800);
  EXPECT_EQ(error_message([&] { read_data_of(trained, root() / "others"); }),
            (root() / "others").string() + ": holds other data than the run in " +
                run.path().string() + " was trained on");
  EXPECT_THAT(error_message([&] { read_data_of(trained, root() / "none"); }),
              HasSubstr("none/manifest.json: not found: "));
}

TEST_F(ReadTrainedModels, HaveNoCommonDataWhereTheyDiffer) {
  const std::string sha256 = write_data("verses", 900);
  HandWrittenRun(folder_, "all/1").finished();
  const HandWrittenRun second(folder_, "all/2");
  second.finished();
  second.write("environment.json", "{\"data_sha256\": \"" + sha256 + "\"}");
  const auto trained = read_trained_models(root() / "all");
  EXPECT_EQ(read_data_of(trained, ""), std::nullopt);
  EXPECT_EQ(error_message([&] { read_data_of(trained, root() / "verses"); }),
            (root() / "verses").string() + ": cannot be the data of all: the runs in " +
                (root() / "all").string() + " were trained on different data");
}

}  // namespace
}  // namespace lts::train
