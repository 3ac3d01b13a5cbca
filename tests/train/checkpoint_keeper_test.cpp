#include "train/checkpoint_keeper.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/file.h"
#include "tests/train/training_fixture.h"

namespace lts::train {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

CheckpointKeeper::Files some_files(const std::string& mark) {
  return {{"model.safetensors", mark}, {"trainer_state.json", "{}"}};
}

class Keeper : public ::testing::Test {
 protected:
  Keeper() {
    for (const std::int64_t step : {1, 2, 3}) store().save(step, some_files("old"));
  }

  CheckpointStore& store() { return keeper_.checkpoints(); }
  std::vector<std::int64_t> steps() { return store().steps(); }
  std::string whole(std::int64_t step) { return store().path_of(step).string() + " is whole"; }

  /// Fails as a write does, with the system's words for `code`, for as long as `is` is true.
  void refuse(int code, std::function<bool()> is) {
    refuses_ = [=] {
      if (is()) throw runtime_error("disk", "cannot be written: " + text_of(code));
    };
  }
  static std::string text_of(int code) { return std::generic_category().message(code); }

  TemporaryFolder folder_;
  std::function<void()> refuses_ = [] {};
  std::vector<std::string> said_;
  double slept_s_ = 0, asked_after_s_ = 1e9;
  CheckpointKeeper keeper_{folder_.path(),
                           3,
                           {.before = [this] { refuses_(); },
                            .say = [this](const std::string& text) { said_.push_back(text); },
                            .asked_to_stop = [this] { return slept_s_ >= asked_after_s_; },
                            .sleep = [this](double seconds) { slept_s_ += seconds; }}};
};

TEST_F(Keeper, SavesACheckpointAndTheModelInTheFolderItself) {
  EXPECT_TRUE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(steps(), ElementsAre(2, 3, 4));
  EXPECT_EQ(read_file(folder_.path() / "model.safetensors"), "new");
  EXPECT_FALSE(fs::exists(folder_.path() / "trainer_state.json"));
  EXPECT_THAT(said_, ElementsAre());
}

TEST_F(Keeper, MakesRoomByTheOldestCheckpointAndTriesAgain) {
  refuse(ENOSPC, [this] { return fs::exists(store().path_of(1)); });
  EXPECT_TRUE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(steps(), ElementsAre(2, 3, 4));
  EXPECT_THAT(said_, ElementsAre());
}

// The disk is full for the model in the folder itself: the checkpoint is there and is not made
// anew. /dev/full refuses every byte; where the file is to be written leads there.
TEST_F(Keeper, MakesRoomForTheModelInTheFolderToo) {
  const auto beside = folder_.path() / ("model.safetensors.tmp-" + std::to_string(::getpid()));
  fs::create_symlink("/dev/full", beside);
  EXPECT_TRUE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(steps(), ElementsAre(3, 4));  // 1 went for the new one, 2 made room
  EXPECT_EQ(read_file(folder_.path() / "model.safetensors"), "new");
}

TEST_F(Keeper, NeverRemovesTheNewestWholeOne) {
  fs::remove(store().path_of(3) / "model.safetensors");
  refuse(EDQUOT, [] { return true; });
  EXPECT_FALSE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(steps(), ElementsAre(2, 3));
  EXPECT_EQ(store().newest_whole(), 2);
  EXPECT_THAT(said_, ElementsAre(AllOf(
                         StartsWith("step 4: disk: cannot be written: " + text_of(EDQUOT) + "; "),
                         HasSubstr(whole(2) + "; the training goes on and tries to save every "
                                              "minute"))));
}

TEST_F(Keeper, RemovesNothingWhereTheDiskIsNotFull) {
  refuse(EIO, [] { return true; });
  EXPECT_FALSE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(steps(), ElementsAre(1, 2, 3));
}

TEST_F(Keeper, SaysOnceThatItCannotSaveAndOnceThatItCan) {
  bool full = true;
  refuse(EIO, [&] { return full; });
  for (const std::int64_t step : {4, 5, 6}) EXPECT_FALSE(keeper_.try_save(step, some_files("new")));
  EXPECT_FALSE(keeper_.retry_is_due());  // not so soon
  full = false;
  EXPECT_TRUE(keeper_.try_save(7, some_files("new")));
  EXPECT_TRUE(keeper_.try_save(8, some_files("new")));
  EXPECT_THAT(said_, ElementsAre(StartsWith("step 4: disk: "),
                                 "step 7: saved again, after 3 tries that failed"));
}

TEST_F(Keeper, WaitsAtTheEndUntilThereIsRoom) {
  refuse(ENOSPC, [this] { return slept_s_ < 25; });
  keeper_.save(4, some_files("new"));
  EXPECT_EQ(store().newest_whole(), 4);
  EXPECT_NEAR(slept_s_, 30, 1);  // it tries every ten seconds
  EXPECT_THAT(said_, ElementsAre(AllOf(StartsWith("step 4: disk: cannot be written: "),
                                       HasSubstr(whole(3) + "; waiting a minute for room"))));
}

TEST_F(Keeper, EndsAfterAMinuteAndNamesWhatIsWhole) {
  refuse(ENOSPC, [] { return true; });
  const auto message =
      error_message([&] { keeper_.save(4, some_files("new")); }, ErrorKind::kRuntime);
  EXPECT_EQ(message, "disk: cannot be written: " + text_of(ENOSPC) + "; " + whole(3) +
                         "; make room and add --resume to go on");
  EXPECT_NEAR(slept_s_, 60, 1);
  EXPECT_THAT(steps(), ElementsAre(3));
}

TEST_F(Keeper, WaitsNoLongerWhenAskedToStop) {
  refuse(ENOSPC, [] { return true; });
  asked_after_s_ = 3;
  error_message([&] { keeper_.save(4, some_files("new")); }, ErrorKind::kRuntime);
  EXPECT_NEAR(slept_s_, 3, 0.5);
  said_.clear();
  error_message([&] { keeper_.save(4, some_files("new")); }, ErrorKind::kRuntime);
  EXPECT_NEAR(slept_s_, 3, 0.5);
  EXPECT_THAT(said_, ElementsAre());  // not that it waits
}

TEST_F(Keeper, SaysWhereThereIsNoCheckpointYet) {
  for (const std::int64_t step : {1, 2, 3}) fs::remove_all(store().path_of(step));
  refuse(EIO, [] { return true; });
  EXPECT_FALSE(keeper_.try_save(4, some_files("new")));
  EXPECT_THAT(said_, ElementsAre(HasSubstr("; there is no checkpoint yet; ")));
}

}  // namespace
}  // namespace lts::train
