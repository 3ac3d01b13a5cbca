#include "predictor/latency_model/model_terms.h"

#include <gtest/gtest.h>

#include "predictor/latency_model/model_forms.h"
#include "predictor/latency_model/scaled_terms.h"
#include "space/family.h"
#include "space/space_config.h"
#include "tests/predictor/latency_model/laws.h"

namespace lts::predictor {
namespace {

using Scope = ModelTerm::Scope;

space::Architecture small() { return {space::family_named("gpt2"), {2, 128, 256, 4, 1000, 256}}; }

TEST(ModelTerms, AreCountedByLayerOrModel) {
  const std::vector<ModelTerm> terms = {{.scope = Scope::kLayer, .factors = {"d_model", "d_inner"}},
                                        {.scope = Scope::kModel, .factors = {"n_layer"}},
                                        {.scope = Scope::kModel, .factors = {}}};
  const std::vector<space::Architecture> one = {small()};
  const Eigen::MatrixXd values = term_values(terms, one);
  EXPECT_EQ(values(0, 0), 2 * 128 * 256);
  EXPECT_EQ(values(0, 1), 2);
  EXPECT_EQ(values(0, 2), 1);
}

/// Entries at 64 and 192: 128 lies half way, 2 layers.
TEST(ModelTerms, AnEntryOfATableCountsByHowNearAValueIs) {
  const std::vector<std::int64_t> knots = {64, 192};
  std::vector<ModelTerm> terms;
  for (std::size_t k = 0; k < 2; ++k) {
    terms.push_back({.scope = Scope::kLayer, .factors = {"d_model"}, .knots = knots, .knot = k});
  }
  const std::vector<space::Architecture> one = {small()};
  EXPECT_EQ(term_values(terms, one), (Eigen::MatrixXd(1, 2) << 1, 1).finished());
}

// Terms over the model see the sum of a per-layer gene, which is none of its choices.
TEST(ModelTerms, HaveAValueForEveryMemberOfAPerLayerSpace) {
  const space::SearchSpace flex = space::read_space(parse_yaml("family: gpt2_flex\n", "s.yaml"));
  Rng rng(1);
  std::vector<space::Architecture> members;
  for (int i = 0; i < 20; ++i) members.push_back(flex.architecture(flex.sample(rng)));
  for (const char* metric : {"latency.median_s", "memory.peak_bytes"}) {
    for (const ModelForm& form : model_forms(metric, flex)) {
      EXPECT_GT(term_values(form.terms, members).rowwise().sum().minCoeff(), 0) << form.name;
    }
  }
}

TEST(ModelTerms, ATableTakesInTheProductsOfItsFactor) {
  const std::vector<std::int64_t> knots = {64, 128};
  std::vector<ModelTerm> terms = {{.scope = Scope::kLayer, .factors = {"d_model", "d_model"}},
                                  {.scope = Scope::kLayer, .factors = {"d_model", "d_inner"}},
                                  {.scope = Scope::kModel, .factors = {"d_model"}}};
  for (std::size_t k = 0; k < 2; ++k) {
    terms.push_back({.scope = Scope::kLayer, .factors = {"d_model"}, .knots = knots, .knot = k});
  }
  const Eigen::VectorXd coefficients = (Eigen::VectorXd(5) << 2, 3, 5, 7, -11).finished();
  const LayerCost cost = cost_of(terms, coefficients);
  EXPECT_EQ(layer_cost_json(cost).dump(),
            R"({"per_layer":{"d_model*d_inner":3.0,"d_model":{"64":8199.0,"128":32757.0}},)"
            R"("per_model":{"d_model":5.0},"constant":0.0})");
  const std::vector<space::Architecture> one = {small()};
  EXPECT_EQ(cost.value(small()), (term_values(terms, one) * coefficients)(0));
}

TEST(ModelForms, EveryFormIsACostOfItsSpace) {
  for (const space::SearchSpace& space : {small_space(), small_llama_space()}) {
    for (const char* metric : {"latency.median_s", "memory.peak_bytes"}) {
      for (const ModelForm& form : model_forms(metric, space)) {
        const auto count = static_cast<Eigen::Index>(form.terms.size());
        EXPECT_EQ(form.strength.size(), count) << form.name;
        EXPECT_GT(form.strength.minCoeff(), 0) << form.name;
        const auto json = layer_cost_json(cost_of(form.terms, Eigen::VectorXd::Ones(count)));
        const YamlNode node = parse_yaml(to_yaml(json), form.name);
        MapReader reader(node, "");
        EXPECT_EQ(layer_cost_json(read_layer_cost(reader, space.family())), json) << form.name;
      }
    }
  }
}

// 1.5 times as many tokens a read of the weights, until arithmetic binds.
TEST(ModelForms, ANominalCostWeighsTheHeadByTokens) {
  const double one = nominal_cost(small(), 1), many = nominal_cost(small(), 1000);
  const auto counts = small().family().counts(small());
  EXPECT_EQ(one, static_cast<double>(counts.total_params()));
  EXPECT_EQ(many, 16.0 * static_cast<double>(counts.decoder_params()) +
                      static_cast<double>(counts.embedding_params));
}

// Where a family's counts stand for products of genes they are the same kinds of work.
TEST(ScaledTerms, CountsAreProductsAndRows) {
  const space::Architecture one(space::family_named("llama"), {2, 128, 256, 4, 2, 1000, 256});
  const std::vector<space::Architecture> members = {one};
  const auto kinds = [&](const LayerCost& cost) {
    const Eigen::MatrixXd values = ScaledTerms(cost).values(members);
    return std::vector<bool>{values(0, 0) > 0, values(0, 1) > 0, values(0, 2) > 0,
                             values(0, 3) > 0};
  };
  const std::vector<bool> products = {true, false, false, false},
                          rows = {false, true, false, false};
  EXPECT_EQ(kinds({.per_model = {{.factors = {"attention_params"}, .coefficient = 1}}}), products);
  EXPECT_EQ(kinds({.per_model = {{.factors = {"ffn_params"}, .coefficient = 1}}}), products);
  EXPECT_EQ(kinds({.per_model = {{.factors = {"kv_cache_bytes_per_token"}, .coefficient = 1}}}),
            rows);
}

TEST(ScaledTerms, AllFactorsOneGiveTheSameCost) {
  const LayerCost cost = {.per_layer = {{{"d_model", "d_inner"}, 2}, {{"d_model"}, 3}},
                          .per_model = {{{"d_model"}, 5}, {{"n_layer"}, 7}},
                          .constant = 11};
  const ScaledTerms scaled(cost);
  const std::vector<space::Architecture> one = {small()};
  const Eigen::MatrixXd features = scaled.values(one);
  Eigen::VectorXd coefficients = Eigen::VectorXd::Zero(features.cols());
  coefficients.head(4).setConstant(1);
  EXPECT_EQ(layer_cost_json(scaled.cost(coefficients)), layer_cost_json(cost));
  EXPECT_EQ((features * coefficients)(0), cost.value(small()));
  EXPECT_EQ(scaled.common_factor(features, Eigen::VectorXd::Constant(1, 3 * cost.value(small()))),
            3);
}

}  // namespace
}  // namespace lts::predictor
