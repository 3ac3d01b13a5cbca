#include "space/gpt2/hugging_face.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/expect_error.h"
#include "tests/space/gpt2_models.h"

namespace lts::space {
namespace {

using nlohmann::json;
using testing::error_message;

Architecture read(const json& config) {
  return gpt2::family().from_hugging_face(config, "config.json");
}

std::string refusal(const char* key, const json& value) {
  json config = gpt2::family().hugging_face_config(testing::gpt2(2, 64, 96, 4));
  config[key] = value;
  return error_message([&] { read(config); });
}

TEST(Gpt2HuggingFace, ConfigsGoThereAndBack) {
  for (const Architecture& architecture :
       {testing::gpt2(7, 576, 832, 8), testing::gpt2(1, 64, 64, 2, 0.25),
        Architecture(gpt2::family(), {2, 8, 16, 2, 10, 4})}) {
    const json config = gpt2::family().hugging_face_config(architecture);
    EXPECT_TRUE(gpt2::family().reads_hugging_face(config));
    EXPECT_EQ(read(json::parse(config.dump())), architecture);
  }
}

TEST(Gpt2HuggingFace, NamesTheEndOfTextWhereTheVocabularyHasIt) {
  const auto config = gpt2::family().hugging_face_config(testing::gpt2(2, 64, 96, 4));
  EXPECT_EQ(config["eos_token_id"], 50256);
  EXPECT_EQ(config["n_inner"], 96);
  EXPECT_EQ(config["attn_pdrop"], 0.0);
  EXPECT_EQ(config["architectures"], json({"GPT2LMHeadModel"}));
  const Architecture small(gpt2::family(), {2, 8, 16, 2, 10, 4});
  EXPECT_TRUE(gpt2::family().hugging_face_config(small)["eos_token_id"].is_null());
}

// Hugging Face's GPT2Config: n_inner null is 4 n_embd; absent keys are GPT-2's.
TEST(Gpt2HuggingFace, ReadsWhatTransformersLeavesOut) {
  const Architecture small = read({{"n_embd", 96}, {"n_inner", nullptr}});
  EXPECT_EQ(small.scalar("d_inner"), 384);
  const Architecture gpt2_small = read({{"model_type", "gpt2"}});
  EXPECT_EQ(gpt2_small, testing::gpt2(12, 768, 3072, 12, 0.1));
  EXPECT_EQ(read({{"hidden_size", 64},
                  {"num_hidden_layers", 2},
                  {"num_attention_heads", 2},
                  {"max_position_embeddings", 32},
                  {"an_unknown_key", 5}}),
            Architecture(gpt2::family(), {2, 64, 256, 2, 50257, 32}, 0.1));
}

TEST(Gpt2HuggingFace, KnowsItsOwn) {
  EXPECT_FALSE(gpt2::family().reads_hugging_face(json::array()));
  EXPECT_FALSE(gpt2::family().reads_hugging_face(nullptr));
  EXPECT_FALSE(gpt2::family().reads_hugging_face({{"model_type", "llama"}}));
  EXPECT_FALSE(gpt2::family().reads_hugging_face({{"model_type", 5}}));
  EXPECT_FALSE(gpt2::family().reads_hugging_face(json::object()));
}

TEST(Gpt2HuggingFace, RefusesWhatItDoesNotCompute) {
  EXPECT_EQ(refusal("activation_function", "relu"),
            "config.json: activation_function is \"relu\"; supported: \"gelu_new\"");
  EXPECT_EQ(refusal("layer_norm_epsilon", 1e-6),
            "config.json: layer_norm_epsilon is 1e-06; supported: 1e-05");
  EXPECT_EQ(refusal("scale_attn_weights", false),
            "config.json: scale_attn_weights is false; supported: true");
  EXPECT_EQ(refusal("scale_attn_by_inverse_layer_idx", true),
            "config.json: scale_attn_by_inverse_layer_idx is true; supported: false");
  EXPECT_EQ(refusal("add_cross_attention", true),
            "config.json: add_cross_attention is true; supported: false");
  EXPECT_EQ(refusal("tie_word_embeddings", false),
            "config.json: tie_word_embeddings is false; supported: true");
}

TEST(Gpt2HuggingFace, RefusesWrongTypesAndValues) {
  const std::string accepted = "; accepted: an integer from 1 to 1000000";
  EXPECT_EQ(refusal("n_embd", "64"), "config.json: n_embd is \"64\"" + accepted);
  EXPECT_EQ(refusal("n_embd", 64.0), "config.json: n_embd is 64.0" + accepted);
  EXPECT_EQ(refusal("n_embd", nullptr), "config.json: n_embd is null" + accepted);
  EXPECT_EQ(refusal("n_layer", 0), "config.json: n_layer is 0" + accepted);
  EXPECT_EQ(refusal("n_layer", 4294967297), "config.json: n_layer is 4294967297" + accepted);
  EXPECT_EQ(refusal("vocab_size", -5), "config.json: vocab_size is -5" + accepted);
  EXPECT_EQ(refusal("n_inner", true), "config.json: n_inner is true" + accepted);
  EXPECT_EQ(refusal("hidden_size", 1e6), "config.json: hidden_size is 1000000.0" + accepted);
  EXPECT_EQ(refusal("attn_pdrop", 1.0),
            "config.json: attn_pdrop is 1.0; accepted: a number from 0 to below 1");
  EXPECT_EQ(refusal("attn_pdrop", nullptr),
            "config.json: attn_pdrop is null; accepted: a number from 0 to below 1");
  EXPECT_EQ(refusal("n_head", 3), "config.json: d_model 64 is not divisible by n_head 3");
}

}  // namespace
}  // namespace lts::space
