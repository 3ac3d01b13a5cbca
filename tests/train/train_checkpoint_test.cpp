#include "core/file.h"
#include "tests/file_size_limit.h"
#include "tests/train/training_fixture.h"
#include "train/checkpoint.h"

namespace lts::train {
namespace {

using ::testing::HasSubstr;

std::vector<space::ModelFile> some_files(const std::string& mark) {
  return {{"model.safetensors", mark + std::string(5000, 'w')}, {"trainer_state.json", mark}};
}

class Checkpoints : public ::testing::Test {
 protected:
  fs::path at(std::int64_t step, const std::string& name) const {
    return store_.path_of(step) / name;
  }
  static void write(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  TemporaryFolder folder_;
  fs::path where_ = folder_.path() / "checkpoints";
  CheckpointStore store_{where_, 2};
};

TEST_F(Checkpoints, KeepTheNewest) {
  for (const std::int64_t step : {5, 100, 20}) store_.save(step, some_files("a"));
  EXPECT_EQ(store_.steps(), (std::vector<std::int64_t>{20, 100}));
  EXPECT_EQ(store_.newest_whole(), 100);
  EXPECT_EQ(read_file(at(100, "trainer_state.json")), "a");
}

TEST_F(Checkpoints, AreNoneInAFolderThatIsNotThere) {
  EXPECT_EQ(store_.newest_whole(), std::nullopt);
}

TEST_F(Checkpoints, ReplaceOneOfTheSameStep) {
  store_.save(5, some_files("a"));
  store_.save(5, some_files("b"));
  EXPECT_EQ(read_file(at(5, "trainer_state.json")), "b");
  EXPECT_EQ(checkpoint_flaw(store_.path_of(5)), std::nullopt);
}

TEST_F(Checkpoints, FallBackFromATruncatedOne) {
  store_.save(5, some_files("a"));
  store_.save(9, some_files("b"));
  fs::resize_file(at(9, "model.safetensors"), 100);
  EXPECT_EQ(checkpoint_flaw(store_.path_of(9)), "model.safetensors has 100 bytes, not 5001");
  EXPECT_EQ(store_.newest_whole(), 5);
  EXPECT_TRUE(fs::exists(where_ / "step-9.damaged"));  // for whoever wants to look
  EXPECT_EQ(store_.steps(), (std::vector<std::int64_t>{5}));
}

TEST_F(Checkpoints, FallBackFromAFlippedByte) {
  store_.save(5, some_files("a"));
  store_.save(9, some_files("b"));
  write(at(9, "model.safetensors"), "c" + std::string(5000, 'w'));
  EXPECT_EQ(checkpoint_flaw(store_.path_of(9)), "model.safetensors has a wrong checksum");
  EXPECT_EQ(store_.newest_whole(), 5);
}

TEST_F(Checkpoints, FallBackFromAMissingFileOrManifest) {
  for (const std::int64_t step : {5, 9}) store_.save(step, some_files("a"));
  fs::remove(at(9, "trainer_state.json"));
  EXPECT_EQ(checkpoint_flaw(store_.path_of(9)), "trainer_state.json is missing");
  write(at(5, "manifest.json"), "{");
  EXPECT_EQ(checkpoint_flaw(store_.path_of(5)), "manifest.json is damaged");
  EXPECT_EQ(store_.newest_whole(), std::nullopt);
}

TEST_F(Checkpoints, LeaveNothingOfAKilledSave) {
  store_.save(5, some_files("a"));
  fs::create_directories(where_ / ".unfinished-9");
  write(where_ / ".unfinished-9" / "model.safetensors", "half");
  EXPECT_EQ(store_.newest_whole(), 5);
  EXPECT_FALSE(fs::exists(where_ / ".unfinished-9"));
}

TEST_F(Checkpoints, SurviveAFullDisk) {
  store_.save(5, some_files("a"));
  std::string message;
  {
    const testing::FileSizeLimit full(3000);
    message = error_message([&] { store_.save(9, some_files("b")); }, ErrorKind::kRuntime);
  }
  EXPECT_THAT(message, HasSubstr("model.safetensors: cannot be written: "));
  EXPECT_EQ(store_.steps(), (std::vector<std::int64_t>{5}));
  EXPECT_EQ(store_.newest_whole(), 5);
  EXPECT_FALSE(fs::exists(where_ / ".unfinished-9"));
}

}  // namespace
}  // namespace lts::train
