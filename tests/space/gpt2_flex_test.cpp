#include "space/gpt2_flex/gpt2_flex.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "core/digest.h"
#include "core/random.h"
#include "space/arch_argument.h"
#include "space/gpt2/gpt2.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::space {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using testing::error_message;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

const std::string kInline = "gpt2_flex:n_layer=2,d_model=128,d_inner=256|512,n_head=4";

Architecture parse(const std::string& text) { return parse_arch_argument(text, ""); }

/// Two layers: 16 wide with two heads, 24 wide with four.
Architecture uneven() { return {gpt2_flex::family(), {2, 8, 10, 4, 16, 24, 2, 4}}; }

Architecture read(const json& config) {
  return gpt2_flex::family().from_hugging_face(config, "config.json");
}

std::string refusal(const char* key, const json& value) {
  json config = gpt2_flex::family().hugging_face_config(uneven());
  config[key] = value;
  return error_message([&] { read(config); });
}

// Worked by hand as in counts_test.cpp: attention 288 a layer; ffn 8*16 + 16 + 16*8 + 8 = 280 and
// 8*24 + 24 + 24*8 + 8 = 416.
TEST(Gpt2FlexCounts, AreThoseWorkedByHand) {
  const Counts counts = gpt2_flex::family().counts(uneven());
  EXPECT_EQ(counts.attention_params, 2 * 288);
  EXPECT_EQ(counts.ffn_params, 280 + 416);
  EXPECT_EQ(counts.norm_params, 2 * 32 + 16);
  EXPECT_EQ(counts.embedding_params, (10 + 4) * 8);
  EXPECT_EQ(counts.kv_cache_bytes_per_token, 2 * 2 * 8 * 4);
  // Multiply-adds: projections 2 * (8*24 + 8*8) = 512, feed-forward 2*8*16 + 2*8*24 = 640; keys 80
  // and head 80 as for gpt2.
  EXPECT_EQ(counts.flops_per_token, 2 * (512 + 640 + 80 + 80));
}

// Values of the file: matrices 2 * 4*64 + 2*8*(16 + 24) = 1152, embeddings 112, vectors 5*8 and a
// bias of 16; that of 24 = 3 d is one that attention has. Graph bytes as reference/archai.md 1.6.
TEST(Gpt2FlexCounts, FileSizeCountsEachLengthOfAVectorOnce) {
  const auto bytes = [](double mib) { return mib * (1 << 20); };
  const Counts counts = gpt2_flex::family().counts(uneven());
  const double values = 1152 + 112 + 5 * 8 + 16;
  EXPECT_DOUBLE_EQ(bytes(counts.onnx_file_mib.value()), 4 * values + 7900 + 2 * 1730);
  EXPECT_DOUBLE_EQ(bytes(counts.onnx_file_mib_no_past.value()),
                   4 * values + 4 * 4 + 2247 + 2 * 19397);
  const Architecture alike(gpt2_flex::family(), {2, 8, 10, 4, 16, 16, 2, 4});
  const Architecture other(gpt2_flex::family(), {2, 8, 10, 4, 16, 17, 2, 4});
  EXPECT_DOUBLE_EQ(bytes(gpt2_flex::family().counts(other).onnx_file_mib.value()) -
                       bytes(gpt2_flex::family().counts(alike).onnx_file_mib.value()),
                   4 * (2 * 8 + 17));
}

auto fields(const Counts& c) {
  return std::tuple(c.attention_params, c.ffn_params, c.norm_params, c.embedding_params,
                    c.flops_per_token, c.kv_cache_bytes_per_token, c.onnx_file_mib,
                    c.onnx_file_mib_no_past);
}

TEST(Gpt2FlexCounts, AreGpt2sWhereLayersAreAlike) {
  Rng rng(5);
  for (int i = 0; i < 200; ++i) {
    const auto draw = [&](int last) { return static_cast<std::int32_t>(rng.randint(1, last)); };
    const std::int32_t n_layer = draw(12), n_head = draw(8), d_inner = draw(500);
    const std::int32_t d_model = n_head * draw(60);
    const Architecture one(gpt2::family(), {n_layer, d_model, d_inner, n_head, 300, 50});
    std::vector<std::int32_t> genes = {n_layer, d_model, 300, 50};
    genes.insert(genes.end(), static_cast<std::size_t>(n_layer), d_inner);
    genes.insert(genes.end(), static_cast<std::size_t>(n_layer), n_head);
    const Architecture flex(gpt2_flex::family(), genes);
    EXPECT_EQ(fields(gpt2_flex::family().counts(flex)), fields(gpt2::family().counts(one)));
    const RunShape shape{.batch_size = 2, .sequence_length = 9, .new_tokens = 3, .threads = 2};
    EXPECT_EQ(gpt2_flex::family().run_memory(flex, shape)->peak_bytes(),
              gpt2::family().run_memory(one, shape)->peak_bytes());
  }
}

// The case of RunMemory.CountsTheWidestMomentByHand with a second layer, 320 wide (3200 values
// where query, key and value were 1920), whose four heads need less scratch.
TEST(Gpt2FlexRunMemory, IsThatOfTheWidestLayer) {
  const Architecture architecture(gpt2_flex::family(), {2, 64, 50, 100, 32, 320, 2, 4});
  const auto memory = gpt2_flex::family().run_memory(architecture, {.sequence_length = 10}).value();
  EXPECT_EQ(memory.activation_bytes, 4 * (640 + 3200 + 640 + 1024 + 320 + 1536 + 1536));
}

TEST(Gpt2FlexFlaw, LooksAtEveryLayer) {
  const auto flaw = [](std::vector<std::int32_t> genes) {
    const Architecture architecture(gpt2_flex::family(), std::move(genes));
    return gpt2_flex::family().flaw(architecture).value_or("none");
  };
  EXPECT_EQ(flaw({2, 8, 10, 4, 16, 24, 2, 4}), "none");
  EXPECT_EQ(flaw({2, 8, 10, 4, 16, 24, 2, 3}), "d_model 8 is not divisible by n_head 3");
  std::vector<std::int32_t> vast = {170, 1'000'000, 10, 4};
  vast.insert(vast.end(), 170, 1'000'000);
  vast.insert(vast.end(), 170, 1);
  EXPECT_EQ(flaw(vast), "more than 1e+15 parameters in its layers");
}

TEST(Gpt2FlexInline, TakesListsAndOneValueForAllLayers) {
  const Architecture architecture = parse(kInline);
  EXPECT_EQ(&architecture.family(), &gpt2_flex::family());
  EXPECT_THAT(architecture.gene("d_inner"), ElementsAre(256, 512));
  EXPECT_THAT(architecture.gene("n_head"), ElementsAre(4, 4));
  EXPECT_EQ(architecture, parse("gpt2_flex:n_layer=2,d_model=128,d_inner=256|512,n_head=4|4"));
  EXPECT_EQ(summary(architecture), kInline);
}

TEST(Gpt2FlexInline, RefusesAnotherNumberOfEntries) {
  const std::string three = "gpt2_flex:n_layer=2,d_model=128,d_inner=256|512|128,n_head=4";
  EXPECT_EQ(error_message([&] { parse(three); }), three + ": d_inner has 3 entries for n_layer 2");
  const std::string two = "gpt2_flex:n_layer=3,d_model=128,d_inner=256,n_head=4|4";
  EXPECT_EQ(error_message([&] { parse(two); }), two + ": n_head has 2 entries for n_layer 3");
}

// Its lists have an entry for each layer of the deepest model of the space.
TEST(Gpt2FlexFile, IsReadAsTheReferenceWritesIt) {
  const TemporaryFolder folder;
  const auto file = folder.write(
      "a.json",
      R"({"vocab_size": 50257, "dropatt": 0.0, "max_sequence_length": 1024, "n_layer": 2, )"
      R"("d_inner": [256, 512, 128, 960], "d_model": 128, "n_head": 4, "arch_type": "gpt2-flex"})");
  EXPECT_EQ(parse(file.string()), parse(kInline));
}

TEST(Gpt2FlexFile, GoesThereAndBack) {
  const TemporaryFolder folder;
  const auto file = folder.write("a.yaml", to_yaml(architecture_json(uneven())));
  EXPECT_EQ(parse(file.string()), uneven());
}

TEST(Gpt2FlexArchid, HashesListsUnderOurName) {
  EXPECT_EQ(archid(parse(kInline)),
            "gpt2_flex_" +
                sha1_hex(R"({"arch_type": "gpt2_flex", "d_inner": [256, 512], "d_model": 128, )"
                         R"("dropatt": 0.0, "max_sequence_length": 1024, "n_head": [4, 4], )"
                         R"("n_layer": 2, "vocab_size": 50257})"));
}

// The reference has one n_head for all layers, and a list of d_inner.
TEST(Gpt2FlexArchid, OfASampleIsTheReferences) {
  EXPECT_EQ(archid_sampled(parse(kInline)),
            "gpt2-flex_" + sha1_hex(R"({"d_inner": [256, 512], "d_model": 128, "dropatt": 0.0, )"
                                    R"("max_sequence_length": 1024, "n_head": 4, "n_layer": 2, )"
                                    R"("vocab_size": 50257})"));
  EXPECT_EQ(archid_sampled(uneven()),
            "gpt2-flex_" + sha1_hex(R"({"d_inner": [16, 24], "d_model": 8, "dropatt": 0.0, )"
                                    R"("max_sequence_length": 4, "n_head": [2, 4], "n_layer": 2, )"
                                    R"("vocab_size": 10})"));
}

TEST(Gpt2FlexHuggingFace, ConfigsGoThereAndBack) {
  for (const Architecture& architecture :
       {uneven(), parse(kInline), Architecture(gpt2_flex::family(), {1, 8, 10, 4, 16, 2}, 0.25)}) {
    const json config = gpt2_flex::family().hugging_face_config(architecture);
    EXPECT_TRUE(gpt2_flex::family().reads_hugging_face(config));
    EXPECT_FALSE(gpt2::family().reads_hugging_face(config));
    EXPECT_EQ(read(json::parse(config.dump())), architecture);
  }
  EXPECT_FALSE(gpt2_flex::family().reads_hugging_face({{"model_type", "gpt2"}}));
}

TEST(Gpt2FlexHuggingFace, NamesClassesOfTheCodeItBrings) {
  const json config = gpt2_flex::family().hugging_face_config(uneven());
  EXPECT_EQ(config["n_inner_per_layer"], json({16, 24}));
  EXPECT_EQ(config["n_head_per_layer"], json({2, 4}));
  const auto code = gpt2_flex::family().hugging_face_code();
  ASSERT_EQ(code.size(), 1U);
  for (const auto& [use, name] : config["auto_map"].items()) {
    const std::string text = name;
    const auto dot = text.find('.');
    EXPECT_EQ(text.substr(0, dot) + ".py", code[0].name);
    EXPECT_THAT(code[0].content, HasSubstr("\nclass " + text.substr(dot + 1) + "("));
  }
  EXPECT_EQ(config["auto_map"].size(), 2U);
}

TEST(Gpt2FlexHuggingFace, RefusesListsThatFitNoLayers) {
  EXPECT_EQ(
      refusal("n_head_per_layer", nullptr),
      "config.json: n_head_per_layer is missing; accepted: a list of 2 integers, one a layer");
  EXPECT_EQ(refusal("n_inner_per_layer", 16),
            "config.json: n_inner_per_layer is 16; accepted: a list of 2 integers, one a layer");
  EXPECT_EQ(refusal("n_inner_per_layer", {16, 24, 32}),
            "config.json: n_inner_per_layer is [16,24,32]; accepted: a list of 2 integers, one a "
            "layer");
  EXPECT_EQ(refusal("n_inner_per_layer", {16, 0}),
            "config.json: n_inner_per_layer is 0; accepted: an integer from 1 to 1000000");
  EXPECT_EQ(refusal("n_head_per_layer", {2, 3}),
            "config.json: d_model 8 is not divisible by n_head 3");
  EXPECT_EQ(refusal("activation_function", "relu"),
            "config.json: activation_function is \"relu\"; supported: \"gelu_new\"");
}

}  // namespace
}  // namespace lts::space
