#include "space/llama/llama.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/digest.h"
#include "core/random.h"
#include "space/arch_argument.h"
#include "space/gpt2/gpt2.h"
#include "space/space_config.h"
#include "space/spectral_capacity.h"
#include "tests/expect_error.h"

namespace lts::space {
namespace {

using nlohmann::json;
using testing::error_message;

/// n_layer, d_model, d_inner, n_head, n_kv_head, vocab_size, max_sequence_length.
Architecture llama_of(std::vector<std::int32_t> genes, double dropatt = 0.0) {
  return {llama::family(), std::move(genes), dropatt};
}

/// Four query heads of width 2, two key heads.
Architecture small() { return llama_of({2, 8, 16, 4, 2, 10, 4}); }

Counts counts_of(const Architecture& architecture) { return llama::family().counts(architecture); }

// A layer: query and output 2 * 8*8, key and value 2 * 8*4: 192; gate, up and down 3 * 8*16 = 384;
// two gains of 8. The final gain, and the embedding, which is the head.
TEST(LlamaCounts, AreThoseWorkedByHand) {
  const Counts counts = counts_of(small());
  EXPECT_EQ(counts.attention_params, 2 * 192);
  EXPECT_EQ(counts.ffn_params, 2 * 384);
  EXPECT_EQ(counts.norm_params, 2 * 16 + 8);
  EXPECT_EQ(counts.embedding_params, 10 * 8);
  EXPECT_EQ(counts.total_params(), 384 + 768 + 40 + 80);
  EXPECT_EQ(counts.kv_cache_bytes_per_token, 2 * 2 * 4 * 4);
  // Multiply-adds a token: matrices 2 * (192 + 384) = 1152; positions 1..4 see 1..4 keys, 2.5 on
  // average, each a dot product and a sum of 8 values over the query heads, in 2 layers: 80; the
  // head 80.
  EXPECT_EQ(counts.flops_per_token, 2 * (1152 + 80 + 80));
}

// HuggingFaceTB/SmolLM-135M and meta-llama/Llama-3.2-1B as published, both with a tied head; what
// else they have (other constants of the rotation and the norm) has no parameters.
TEST(LlamaCounts, AreThoseOfPublishedModels) {
  EXPECT_EQ(counts_of(llama_of({30, 576, 1536, 9, 3, 49152, 2048})).total_params(), 134'515'008);
  EXPECT_EQ(counts_of(llama_of({16, 2048, 8192, 32, 8, 128256, 131072})).total_params(),
            1'235'814'400);
}

TEST(LlamaCounts, KeyHeadsAreParametersAndCacheButNoScores) {
  const Counts many = counts_of(llama_of({3, 64, 96, 8, 8, 100, 32})),
               one = counts_of(llama_of({3, 64, 96, 8, 1, 100, 32}));
  EXPECT_EQ(many.attention_params - one.attention_params, 3 * 2 * 64 * (64 - 8));
  EXPECT_EQ(many.kv_cache_bytes_per_token, 8 * one.kv_cache_bytes_per_token);
  EXPECT_EQ(many.flops_per_token - one.flops_per_token, 2 * (3 * 2 * 64 * (64 - 8)));
  EXPECT_EQ(many.ffn_params, one.ffn_params);
}

// With a key head for each query head the attention has GPT-2's matrices; the feed-forward block
// one more.
TEST(LlamaCounts, SpectralCapacityIsThatOfItsMatrices) {
  EXPECT_DOUBLE_EQ(counts_of(llama_of({2, 64, 96, 4, 4, 100, 32})).spectral_capacity,
                   2 * (layer_spectral_capacity(64, 96, 4) + matrix_spectral_capacity(96, 64)));
  EXPECT_NEAR(counts_of(llama_of({1, 64, 96, 4, 4, 100, 32})).spectral_capacity -
                  counts_of(llama_of({1, 64, 96, 4, 1, 100, 32})).spectral_capacity,
              3 * 2 * matrix_spectral_capacity(64, 16), 1e-9);
}

TEST(LlamaCounts, HaveNoFileOfTheReferences) {
  EXPECT_FALSE(counts_of(small()).onnx_file_mib.has_value());
  EXPECT_FALSE(counts_of(small()).onnx_file_mib_no_past.has_value());
  EXPECT_FALSE(llama::family().run_memory(small(), {}).has_value());
}

TEST(LlamaFlaw, SaysWhatDoesNotFit) {
  const auto flaw = [](std::vector<std::int32_t> genes) {
    return llama::family().flaw(llama_of(std::move(genes))).value_or("none");
  };
  EXPECT_EQ(flaw({2, 8, 16, 4, 2, 10, 4}), "none");
  EXPECT_EQ(flaw({2, 8, 15, 1, 1, 7, 3}), "none");
  EXPECT_EQ(flaw({2, 8, 16, 3, 1, 10, 4}), "d_model 8 is not divisible by n_head 3");
  EXPECT_EQ(flaw({2, 8, 16, 4, 3, 10, 4}), "n_head 4 is not divisible by n_kv_head 3");
  EXPECT_EQ(flaw({2, 8, 16, 2, 4, 10, 4}), "n_head 2 is not divisible by n_kv_head 4");
  EXPECT_EQ(flaw({2, 12, 16, 4, 2, 10, 4}),
            "d_model 12 over n_head 4 makes heads of width 3; rotary embeddings need an even one");
  EXPECT_EQ(flaw({200, 1'000'000, 1'000'000, 1, 1, 10, 4}),
            "more than 1e+15 parameters in its layers");
}

// 10 * 14 * 14 widths and depths; of the 3 * 4 pairs of heads, 2 + 3 + 4 where one divides the
// other.
TEST(LlamaSpace, HasGpt2sRangesAndKeyHeads) {
  const SearchSpace space = read_space(parse_yaml("family: llama\n", "s.yaml"));
  EXPECT_EQ(space.size(), 10 * 14 * 14 * 12);
  int members = 0;
  space.enumerate([&](const Genome& genome) {
    members += !space.flaw(space.architecture(genome));
    return true;
  });
  EXPECT_EQ(members, 10 * 14 * 14 * 9);
}

TEST(LlamaArchid, HashesItsGenes) {
  const Architecture parsed =
      parse_arch_argument("llama:n_layer=2,d_model=128,d_inner=256,n_head=4,n_kv_head=2", "");
  EXPECT_EQ(parsed, llama_of({2, 128, 256, 4, 2, 50257, 1024}));
  EXPECT_EQ(archid(parsed),
            "llama_" + sha1_hex(R"({"arch_type": "llama", "d_inner": 256, "d_model": 128, )"
                                R"("dropatt": 0.0, "max_sequence_length": 1024, "n_head": 4, )"
                                R"("n_kv_head": 2, "n_layer": 2, "vocab_size": 50257})"));
}

Architecture read(const json& config) {
  return llama::family().from_hugging_face(config, "config.json");
}

std::string refusal(const char* key, const json& value) {
  json config = llama::family().hugging_face_config(llama_of({2, 64, 96, 4, 2, 50257, 1024}));
  config[key] = value;
  return error_message([&] { read(config); });
}

std::string refusal_without(const char* key) {
  json config = llama::family().hugging_face_config(small());
  config.erase(key);
  return error_message([&] { read(config); });
}

TEST(LlamaHuggingFace, ConfigsGoThereAndBack) {
  for (const Architecture& architecture : {small(), llama_of({7, 576, 832, 8, 1, 50257, 1024}),
                                           llama_of({1, 64, 96, 4, 4, 99, 7}, 0.25)}) {
    const json config = llama::family().hugging_face_config(architecture);
    EXPECT_TRUE(llama::family().reads_hugging_face(config));
    EXPECT_FALSE(gpt2::family().reads_hugging_face(config));
    EXPECT_EQ(read(json::parse(config.dump())), architecture);
  }
  EXPECT_FALSE(llama::family().reads_hugging_face({{"model_type", "gpt2"}}));
  EXPECT_FALSE(llama::family().reads_hugging_face(json::array()));
}

TEST(LlamaHuggingFace, NamesTheEndOfTextWhereTheVocabularyHasIt) {
  const auto special = [](const Architecture& architecture) {
    const json config = llama::family().hugging_face_config(architecture);
    return json::array({config["bos_token_id"], config["eos_token_id"]});
  };
  EXPECT_EQ(special(llama_of({2, 64, 96, 4, 2, 50257, 1024})), json({50256, 50256}));
  EXPECT_EQ(special(small()), json::array({nullptr, nullptr}));
}

// Absent keys mean LlamaConfig's defaults; the head's is not ours.
TEST(LlamaHuggingFace, ReadsWhatTransformersLeavesOut) {
  EXPECT_EQ(read({{"tie_word_embeddings", true}}),
            llama_of({32, 4096, 11008, 32, 32, 32000, 2048}));
  EXPECT_EQ(read({{"tie_word_embeddings", true},
                  {"hidden_size", 64},
                  {"num_attention_heads", 4},
                  {"num_key_value_heads", nullptr},
                  {"head_dim", nullptr},
                  {"rope_scaling", nullptr},
                  {"rope_parameters", {{"rope_type", "default"}}},
                  {"an_unknown_key", 5}}),
            llama_of({32, 64, 11008, 4, 4, 32000, 2048}));
  EXPECT_EQ(refusal_without("tie_word_embeddings"),
            "config.json: tie_word_embeddings is missing, which means false; supported: true");
}

TEST(LlamaHuggingFace, RefusesWhatItDoesNotCompute) {
  EXPECT_EQ(refusal("hidden_act", "gelu"),
            "config.json: hidden_act is \"gelu\"; supported: \"silu\"");
  EXPECT_EQ(refusal("rms_norm_eps", 1e-5), "config.json: rms_norm_eps is 1e-05; supported: 1e-06");
  EXPECT_EQ(refusal("attention_bias", true),
            "config.json: attention_bias is true; supported: false");
  EXPECT_EQ(refusal("mlp_bias", true), "config.json: mlp_bias is true; supported: false");
  EXPECT_EQ(refusal("tie_word_embeddings", false),
            "config.json: tie_word_embeddings is false; supported: true");
  EXPECT_EQ(refusal("head_dim", 32),
            "config.json: head_dim is 32; supported: hidden_size / num_attention_heads, which is "
            "16");
}

TEST(LlamaHuggingFace, RefusesOtherRotations) {
  const std::string supported =
      "; supported: null or {\"rope_theta\":10000.0,\"rope_type\":\"default\"}";
  EXPECT_EQ(refusal("rope_theta", 5e5), "config.json: rope_theta is 500000.0; supported: 10000.0");
  EXPECT_EQ(refusal("partial_rotary_factor", 0.5),
            "config.json: partial_rotary_factor is 0.5; supported: 1.0");
  EXPECT_EQ(refusal("rope_parameters", {{"rope_theta", 5e5}, {"rope_type", "default"}}),
            "config.json: rope_parameters is {\"rope_theta\":500000.0,\"rope_type\":\"default\"}" +
                supported);
  EXPECT_EQ(refusal("rope_scaling", {{"factor", 2.0}, {"type", "linear"}}),
            "config.json: rope_scaling is {\"factor\":2.0,\"type\":\"linear\"}" + supported);
  EXPECT_EQ(refusal("rope_scaling", "linear"),
            "config.json: rope_scaling is \"linear\"" + supported);
}

TEST(LlamaHuggingFace, RefusesWrongTypesAndValues) {
  const std::string accepted = "; accepted: an integer from 1 to 1000000";
  EXPECT_EQ(refusal("hidden_size", "64"), "config.json: hidden_size is \"64\"" + accepted);
  EXPECT_EQ(refusal("num_hidden_layers", 0), "config.json: num_hidden_layers is 0" + accepted);
  EXPECT_EQ(refusal("intermediate_size", nullptr),
            "config.json: intermediate_size is null" + accepted);
  EXPECT_EQ(refusal("num_key_value_heads", 2.0),
            "config.json: num_key_value_heads is 2.0" + accepted);
  EXPECT_EQ(refusal("head_dim", "16"), "config.json: head_dim is \"16\"" + accepted);
  EXPECT_EQ(refusal("attention_dropout", 1.5),
            "config.json: attention_dropout is 1.5; accepted: a number from 0 to below 1");
  EXPECT_EQ(refusal("num_key_value_heads", 3),
            "config.json: n_head 4 is not divisible by n_kv_head 3");
}

}  // namespace
}  // namespace lts::space
