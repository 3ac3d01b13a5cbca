#include "predictor/proxies/closed_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "space/family.h"
#include "space/spectral_capacity.h"
#include "tests/expect_error.h"

namespace lts::predictor {
namespace {

/// One layer, d_model 4, d_inner 8, two heads, 10 tokens, 6 positions.
space::Architecture tiny() {
  return space::Architecture(space::family_named("gpt2"), {1, 4, 8, 2, 10, 6});
}

double value(std::string_view name) {
  return std::get<Measurement>(make_closed_form(name)->evaluate(tiny())).value;
}

TEST(ClosedForm, CountsByHand) {
  EXPECT_EQ(value("attention_params"), 3 * 4 * 4 + 3 * 4 + 4 * 4 + 4);
  EXPECT_EQ(value("ffn_params"), 4 * 8 + 8 + 8 * 4 + 4);
  EXPECT_EQ(value("decoder_params"), 80 + 76 + 3 * (4 + 4)) << "three norms: gains and biases";
  EXPECT_EQ(value("embedding_params"), (10 + 6) * 4);
  EXPECT_EQ(value("total_params"), 180 + 64);
  EXPECT_EQ(value("weight_bytes"), 4 * 244);
  EXPECT_DOUBLE_EQ(value("balanced"), std::sqrt(80.0 * 76.0));
  EXPECT_DOUBLE_EQ(value("nsc"), space::layer_spectral_capacity(4, 8, 2));
  EXPECT_EQ(value("kv_cache_bytes_per_token"), 2 * 4 * 4) << "a key and a value in fp32";
}

TEST(ClosedForm, SumOverLayersThatDiffer) {
  const space::Architecture uneven(space::family_named("gpt2_flex"), {2, 8, 10, 6, 16, 24, 2, 4});
  const auto of_uneven = [&](std::string_view name) {
    return std::get<Measurement>(make_closed_form(name)->evaluate(uneven)).value;
  };
  EXPECT_DOUBLE_EQ(of_uneven("nsc"), space::layer_spectral_capacity(8, 16, 2) +
                                         space::layer_spectral_capacity(8, 24, 4));
  EXPECT_NE(of_uneven("nsc"),
            space::layer_spectral_capacity(8, 16, 4) + space::layer_spectral_capacity(8, 24, 2));
  EXPECT_DOUBLE_EQ(of_uneven("balanced"),
                   std::sqrt(2 * (4.0 * 64 + 4 * 8) * (2 * 8 * (16 + 24) + 16 + 24 + 2 * 8)));
}

// Matrices 4 * 16 + 2 * 32 = 128 multiply-adds; scores and weighted sum 2 * 4 each for (1 + ... +
// 6) / 6 = 3.5 keys; head 4 * 10.
TEST(ClosedForm, FlopsByHand) { EXPECT_EQ(value("flops_per_token"), 2 * (128 + 2 * 4 * 3.5 + 40)); }

// Values stored: matrices 128, embeddings 64, ones and zeros of 4, zeros of 12, of 8: 5 * 4 + 8.
TEST(ClosedForm, FileSizesByHand) {
  EXPECT_DOUBLE_EQ(value("onnx_file_mib") * 1048576, 4 * 220 + 7900 + 1730);
  EXPECT_DOUBLE_EQ(value("onnx_file_mib_no_past") * 1048576, 4 * 220 + 6 * 6 + 2247 + 19397);
}

TEST(ClosedForm, TheReferencesNameIsAnAlias) {
  EXPECT_EQ(value("non_embedding_params"), value("decoder_params"));
  const ClosedForm* const form = find_closed_form("non_embedding_params");
  ASSERT_TRUE(form);
  EXPECT_EQ(form->value(tiny().family().counts(tiny())), 180);
  EXPECT_FALSE(find_closed_form("beauty"));
}

TEST(ClosedForm, EveryEntryEvaluatesAndNamesItsUnit) {
  for (const ClosedForm& form : closed_forms()) {
    const auto evaluator = make_closed_form(form.name);
    EXPECT_EQ(evaluator->cost(), Cost::kFree) << form.name;
    EXPECT_EQ(evaluator->unit(), form.unit) << form.name;
    const Measurement got = std::get<Measurement>(evaluator->evaluate(tiny()));
    EXPECT_GT(got.value, 0) << form.name;
    EXPECT_EQ(got.runs, 0) << form.name;
    EXPECT_EQ(got.verdict, "") << form.name;
  }
  EXPECT_EQ(closed_form_names().front(), "decoder_params");
}

TEST(ClosedForm, JsonHasWholeNumbersForCounts) {
  const auto json = closed_forms_json(tiny().family().counts(tiny()));
  EXPECT_EQ(json.size(), closed_forms().size());
  EXPECT_TRUE(json["decoder_params"].is_number_integer());
  EXPECT_EQ(json["decoder_params"], 180);
  EXPECT_TRUE(json["onnx_file_mib"].is_number_float());
}

// The reference exports no Llama, so there is no size of its file.
TEST(ClosedForm, ThatAFamilyDoesNotHaveIsNullAndAFailedCandidate) {
  const space::Architecture llama(space::family_named("llama"), {1, 8, 8, 2, 1, 10, 6});
  const auto json = closed_forms_json(llama.family().counts(llama));
  EXPECT_EQ(json.size(), closed_forms().size());
  EXPECT_TRUE(json["onnx_file_mib"].is_null());
  EXPECT_TRUE(json["kv_cache_bytes_per_token"].is_number_integer());
  const auto outcome = make_closed_form("onnx_file_mib")->evaluate(llama);
  ASSERT_TRUE(std::holds_alternative<Failure>(outcome));
  EXPECT_EQ(std::get<Failure>(outcome).reason, "family 'llama' has no onnx_file_mib");
}

TEST(ClosedForm, RefusesOtherNamesWithTheNearest) {
  EXPECT_THAT(testing::error_message([] { make_closed_form("decoder_param"); }),
              ::testing::StartsWith("unknown proxy 'decoder_param'; did you mean "
                                    "'decoder_params'? Accepted: decoder_params, "));
}

}  // namespace
}  // namespace lts::predictor
