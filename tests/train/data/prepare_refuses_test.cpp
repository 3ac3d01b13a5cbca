#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/train/data/prepare_fixture.h"
#include "train/data/prepare.h"

namespace lts::train {
namespace {

using ::lts::testing::compress;
using ::lts::testing::documents;
using ::lts::testing::error_message;
using ::lts::testing::Json;
using ::lts::testing::pile_line;
using ::lts::testing::PrepareFixture;
using ::lts::testing::tiny;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct PrepareRefuses : PrepareFixture {};
struct PreparedData : PrepareFixture {};

TEST_F(PrepareRefuses, InputsThatCannotBeRead) {
  EXPECT_EQ(refused(options({"/nowhere/a.txt"})), "/nowhere/a.txt: not found");
  EXPECT_THAT(refused(options({folder.path().string()})), HasSubstr("is a folder"));
  EXPECT_THAT(refused(options({write("e.txt", "")})), HasSubstr("e.txt: is empty"));
  EXPECT_THAT(refused(options({write("a.txt.gz", "x")})), HasSubstr(".gz file of this name"));
  EXPECT_THAT(refused(options({write("a.txt.zst", "x")})), HasSubstr(".zst file of this name"));
  PrepareOptions chosen = options({write("a.txt", "abc abc abc")});
  chosen.validation = "/nowhere/v.txt";
  EXPECT_EQ(refused(chosen), "/nowhere/v.txt: not found");
}

TEST_F(PrepareRefuses, OptionsThatContradict) {
  const auto input = write("a.txt", "abc abc abc");
  EXPECT_THAT(refused(options({})), HasSubstr("no input is named"));
  EXPECT_THAT(refused(options({"-", "-"})), HasSubstr("can be one input only"));
  PrepareOptions chosen = options({input});
  chosen.threads = -1;
  EXPECT_THAT(refused(chosen), HasSubstr("threads is -1"));
  chosen = options({input});
  chosen.max_tokens = 3;
  EXPECT_THAT(refused(chosen), HasSubstr("max-tokens is 3; accepted: 0 (all) or at least 4"));
  chosen = options({input});
  chosen.pile_set_names = {"Books3"};
  EXPECT_THAT(refused(chosen), HasSubstr("pile-set-name has no effect"));
  chosen = options({input});
  chosen.shard_tokens = -1;
  EXPECT_THAT(refused(chosen), HasSubstr("shard tokens are -1"));
  chosen = options({input});
  chosen.output = "";
  EXPECT_THAT(refused(chosen), HasSubstr("no output folder"));
  chosen.output = input;
  EXPECT_THAT(error_message([&] { prepare(chosen, tiny()); }),
              HasSubstr("a.txt: is a file; -o names a folder"));
}

TEST_F(PrepareRefuses, ABadLineWithItsNumber) {
  const std::string good = pile_line("abc", "X");
  const auto message = [&](const std::string& bad) {
    std::string lines;
    for (int i = 0; i < 40'000; ++i) {
      lines += good;
    }
    const auto input = write("a.jsonl", lines + bad + "\n" + good + "also bad\n");
    const std::string text = refused(options({input}));
    EXPECT_THAT(text, StartsWith(input + ":40001: "));
    return text;
  };
  EXPECT_THAT(message("{\"text\": \"abc\""), HasSubstr("is no JSON document"));
  EXPECT_THAT(message("{\"text\": \"a\"} x"), HasSubstr("is no JSON document"));
  EXPECT_THAT(message("[1]"), HasSubstr("expected a JSON object"));
  EXPECT_THAT(message("{\"body\": \"abc\"}"), HasSubstr("has no \"text\""));
  EXPECT_THAT(message("{\"text\": 7}"), HasSubstr("has no \"text\" that is a string"));
  EXPECT_THAT(message("{\"text\": \"\xFF\"}"), HasSubstr("is not UTF-8"));
}

TEST_F(PrepareRefuses, TextThatIsNotUtf8WithItsLine) {
  const auto input = write("a.txt", "abc\nabc\ncaf\xE9\nabc\n");
  EXPECT_THAT(refused(options({input})), StartsWith(input + ":3: is not UTF-8 text"));
}

TEST_F(PrepareRefuses, DamagedCompression) {
  std::string lines;
  for (const std::string& text : documents(500)) {
    lines += pile_line(text, "X");
  }
  const std::string packed = compress(lines);
  const auto cut = write("cut.jsonl.zst", packed.substr(0, packed.size() - 5));
  EXPECT_THAT(refused(options({cut})), AllOf(StartsWith(cut + ":"), HasSubstr("is truncated")));
  const auto foreign = write("foreign.jsonl.zst", lines);
  EXPECT_THAT(refused(options({foreign})),
              AllOf(StartsWith(foreign + ":"), HasSubstr("first bytes are not zstd's")));
  const auto tail = write("tail.jsonl.zst", packed + "garbage");
  EXPECT_THAT(refused(options({tail})),
              AllOf(StartsWith(tail + ":"), HasSubstr("damaged zstd data")));
}

TEST_F(PrepareRefuses, InputsWithoutAWantedDocument) {
  PrepareOptions chosen = options({write("a.jsonl", pile_line("abc", "Books3"))});
  chosen.pile_set_names = {"Books4"};
  EXPECT_THAT(refused(chosen), AllOf(HasSubstr("no document has pile_set_name 'Books4'"),
                                     HasSubstr("did you mean 'Books3'?")));
  EXPECT_THAT(refused(options({write("b.jsonl", pile_line("", "X"))})),
              HasSubstr("no document with text"));
}

TEST_F(PrepareRefuses, TextTooShortForTwoSplits) {
  EXPECT_THAT(refused(options({write("a.txt", "abc")})),
              HasSubstr("make 2 tokens; at least 4 are needed"));
}

TEST_F(PrepareRefuses, ALineWithoutEnd) {
  const auto input = write("a.jsonl", "");
  fs::resize_file(input, 300 << 20);  // sparse: zeros
  EXPECT_THAT(refused(options({input})), HasSubstr("a.jsonl:1: a line of more than 255 MiB"));
}

TEST_F(PreparedData, ReadersSayThatAFolderIsNotPrepared) {
  EXPECT_THAT(error_message([&] { TokenDataset(folder.path(), Split::kTrain); }),
              AllOf(StartsWith((folder.path() / "manifest.json").string()),
                    HasSubstr("is no folder that lts prepare finished")));
}

TEST_F(PreparedData, ReadersRefuseAForeignManifest) {
  prepare(options({write("a.txt", "abc abc abc")}), tiny());
  const std::string whole = read_file(output / "manifest.json");
  const auto message = [&](const std::string& text) {
    folder.write("out/manifest.json", text);
    const std::string found = error_message([&] { TokenDataset(output, Split::kTrain); });
    EXPECT_THAT(found, StartsWith((output / "manifest.json").string() + ":"));
    return found;
  };
  const auto changed = [&](const char* pointer, const Json& value) {
    Json manifest = Json::parse(whole);
    manifest[Json::json_pointer(pointer)] = value;
    return message(manifest.dump());
  };
  EXPECT_THAT(message(whole.substr(0, whole.size() / 2)), HasSubstr("not a whole JSON document"));
  EXPECT_THAT(message("{}"), HasSubstr("is not a manifest of lts prepare"));
  EXPECT_THAT(changed("/version", 7), HasSubstr("is of version 7; this program reads version 1"));
  EXPECT_THAT(changed("/splits", 1), HasSubstr("is not a whole manifest"));
  EXPECT_THAT(changed("/splits/train/tokens", 1), HasSubstr("but its shards have 4"));
  EXPECT_THAT(changed("/splits/train/shards/0/file", "../x.bin"),
              HasSubstr("expected a file of its own folder"));
}

TEST_F(PreparedData, ReadersNameAMissingShard) {
  prepare(options({write("a.txt", "abc abc abc")}), tiny());
  fs::remove(output / "validation-00000.bin");
  EXPECT_THAT(error_message([&] { TokenDataset(output, Split::kValidation); }),
              StartsWith((output / "validation-00000.bin").string()));
}

}  // namespace
}  // namespace lts::train
