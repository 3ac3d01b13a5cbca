#include "space/arch_argument.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/expect_error.h"
#include "tests/space/gpt2_models.h"
#include "tests/temporary_folder.h"

namespace lts::space {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::EndsWith;
using testing::error_message;
using testing::gpt2;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TemporaryFolder;

const fs::path kModels = LTS_SOURCE_DIR "/configs/models";
const Architecture kExample = gpt2(7, 576, 832, 8);  // gpt2_0e1b5a3c..., published

Architecture parse(const std::string& text) { return parse_arch_argument(text, kModels); }

std::string refusal(const std::string& text) {
  return error_message([&] { parse(text); });
}

/// The message about a file with this content, without the temporary folder's name.
std::string file_refusal(const std::string& name, const std::string& content) {
  const TemporaryFolder folder;
  const std::string message = refusal(folder.write(name, content).string());
  const std::string prefix = folder.path().string() + "/";
  EXPECT_THAT(message, StartsWith(prefix));
  return message.substr(prefix.size());
}

TEST(PublishedConfigs, HashToTheirNamesAndAreInOurForm) {
  const auto rows = testing::published_rows();
  for (const auto& row : rows) {
    const fs::path file = kModels / (row.archid + ".yaml");
    const Architecture architecture = parse(file.string());
    EXPECT_EQ(architecture, row.architecture);
    EXPECT_EQ(row.hashed_with_arch_type ? archid(architecture) : archid_sampled(architecture),
              file.stem().string());
    EXPECT_EQ(to_json(load_yaml(file)), architecture_json(architecture));
  }
  EXPECT_EQ(published_models(kModels).size(), rows.size());
}

TEST(ArchArgument, TakesAPublishedNameOrAUniquePrefix) {
  EXPECT_EQ(parse("gpt2_0e1b5a3c867d6473da270799061f3089a1df5afd"), kExample);
  EXPECT_EQ(parse("gpt2_0e1b"), kExample);
  EXPECT_EQ(parse("0e1b"), kExample);
}

TEST(ArchArgument, RefusesPrefixesThatNameNoneOrSeveral) {
  EXPECT_EQ(refusal("gpt2_ffff"),
            "'gpt2_ffff' is no architecture; accepted: a YAML or JSON file, an archid of "
            "configs/models or a unique prefix of one, RUN_DIR:INDEX, or "
            "gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8");
  EXPECT_EQ(refusal("0e"),
            "'0e' is the beginning of several architectures: "
            "gpt2_0e1b5a3c867d6473da270799061f3089a1df5afd, "
            "gpt2_0e8c86e6babd924ff8b511c94cc1647bf61f81a2");
  EXPECT_EQ(refusal(""), "an empty architecture name");
}

TEST(ArchArgument, TakesGenesInline) {
  EXPECT_EQ(parse("gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8"), kExample);
  EXPECT_EQ(parse("gpt2:n_head=8, d_inner=832,n_layer=7,d_model=576"), kExample);
  EXPECT_EQ(parse("gpt2:n_layer=2,d_model=8,d_inner=16,n_head=2,vocab_size=10,"
                  "max_sequence_length=4,dropatt=0.1"),
            Architecture(gpt2::family(), {2, 8, 16, 2, 10, 4}, 0.1));
  EXPECT_EQ(parse(summary(kExample)), kExample);
}

TEST(ArchArgument, RefusesInlineErrors) {
  const std::string good = "gpt2:n_layer=7,d_model=576,d_inner=832,n_head=";
  EXPECT_EQ(refusal(good + "7"), good + "7: d_model 576 is not divisible by n_head 7");
  EXPECT_EQ(refusal(good), good + ": n_head is ''; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal(good + "2|4"),
            good + "2|4: n_head is a list; accepted: an integer from 1 to 1000000");
  EXPECT_THAT(refusal(good + "8,n_heads=8"),
              AllOf(StartsWith(good + "8,n_heads=8: unknown key 'n_heads'"),
                    HasSubstr("did you mean 'n_head'?")));
  EXPECT_EQ(refusal(good + "8,n_layer=7"), good + "8,n_layer=7: gene 'n_layer' stands twice");
  EXPECT_EQ(refusal(good + "8,"), good + "8,: '' must look like gene=value");
  EXPECT_EQ(refusal("gpt2:7"), "gpt2:7: '7' must look like gene=value");
  EXPECT_EQ(refusal("gpt2:"), "gpt2:: '' must look like gene=value");
  EXPECT_EQ(refusal("gpt2:n_layer=7"), "gpt2:n_layer=7: key 'd_model' is missing");
  EXPECT_EQ(refusal("gpt3:n_layer=7"),
            "gpt3:n_layer=7: unknown family 'gpt3'; did you mean 'gpt2'? Accepted: gpt2, "
            "gpt2_flex, llama");
  EXPECT_EQ(refusal("gpt2:n_layer=7,dropatt=2,d_model=8,d_inner=8,n_head=2"),
            "gpt2:n_layer=7,dropatt=2,d_model=8,d_inner=8,n_head=2: dropatt is '2'; accepted: a "
            "number from 0 to 0.99");
}

// Longer than a file's name may be; once this threw what nobody caught.
TEST(ArchArgument, TakesLongInlineTextForNoFile) {
  const std::string text = "gpt2:n_layer=7,d_model=576,n_head=8,d_inner=" +
                           std::string("832|832|832|832|832|832|832|832|").append(400, '1');
  EXPECT_THAT(refusal(text), StartsWith(text + ": d_inner is a list"));
  EXPECT_THAT(refusal(std::string(5000, 'x')), HasSubstr("is no architecture"));
}

TEST(ArchArgument, TakesOurFilesAndTheReferences) {
  const TemporaryFolder folder;
  const auto ours = folder.write("a.yaml", to_yaml(architecture_json(kExample)));
  EXPECT_EQ(parse(ours.string()), kExample);
  const auto flow = folder.write("b.yaml",
                                 "{family: gpt2, n_layer: 7, d_model: 576,\n"
                                 " d_inner: 832, n_head: 8}\n");
  EXPECT_EQ(parse(flow.string()), kExample);
  const auto reference = folder.write(
      "c.json",
      R"({"vocab_size": 50257, "dropatt": 0.0, "max_sequence_length": 1024, )"
      R"("n_layer": 7, "d_inner": 832, "d_model": 576, "n_head": 8, "arch_type": "gpt2"})");
  EXPECT_EQ(parse(reference.string()), kExample);
}

TEST(ArchArgument, TakesHuggingFacesConfigsAndFolders) {
  const TemporaryFolder folder;
  const std::string config = kExample.family().hugging_face_config(kExample).dump(2);
  const auto file = folder.write("model/config.json", config);
  EXPECT_EQ(parse(file.string()), kExample);
  EXPECT_EQ(parse((folder.path() / "model").string()), kExample);
  EXPECT_EQ(parse(folder.write("other-name", config).string()), kExample);
}

TEST(ArchArgument, RefusesFilesThatDescribeNone) {
  EXPECT_EQ(file_refusal("a.yaml", ""), "a.yaml:1:1: key 'family' is missing");
  EXPECT_EQ(file_refusal("a.yaml", "- 1\n"),
            "a.yaml:1:1: the file is a list; accepted: a map of keys");
  EXPECT_EQ(
      file_refusal("a.yaml", "family: gpt\n"),
      "a.yaml:1:9: unknown family 'gpt'; did you mean 'gpt2'? Accepted: gpt2, gpt2_flex, llama");
  EXPECT_EQ(file_refusal("a.yaml", "family: gpt2\nn_layer: 2\nd_model: 64\nd_inner: 64\n"),
            "a.yaml:1:1: key 'n_head' is missing");
  EXPECT_EQ(
      file_refusal("a.yaml", "family: gpt2\nn_layer: 2\nd_model: 64\nd_inner: 64\nn_head: 3\n"),
      "a.yaml:1:1: d_model 64 is not divisible by n_head 3");
  EXPECT_EQ(file_refusal("a.json", "{\"family\": \"gpt2\", \"n_layer\": \"2\"}"),
            "a.json:1:31: n_layer is '2'; accepted: an integer from 1 to 1000000");
  EXPECT_THAT(file_refusal("a.json", "{\n\"family\": }"),
              StartsWith("a.json:2:11: is not valid JSON: "));
  EXPECT_THAT(file_refusal("a.safetensors", std::string("\x10\0\0\0\0\0\0\0{}", 10)),
              EndsWith("is no UTF-8 text (a binary file?)"));
}

TEST(ArchArgument, RefusesForeignHuggingFaceConfigs) {
  EXPECT_EQ(file_refusal("config.json", R"({"model_type": "mistral"})"),
            "config.json: model_type \"mistral\"; accepted: gpt2, gpt2_flex, llama");
  EXPECT_EQ(file_refusal("config.json", R"({"model_type": "gpt2", "n_layer": "x"})"),
            "config.json: n_layer is \"x\"; accepted: an integer from 1 to 1000000");
  const TemporaryFolder folder;
  const auto file = folder.write("config.json", "[]").string();
  EXPECT_EQ(refusal(folder.path().string()),
            file + ": model_type is missing; accepted: gpt2, gpt2_flex, llama");
  folder.write("config.json", "{}");
  EXPECT_EQ(refusal(folder.path().string()),
            file + ": model_type is missing; accepted: gpt2, gpt2_flex, llama");
  folder.write("config.json", "{\"model_type\": " + std::string(100'000, '['));
  EXPECT_EQ(refusal(folder.path().string()), file + ": nested deeper than 100 levels");
}

TEST(ArchArgument, RefusesMissingFilesAndOtherFolders) {
  EXPECT_EQ(refusal("none/x.yaml"), "none/x.yaml: cannot be opened: No such file or directory");
  EXPECT_EQ(refusal("x.yaml"), "x.yaml: cannot be opened: No such file or directory");
  const TemporaryFolder folder;
  EXPECT_EQ(refusal(folder.path().string()),
            folder.path().string() +
                ": is a folder without config.json; a winner of a run is RUN_DIR:INDEX");
}

TEST(ArchArgument, TakesAWinnerOfARun) {
  const TemporaryFolder folder;
  folder.write("winners/winners.csv", "index,archid,why\n0,gpt2_a,best\n1,gpt2_b,\"x,y\"\n");
  folder.write("winners/gpt2_a.yaml", to_yaml(architecture_json(gpt2(1, 64, 64, 2))));
  folder.write("winners/gpt2_b.yaml", to_yaml(architecture_json(kExample)));
  const std::string run = folder.path().string();
  EXPECT_EQ(parse(run + ":0"), gpt2(1, 64, 64, 2));
  EXPECT_EQ(parse(run + ":1"), kExample);
  EXPECT_EQ(parse(run + "/:1"), kExample);
  EXPECT_EQ(refusal(run + ":2"), run + ": has no winner 2; it has 2, counted from 0");
  EXPECT_EQ(refusal(run + ":-1"), run + ": has no winner -1; it has 2, counted from 0");
}

TEST(ArchArgument, RefusesAnIndexOfNoRun) {
  EXPECT_EQ(refusal("none/run:3"), "none/run: is no folder of a run; RUN_DIR:INDEX needs one");
  const TemporaryFolder folder;
  const std::string run = folder.path().string();
  EXPECT_EQ(refusal(run + ":0"),
            run + "/winners/winners.csv: cannot be opened: No such file or directory");
  EXPECT_EQ(refusal(run + ":first"), run + ":first: cannot be opened: No such file or directory");
}

TEST(ReadArchitecture, TakesTheReferencesPerLayerListsForNoScalar) {
  const auto node =
      parse_yaml("{arch_type: gpt2, n_layer: 2, d_model: 8, d_inner: [8, 8], n_head: 2}", "a.json");
  EXPECT_EQ(error_message([&] { read_architecture(node); }),
            "a.json:1:52: d_inner is a list; accepted: an integer from 1 to 1000000");
}

}  // namespace
}  // namespace lts::space
