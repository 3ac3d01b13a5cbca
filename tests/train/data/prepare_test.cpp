#include "train/data/prepare.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "core/interrupt.h"
#include "tests/train/data/prepare_fixture.h"

namespace lts::train {
namespace {

using ::lts::testing::all_tokens;
using ::lts::testing::compress;
using ::lts::testing::documents;
using ::lts::testing::error_message;
using ::lts::testing::expect_document;
using ::lts::testing::Json;
using ::lts::testing::kEnd;
using ::lts::testing::pile_line;
using ::lts::testing::PrepareFixture;
using ::lts::testing::TemporaryFolder;
using ::lts::testing::tiny;
using ::lts::testing::TinyVocabulary;
using ::lts::testing::tokens;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Prepare : PrepareFixture {};

TEST_F(Prepare, MakesADocumentOfEachTextFile) {
  const auto a = write("a.txt", "abc abc\n"), b = write("b.txt", "aab");
  const auto held_out = write("v.txt", "bc");
  PrepareOptions chosen = options({a, b});
  chosen.validation = held_out;
  const PrepareResult result = prepare(chosen, tiny());
  EXPECT_THAT(tokens(output, Split::kTrain),
              ElementsAre(258, ' ', 258, '\n', kEnd, 'a', 256, kEnd));
  EXPECT_THAT(tokens(output, Split::kValidation), ElementsAre(257, kEnd));
  EXPECT_EQ(result.documents, 3);
  EXPECT_EQ(result.tokens, 10);
  EXPECT_EQ(result.bytes, 8 + 3 + 2);
  EXPECT_EQ(result.shards, 2);
}

TEST_F(Prepare, SaysInTheManifestWhatWasRead) {
  const auto a = write("a.txt", "abc abc abc");
  prepare(options({a}), tiny());
  const Json manifest = this->manifest();
  EXPECT_EQ(manifest["inputs"][0]["path"], a);
  EXPECT_EQ(manifest["inputs"][0]["size_bytes"], 11);
  EXPECT_EQ(manifest["inputs"][0]["sha256"], sha256_hex("abc abc abc"));
  EXPECT_EQ(manifest["tokenizer"]["sha256"], tiny().vocabulary_sha256());
  EXPECT_EQ(manifest["documents"], 1);
  EXPECT_EQ(manifest["tokens"], 6);
  EXPECT_EQ(manifest["splits"]["validation"]["tokens"], 2);
  EXPECT_EQ(manifest["splits"]["train"]["shards"][0]["file"], "train-00000.bin");
  EXPECT_FALSE(fs::exists(output / ".unfinished"));
}

TEST_F(Prepare, ReadsJsonLinesPlainAndInManyZstdFrames) {
  std::string lines, frames;
  std::vector<std::int64_t> expected;
  for (const std::string& text : documents(3000)) {
    const std::string line = pile_line(text, "Books3");
    lines += line;
    // A frame now and then ends within a line.
    frames += compress(line.substr(0, line.size() / 2)) + compress(line.substr(line.size() / 2));
    expect_document(expected, text);
  }
  const auto plain = write("a.jsonl", "\n" + lines + "  \r\n");
  const auto packed = write("a.jsonl.zst", frames);
  prepare(options({plain}), tiny());
  EXPECT_EQ(all_tokens(output), expected);
  output = folder.path() / "packed";
  EXPECT_EQ(prepare(options({packed}), tiny()).documents, 3000);
  EXPECT_EQ(all_tokens(output), expected);
  EXPECT_EQ(manifest()["inputs"][0]["sha256"], sha256_hex(frames));
}

TEST_F(Prepare, ReadsJsonLinesFromStandardInput) {
  const auto lines = write("a.jsonl", pile_line("abc abc", "X") + pile_line("aab bc", "X"));
  const int kept = dup(STDIN_FILENO), file = open(lines.c_str(), O_RDONLY);
  dup2(file, STDIN_FILENO);
  prepare(options({"-"}), tiny());
  dup2(kept, STDIN_FILENO);
  close(file);
  close(kept);
  EXPECT_THAT(all_tokens(output), ElementsAre(258, ' ', 258, kEnd, 'a', 256, ' ', 257, kEnd));
  EXPECT_EQ(manifest()["inputs"][0]["path"], "-");
  EXPECT_EQ(manifest()["inputs"][0]["sha256"], sha256_hex_of_file(lines));
}

TEST_F(Prepare, GivesTheSameShardsWhateverTheThreads) {
  std::string lines;
  std::vector<std::int64_t> expected;
  for (const std::string& text : documents(20'000)) {  // several batches
    lines += pile_line(text, "X");
    expect_document(expected, text);
  }
  const auto input = write("a.jsonl", lines);
  std::vector<std::string> manifests;
  for (const int threads : {1, 2, 5}) {
    output = folder.path() / std::to_string(threads);
    PrepareOptions chosen = options({input});
    chosen.threads = threads;
    chosen.shard_tokens = 300'000;
    prepare(chosen, tiny());
    manifests.push_back(read_file(output / "manifest.json"));  // with every shard's checksum
    EXPECT_EQ(all_tokens(output), expected);
  }
  EXPECT_THAT(manifests, ::testing::Each(manifests[0]));
}

TEST_F(Prepare, CutsLongTextsIntoTheSameTokens) {
  std::string text;
  for (const std::string& document : documents(12'000)) {
    text += document;
  }
  text += std::string(3 << 20, 'a') + " \u3000 " + std::string(2 << 20, '\n') + "'s";
  const auto input = write("long.txt", text);
  const PrepareResult result = prepare(options({input}), tiny());
  std::vector<std::int64_t> expected;
  expect_document(expected, text);
  EXPECT_EQ(all_tokens(output), expected);
  EXPECT_EQ(result.documents, 1);
  EXPECT_EQ(result.bytes, static_cast<std::int64_t>(text.size()));
}

TEST_F(Prepare, CutsValidationAtADocumentsEndWhereThereAreMany) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    lines += pile_line("x y z", "X");  // 5 tokens and the end: 6,000 in all
  }
  PrepareOptions chosen = options({write("a.jsonl", lines)});
  chosen.shard_tokens = 1000;
  const PrepareResult result = prepare(chosen, tiny());
  EXPECT_EQ(tokens(output, Split::kTrain).size(), 5940u);
  EXPECT_EQ(tokens(output, Split::kTrain).back(), kEnd);
  EXPECT_EQ(tokens(output, Split::kValidation).size(), 60u);
  EXPECT_EQ(result.shards, 6 + 1);
  EXPECT_EQ(manifest()["splits"]["train"]["documents"], 990);
  EXPECT_EQ(manifest()["splits"]["validation"]["documents"], 10);
}

TEST_F(Prepare, CutsThroughTheOnlyDocument) {
  prepare(options({write("a.txt", std::string(999, '!'))}), tiny());  // 1,000 tokens
  EXPECT_EQ(tokens(output, Split::kTrain).size(), 990u);
  EXPECT_EQ(tokens(output, Split::kTrain).back(), '!');
  EXPECT_EQ(tokens(output, Split::kValidation).size(), 10u);
  EXPECT_EQ(manifest()["documents"], 1);
  EXPECT_EQ(manifest()["splits"]["train"]["documents"], 1);
}

TEST_F(Prepare, StopsAfterMaxTokens) {
  PrepareOptions chosen =
      options({write("a.jsonl", pile_line("!!!", "X") + pile_line("??????", "X") + "no JSON\n")});
  chosen.max_tokens = 8;  // the bad line is not reached
  const PrepareResult result = prepare(chosen, tiny());
  EXPECT_THAT(all_tokens(output), ElementsAre('!', '!', '!', kEnd, '?', '?', '?', kEnd));
  EXPECT_EQ(result.tokens, 8);
  EXPECT_EQ(result.documents, 2);
  EXPECT_EQ(result.bytes, 6);
  EXPECT_EQ(manifest()["inputs"][0]["sha256"], sha256_hex_of_file(chosen.inputs[0]));
}

TEST_F(Prepare, KeepsTheNamedPileSetsOnly) {
  PrepareOptions chosen =
      options({write("a.jsonl", pile_line("abc abc", "Books3") + pile_line("no", "Github") +
                                    "{\"text\": \"no\"}\n")});
  chosen.pile_set_names = {"Books3"};
  EXPECT_EQ(prepare(chosen, tiny()).documents, 1);
  EXPECT_THAT(all_tokens(output), ElementsAre(258, ' ', 258, kEnd));
}

TEST_F(Prepare, LeavesDocumentsWithoutTextOut) {
  const auto input = write("a.jsonl", pile_line("", "X") + pile_line("abc abc", "X"));
  EXPECT_EQ(prepare(options({input}), tiny()).documents, 1);
  EXPECT_EQ(manifest()["empty_documents"], 1);
  EXPECT_EQ(all_tokens(output).size(), 4u);
}

TEST_F(Prepare, ReportsProgress) {
  const auto input = write("a.txt", "abc abc abc");
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  prepare(options({input}), tiny(), [&](auto done, auto total) { seen.emplace_back(done, total); });
  ASSERT_FALSE(seen.empty());
  EXPECT_EQ(seen.back(), std::make_pair(std::int64_t{11}, std::int64_t{11}));
}

TEST_F(Prepare, PrintsAFinishedResultAgainWhenResumed) {
  PrepareOptions chosen = options({write("a.txt", "abc abc abc")});
  const PrepareResult first = prepare(chosen, tiny());
  EXPECT_EQ(error_message([&] { prepare(chosen, tiny()); }),
            output.string() +
                ": holds prepared data already; name another folder, or add --resume to print its "
                "result again");
  chosen.resume = true;
  const auto written = fs::last_write_time(output / "train-00000.bin");
  const PrepareResult again = prepare(chosen, tiny());
  EXPECT_EQ(again.tokens, first.tokens);
  EXPECT_EQ(again.bytes, first.bytes);
  EXPECT_EQ(fs::last_write_time(output / "train-00000.bin"), written);
}

TEST_F(Prepare, RefusesToResumeWithOtherSettings) {
  const auto input = write("a.txt", "abc abc abc");
  PrepareOptions chosen = options({input});
  prepare(chosen, tiny());
  chosen.resume = true;
  const std::string manifest = (output / "manifest.json").string();
  PrepareOptions other = chosen;
  other.max_tokens = 5;
  EXPECT_EQ(
      error_message([&] { prepare(other, tiny()); }),
      manifest + ": was made with max-tokens '0', now asked for '5'; give another folder to -o");
  other = chosen;
  other.inputs = {"b.txt"};
  EXPECT_THAT(error_message([&] { prepare(other, tiny()); }), HasSubstr("was made with inputs"));
  TinyVocabulary vocabulary;
  std::swap(vocabulary.merges[0], vocabulary.merges[1]);
  EXPECT_THAT(error_message([&] { prepare(chosen, vocabulary.tokenizer()); }),
              HasSubstr("was made with vocabulary"));
  write("a.txt", "longer than before");
  EXPECT_THAT(error_message([&] { prepare(chosen, tiny()); }),
              HasSubstr("of 11 bytes, now asked for 18"));
}

TEST_F(Prepare, MakesAnewWhatAKillLeft) {
  folder.write("out/.unfinished/train-00000.bin", "half");
  folder.write("out/train-00000.bin", "half");
  folder.write("out/train-00001.bin", "half");
  folder.write("out/notes.txt", "the user's");
  PrepareOptions chosen = options({write("a.txt", "abc abc abc")});
  EXPECT_THAT(error_message([&] { prepare(chosen, tiny()); }),
              AllOf(StartsWith(output.string() + ":"), HasSubstr("add --resume")));
  chosen.resume = true;
  prepare(chosen, tiny());
  EXPECT_EQ(all_tokens(output).size(), 6u);
  EXPECT_FALSE(fs::exists(output / "train-00001.bin"));
  EXPECT_TRUE(fs::exists(output / "notes.txt"));
}

// Runs `chosen` in a process of its own, which ends with the error's exit status, or 3 when
// something of the run is left.
void prepare_and_exit(const TemporaryFolder& folder, const PrepareOptions& chosen,
                      const std::function<void(std::int64_t, std::int64_t)>& progress) {
  int status = 0;
  try {
    prepare(chosen, tiny(), progress);
  } catch (const Error& error) {
    status = fs::exists(chosen.output) ? 3 : error.exit_status();
  }
  fs::remove_all(folder.path());
  _exit(status);
}

TEST_F(Prepare, LeavesNothingWhenASignalStopsIt) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const PrepareOptions chosen = options({write("a.txt", "abc abc abc")});
  const auto interrupt = [](std::int64_t, std::int64_t) { raise(SIGINT); };
  EXPECT_EXIT(install_interrupt_handler();
              prepare_and_exit(folder, chosen, interrupt), ::testing::ExitedWithCode(75), "");
}

TEST_F(Prepare, StopsOnASignalWhileAPipeKeepsItWaiting) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);  // its write end stays open: no input, no end
  const auto run = [&] {
    dup2(ends[0], STDIN_FILENO);
    install_interrupt_handler();
    raise(SIGINT);
    prepare_and_exit(folder, options({"-"}), {});
  };
  EXPECT_EXIT(run(), ::testing::ExitedWithCode(75), "");
}

}  // namespace
}  // namespace lts::train
