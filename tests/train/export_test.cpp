#include "train/export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <string>

#include "core/file.h"
#include "space/model_folder.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"
#include "tests/train/tokenizer/tiny_vocabulary.h"

namespace lts::train {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

TEST(Export, WritesAFolderThatLoads) {
  const TemporaryFolder folder;
  const auto architecture = space::architecture_of({.vocab_size = 262});
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  const auto output = folder.path() / "made" / "model";
  const auto result = export_model(architecture, &tokenizer, {.output = output, .seed = 4});
  EXPECT_EQ(result.path, output);
  EXPECT_EQ(names_in(folder.path() / "made"), std::set<std::string>{"model"});
  std::int64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(output))
    bytes += static_cast<std::int64_t>(entry.file_size());
  EXPECT_EQ(result.bytes, bytes);
  const auto model = space::load_model(output);
  EXPECT_EQ(model->architecture(), architecture);
  torch::manual_seed(4);
  auto expected = space::make_model(architecture);
  expected->init_weights();
  EXPECT_TRUE(torch::equal(model->parameters()[0], expected->parameters()[0]));
  EXPECT_EQ(Tokenizer::from_model_folder(output).encode("abc ab"), tokenizer.encode("abc ab"));
}

TEST(Export, KeepsTheTokensThatEndGeneration) {
  const TemporaryFolder folder;
  const auto first = folder.path() / "first", second = folder.path() / "second";
  export_model(space::architecture_of({}), nullptr, {.output = first});
  folder.write("first/generation_config.json", "{\"eos_token_id\": [3, 5]}");
  export_model(first, nullptr, {.output = second});
  EXPECT_EQ(space::read_eos_token_ids(second), (std::vector<std::int32_t>{3, 5}));
}

TEST(Export, CopiesAModelFolder) {
  const TemporaryFolder folder;
  const auto first = folder.path() / "first", second = folder.path() / "second";
  export_model(space::architecture_of({}), nullptr, {.output = first});
  export_model(first, nullptr, {.output = second});
  EXPECT_EQ(read_file(first / "model.safetensors"), read_file(second / "model.safetensors"));
  EXPECT_EQ(read_file(first / "config.json"), read_file(second / "config.json"));
  EXPECT_EQ(names_in(second),
            (std::set<std::string>{"config.json", "generation_config.json", "model.safetensors"}));
}

TEST(Export, WritesTheConfigAlone) {
  const TemporaryFolder folder;
  const auto architecture = space::architecture_of({});
  const auto output = folder.path() / "deep" / "config.json";
  const auto result =
      export_model(architecture, nullptr, {.format = ExportFormat::kConfig, .output = output});
  EXPECT_EQ(read_file(output), space::config_file(architecture));
  EXPECT_EQ(result.bytes, std::ssize(space::config_file(architecture)));
  EXPECT_EQ(space::read_config(output.parent_path()), architecture);
}

TEST(Export, WritesTheCodeThatAConfigNamesBesideIt) {
  const TemporaryFolder folder;
  const space::Architecture flex(space::family_named("gpt2_flex"), {2, 24, 97, 32, 40, 7, 4, 1});
  const auto output = folder.path() / "deep" / "config.json";
  const auto result =
      export_model(flex, nullptr, {.format = ExportFormat::kConfig, .output = output});
  EXPECT_EQ(space::read_config(output.parent_path()), flex);
  const auto code = flex.family().hugging_face_code();
  ASSERT_EQ(result.beside.size(), 1U);
  EXPECT_EQ(result.beside[0], output.parent_path() / "modeling_gpt2_flex.py");
  EXPECT_EQ(read_file(result.beside[0]), code[0].content);
  EXPECT_EQ(result.bytes, std::ssize(read_file(output)) + std::ssize(code[0].content));
}

TEST(Export, TakesAnEmptyFolderAndANameWithASlash) {
  const TemporaryFolder folder;
  const auto output = folder.path() / "empty" / "";
  fs::create_directory(folder.path() / "empty");
  export_model(space::architecture_of({}), nullptr, {.output = output});
  EXPECT_TRUE(fs::exists(folder.path() / "empty" / "config.json"));
}

TEST(Export, LeavesWhatIsInTheWay) {
  const TemporaryFolder folder;
  folder.write("full/precious", "x");
  const auto file = folder.write("file", "x");
  const auto message = [&](ExportFormat format, const fs::path& output) {
    return error_message([&] {
      export_model(space::architecture_of({}), nullptr, {.format = format, .output = output});
    });
  };
  const auto full = folder.path() / "full";
  EXPECT_EQ(message(ExportFormat::kHuggingFace, full),
            full.string() + ": the output folder is not empty; name a new one");
  EXPECT_EQ(message(ExportFormat::kHuggingFace, file),
            file.string() + ": a file is in the way of the output folder");
  EXPECT_THAT(message(ExportFormat::kConfig, full), StartsWith(full.string() + ": a folder; "));
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"file", "full"}));
  EXPECT_EQ(names_in(full), std::set<std::string>{"precious"});
}

TEST(Export, RefusesATokenizerTheModelHasNoRoomFor) {
  const TemporaryFolder folder;
  const auto tokenizer = lts::testing::TinyVocabulary{}.tokenizer();
  EXPECT_THAT(error_message([&] {
                export_model(space::architecture_of({}), &tokenizer,
                             {.output = folder.path() / "out"});
              }),
              HasSubstr("the tokenizer has 262 tokens, more than the model's vocab_size of 97"));
  EXPECT_TRUE(names_in(folder.path()).empty());
}

}  // namespace
}  // namespace lts::train
