#include "space/model_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "space/model_weights.h"
#include "space/tensor_file.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"
#include "tests/temporary_folder.h"

namespace lts::space {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

void write_model(const TemporaryFolder& folder, const LanguageModel& model) {
  for (const auto& [name, content] : model_files(model)) folder.write(name, content);
}

void expect_equal_weights(const LanguageModel& left, const LanguageModel& right) {
  const auto left_parameters = left.named_parameters(), right_parameters = right.named_parameters();
  ASSERT_EQ(left_parameters.keys(), right_parameters.keys());
  for (const auto& item : left_parameters)
    EXPECT_TRUE(torch::equal(item.value(), right_parameters[item.key()])) << item.key();
}

// Loads a folder whose weights went through `change`.
ModelPtr load_changed(const LanguageModel& model,
                      const std::function<void(NamedTensors&)>& change) {
  const TemporaryFolder folder;
  write_model(folder, model);
  auto weights = hugging_face_weights(model);
  change(weights);
  folder.write("model.safetensors", tensor_file_bytes(weights));
  return load_model(folder.path());
}

std::string message_for_weights(const std::function<void(NamedTensors&)>& change) {
  const auto model = small_model();
  const auto message = error_message([&] { load_changed(*model, change); });
  EXPECT_THAT(message, HasSubstr("/model.safetensors: "));
  return message;
}

std::string message_for_config(const std::function<void(json&)>& change) {
  const TemporaryFolder folder;
  const auto model = small_model();
  write_model(folder, *model);
  auto config = json::parse(config_file(model->architecture()));
  change(config);
  const auto file = folder.write("config.json", config.dump());
  const auto message = error_message([&] { load_model(folder.path()); });
  EXPECT_THAT(message, AnyOf(StartsWith(file.string() + ": "),
                             StartsWith((folder.path() / "model.safetensors").string() + ": ")));
  return message;
}

TEST(ModelFolder, LoadsWhatItWrites) {
  const TemporaryFolder folder;
  const auto model = small_model({.n_layer = 2, .dropatt = 0.25});
  write_model(folder, *model);
  const auto loaded = load_model(folder.path());
  EXPECT_EQ(loaded->architecture(), model->architecture());
  EXPECT_FALSE(loaded->is_training());
  expect_equal_weights(*loaded, *model);
}

TEST(ModelFolder, StoresLinearsAsHuggingFaceDoes) {
  const auto model = small_model();
  const auto weights = hugging_face_weights(*model);
  EXPECT_EQ(weights.at("transformer.h.0.attn.c_attn.weight").sizes(), (torch::IntArrayRef{24, 72}));
  EXPECT_EQ(weights.at("transformer.h.2.mlp.c_proj.weight").sizes(), (torch::IntArrayRef{40, 24}));
  EXPECT_FALSE(weights.contains("lm_head.weight"));
}

TEST(ModelFolder, TakesNamesWithoutPrefixMasksAndATiedHead) {
  const auto model = small_model();
  const auto loaded = load_changed(*model, [](NamedTensors& weights) {
    NamedTensors bare;
    for (const auto& [name, tensor] : weights) bare[name.substr(12)] = tensor;
    for (const char* layer : {"h.0", "h.1", "h.2"}) {
      bare[std::string(layer) + ".attn.bias"] = torch::ones({1, 1, 32, 32}, torch::kBool);
      bare[std::string(layer) + ".attn.masked_bias"] = torch::tensor(-1e4F);
    }
    bare["lm_head.weight"] = bare["wte.weight"].clone();
    weights = bare;
  });
  expect_equal_weights(*loaded, *model);
}

TEST(ModelFolder, TakesTheTiedMatrixUnderTheHeadsName) {
  const auto model = small_model();
  const auto loaded = load_changed(*model, [](NamedTensors& weights) {
    weights["lm_head.weight"] = weights["transformer.wte.weight"];
    weights.erase("transformer.wte.weight");
  });
  expect_equal_weights(*loaded, *model);
}

TEST(ModelFolder, TakesHalfPrecision) {
  const auto model = small_model();
  for (const auto dtype : {torch::kBFloat16, torch::kFloat16}) {
    const auto loaded = load_changed(*model, [&](NamedTensors& weights) {
      for (auto& [name, tensor] : weights) tensor = tensor.to(dtype);
    });
    const auto expected = model->parameters()[0].to(dtype).to(torch::kFloat32);
    EXPECT_EQ(loaded->parameters()[0].scalar_type(), torch::kFloat32);
    EXPECT_TRUE(torch::equal(loaded->parameters()[0], expected));
  }
}

TEST(ModelFolder, RefusesWeightsThatDoNotFit) {
  EXPECT_THAT(message_for_weights([](auto& w) { w.erase("transformer.ln_f.bias"); }),
              EndsWith("tensor 'transformer.ln_f.bias' is missing"));
  EXPECT_THAT(message_for_weights([](auto& w) { w["extra"] = torch::ones({2}); }),
              EndsWith("tensor 'transformer.extra' is no part of the model in config.json"));
  EXPECT_THAT(message_for_weights([](auto& w) {
                auto& weight = w["transformer.h.1.mlp.c_fc.weight"];
                weight = weight.t();
              }),
              EndsWith("tensor 'transformer.h.1.mlp.c_fc.weight': shape [40, 24]; config.json asks "
                       "for [24, 40]"));
  EXPECT_THAT(message_for_weights([](auto& w) {
                auto& weight = w["transformer.wpe.weight"];
                weight = weight.to(torch::kFloat64);
              }),
              HasSubstr("tensor 'transformer.wpe.weight': dtype Double; F32, BF16 and F16"));
  EXPECT_THAT(
      message_for_weights([](auto& w) { w["wte.weight"] = w["transformer.wte.weight"].clone(); }),
      EndsWith("tensor 'transformer.wte.weight' is there twice, with and without 'transformer.'"));
}

TEST(ModelFolder, RefusesAnUntiedHead) {
  EXPECT_THAT(
      message_for_weights([](auto& w) { w["lm_head.weight"] = w["transformer.wte.weight"] + 1; }),
      HasSubstr("lm_head.weight differs from transformer.wte.weight"));
}

TEST(ModelFolder, RefusesADtypeLibTorchLacks) {
  const TemporaryFolder folder;
  const std::string header = R"({"a":{"dtype":"U64","shape":[1],"data_offsets":[0,8]}})";
  const auto file =
      folder.write("w.safetensors", std::string(1, static_cast<char>(header.size())) +
                                        std::string(7, '\0') + header + std::string(8, 'x'));
  EXPECT_EQ(error_message([&] { read_tensor_file(file); }),
            file.string() + ": tensor 'a': dtype U64 is not supported");
}

TEST(ModelFolder, RefusesAConfigItCannotCompute) {
  EXPECT_THAT(message_for_config([](json& c) { c["model_type"] = "mistral"; }),
              EndsWith("model_type \"mistral\"; accepted: gpt2, gpt2_flex, llama"));
  EXPECT_THAT(message_for_config([](json& c) { c.erase("model_type"); }),
              HasSubstr("model_type is missing"));
  EXPECT_THAT(message_for_config([](json& c) { c["activation_function"] = "relu"; }),
              HasSubstr("activation_function is \"relu\""));
  EXPECT_THAT(message_for_config([](json& c) { c["n_layer"] = 1'000'000; }),
              HasSubstr("config.json asks for 1000000 layers"));
  EXPECT_THAT(message_for_config([](json& c) { c["n_embd"] = 1'000'000; }),
              HasSubstr("/config.json: a model of these sizes cannot be allocated"));
  EXPECT_THAT(message_for_config([](json& c) { c["n_layer"] = 2; }),
              HasSubstr("tensor 'transformer.h.2.attn.c_attn.bias' is no part of the model"));
  EXPECT_THAT(message_for_config([](json& c) { c = json::array(); }), HasSubstr("no JSON object"));
}

TEST(ModelFolder, NamesTheFolderThatIsNoModel) {
  const TemporaryFolder folder;
  const auto name = folder.path().string();
  EXPECT_EQ(error_message([&] { load_model(folder.path() / "x"); }), name + "/x: no such folder");
  EXPECT_THAT(error_message([&] { load_model(folder.path()); }),
              AllOf(StartsWith(name + ": "), HasSubstr("it has no config.json")));
  EXPECT_THAT(error_message([&] { load_model(folder.write("file", "")); }),
              HasSubstr("/file: a file; a model folder is accepted"));
  folder.write("config.json", "{");
  EXPECT_THAT(error_message([&] { load_model(folder.path()); }),
              StartsWith(name + "/config.json:1:2: is not valid JSON: "));
  folder.write("config.json", "{\"activation_function\": " + std::string(100'000, '['));
  EXPECT_EQ(error_message([&] { load_model(folder.path()); }),
            name + "/config.json: nested deeper than 100 levels");
}

TEST(ModelFolder, SaysWhereTheWeightsMayBe) {
  const TemporaryFolder folder;
  folder.write("config.json", config_file(architecture_of({})));
  const auto message = [&] { return error_message([&] { load_model(folder.path()); }); };
  EXPECT_EQ(message(), folder.path().string() + ": no model.safetensors");
  folder.write("pytorch_model.bin", "");
  EXPECT_THAT(message(), HasSubstr("pytorch_model.bin is a pickle"));
  folder.write("model.safetensors.index.json", "{}");
  EXPECT_THAT(message(), HasSubstr("its weights are sharded"));
  folder.write("model.safetensors", "short");
  EXPECT_THAT(message(), HasSubstr("model.safetensors: not a safetensors file: 5 bytes"));
}

TEST(ModelFolder, FindsTheTokensThatEndGeneration) {
  const TemporaryFolder folder;
  folder.write("config.json", R"({"eos_token_id": 7})");
  EXPECT_THAT(read_eos_token_ids(folder.path()), ElementsAre(7));
  folder.write("generation_config.json", R"({"eos_token_id": [3, 4]})");
  EXPECT_THAT(read_eos_token_ids(folder.path()), ElementsAre(3, 4));
  folder.write("generation_config.json", R"({"eos_token_id": null})");
  EXPECT_THAT(read_eos_token_ids(folder.path()), IsEmpty());
  folder.write("generation_config.json", R"({"eos_token_id": "x"})");
  EXPECT_THAT(error_message([&] { read_eos_token_ids(folder.path()); }),
              HasSubstr("generation_config.json: eos_token_id is \"x\"; a token id"));
}

TEST(ModelFolder, LeavesTheModelAsItWasWhenWeightsDoNotFit) {
  const TemporaryFolder folder;
  auto model = small_model({}, 1);
  const auto before = model->parameters()[0].clone();
  write_model(folder, *small_model({.d_inner = 41}, 2));
  error_message([&] { load_weights(*model, folder.path() / "model.safetensors"); });
  EXPECT_TRUE(torch::equal(model->parameters()[0], before));
}

}  // namespace
}  // namespace lts::space
