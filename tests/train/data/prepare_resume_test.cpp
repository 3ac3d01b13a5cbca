// A preparation that was cut off goes on after its whole shards and makes the same files.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <stdexcept>

#include "tests/train/data/prepare_fixture.h"

namespace lts::train {
namespace {

using namespace testing;
using ::testing::HasSubstr;

constexpr std::int64_t kShardTokens = 100'000;

struct PrepareResume : PrepareFixture {
  /// Some four batches of lines.
  std::string lines() const {
    std::string out;
    const auto texts = documents(400);
    for (int round = 0; out.size() < 3'500'000; ++round) {
      for (const auto& text : texts) out += pile_line(std::to_string(round) + text, "made");
    }
    return write("a.jsonl", out);
  }
  PrepareOptions sharded(const std::vector<std::string>& inputs) const {
    PrepareOptions out = options(inputs);
    out.shard_tokens = kShardTokens;
    return out;
  }
  /// Ends `chosen` by an error after so many batches.
  static void cut_off(const PrepareOptions& chosen, int batches) {
    const auto stop = [&](std::int64_t, std::int64_t) {
      if (--batches == 0) throw std::runtime_error("cut off");
    };
    EXPECT_THROW(prepare(chosen, tiny(), stop), std::runtime_error);
  }
  /// Every file of a finished folder, by name.
  static std::map<std::string, std::string> files(const fs::path& output) {
    std::map<std::string, std::string> out;
    for (const auto& entry : fs::directory_iterator(output)) {
      out[entry.path().filename().string()] = read_file(entry.path());
    }
    return out;
  }
  std::map<std::string, std::string> undisturbed(PrepareOptions chosen) const {
    chosen.output = folder.path() / "undisturbed";
    prepare(chosen, tiny());
    return files(chosen.output);
  }
  static ino_t node(const fs::path& path) {
    struct stat status = {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_ino;
  }
};

TEST_F(PrepareResume, MakesTheSameFilesWhereverItWasCutOff) {
  PrepareOptions chosen = sharded({lines()});
  const auto expected = undisturbed(chosen);
  ASSERT_GT(expected.size(), 6U);
  for (const int batches : {2, 3}) {
    chosen.output = folder.path() / ("cut-" + std::to_string(batches));
    chosen.resume = false;
    cut_off(chosen, batches);
    const fs::path first = chosen.output / ".unfinished" / "train-00000.bin";
    const ino_t before = node(first);
    EXPECT_EQ(error_message([&] { prepare(chosen, tiny()); }),
              chosen.output.string() +
                  ": holds an unfinished preparation; add --resume to go on with it");
    chosen.resume = true;
    chosen.threads = batches;
    cut_off(chosen, batches + 1);
    prepare(chosen, tiny());
    EXPECT_TRUE(files(chosen.output) == expected) << batches;
    EXPECT_EQ(node(chosen.output / "train-00000.bin"), before) << "a whole shard is made once";
  }
}

TEST_F(PrepareResume, GoesOnWithinADocument) {
  std::string text;
  while (text.size() < 3'500'000) text += "abc caab " + std::to_string(text.size()) + "\n";
  PrepareOptions chosen = sharded({write("a.txt", text), write("b.txt", "the second")});
  const auto expected = undisturbed(chosen);
  cut_off(chosen, 2);
  chosen.resume = true;
  prepare(chosen, tiny());
  EXPECT_TRUE(files(output) == expected);
}

TEST_F(PrepareResume, StopsAtMaxTokensAsIfUndisturbed) {
  PrepareOptions chosen = sharded({lines()});
  chosen.max_tokens = 850'000;
  const auto expected = undisturbed(chosen);
  cut_off(chosen, 2);
  chosen.resume = true;
  prepare(chosen, tiny());
  EXPECT_TRUE(files(output) == expected);
}

TEST_F(PrepareResume, RefusesOtherTextAndOtherSettings) {
  const std::string input = lines();
  PrepareOptions chosen = sharded({input});
  cut_off(chosen, 3);
  chosen.resume = true;
  const std::string progress = (output / ".unfinished" / "progress.json").string();
  PrepareOptions other = chosen;
  other.pile_set_names = {"other"};
  EXPECT_EQ(error_message([&] { prepare(other, tiny()); }),
            progress +
                ": was made with pile-set-name '', now asked for 'other'; give another "
                "folder to -o");
  other = chosen;
  other.shard_tokens = kShardTokens + 1;
  EXPECT_THAT(error_message([&] { prepare(other, tiny()); }),
              HasSubstr("was made with tokens a shard '100000', now asked for '100001'"));
  std::string changed = read_file(input);
  changed[changed.find("document")] = 'D';
  write("a.jsonl", changed);
  EXPECT_EQ(error_message([&] { prepare(chosen, tiny()); }),
            output.string() + ": was begun with other text in the inputs; name another folder");
  EXPECT_TRUE(fs::exists(progress)) << "a refusal loses nothing";
}

TEST_F(PrepareResume, LosesNoShardWhereTheEndFails) {
  PrepareOptions chosen = sharded({lines()});
  const auto expected = undisturbed(chosen);
  const fs::path in_the_way = output / "validation-00000.bin";
  const auto obstruct = [&](std::int64_t done, std::int64_t total) {
    if (done == total) write_file_atomic((make_folder(in_the_way), in_the_way / "file"), "");
  };
  EXPECT_THAT(error_message([&] { prepare(chosen, tiny(), obstruct); }, ErrorKind::kRuntime),
              HasSubstr("validation-00000.bin: cannot be put in place"));
  EXPECT_FALSE(fs::exists(output / "train-00000.bin"));
  const ino_t before = node(output / ".unfinished" / "train-00000.bin");
  fs::remove_all(in_the_way);
  chosen.resume = true;
  prepare(chosen, tiny());
  EXPECT_TRUE(files(output) == expected);
  EXPECT_EQ(node(output / "train-00000.bin"), before);
}

TEST_F(PrepareResume, TakesShardsBackThatAKillLeftInPlaceWithoutAManifest) {
  PrepareOptions chosen = sharded({lines()});
  const auto expected = undisturbed(chosen);
  cut_off(chosen, 3);
  fs::rename(output / ".unfinished" / "train-00000.bin", output / "train-00000.bin");
  const ino_t before = node(output / "train-00000.bin");
  chosen.resume = true;
  prepare(chosen, tiny());
  EXPECT_TRUE(files(output) == expected);
  EXPECT_EQ(node(output / "train-00000.bin"), before);
}

TEST_F(PrepareResume, ABadValidationFileShowsBeforeTheLongWork) {
  PrepareOptions chosen = sharded({lines()});
  chosen.validation = write("validation.txt", "caf\xE9 is Latin-1");
  EXPECT_THAT(refused(chosen), HasSubstr("validation.txt:1: is not UTF-8 text"));
}

TEST_F(PrepareResume, StartsOverWhereWhatIsLeftIsDamaged) {
  PrepareOptions chosen = sharded({lines()});
  const auto expected = undisturbed(chosen);
  chosen.resume = true;
  for (const char* file : {"progress.json", "train-00000.bin"}) {
    chosen.output = folder.path() / (std::string("damaged-") + file);
    cut_off(chosen, 3);
    const fs::path path = chosen.output / ".unfinished" / file;
    write_file_atomic(path, read_file(path).substr(0, 40));
    ::testing::internal::CaptureStderr();
    prepare(chosen, tiny());
    EXPECT_THAT(::testing::internal::GetCapturedStderr(),
                HasSubstr("what an earlier run left is damaged"));
    EXPECT_TRUE(files(chosen.output) == expected) << file;
  }
}

}  // namespace
}  // namespace lts::train
