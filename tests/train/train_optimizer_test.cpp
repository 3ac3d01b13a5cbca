#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/training_fixture.h"
#include "train/flat_parameters.h"
#include "train/head_loss.h"
#include "train/optimizer.h"

namespace lts::train {
namespace {

space::ModelPtr tiny_model() {
  auto model = space::make_model(tiny_architecture());
  torch::manual_seed(1);
  model->init_weights();
  return model;
}

double value_at(const torch::Tensor& tensor, std::int64_t index) {
  return tensor.flatten()[index].item<double>();
}

/// The fp32 gradient of a parameter, a view.
torch::Tensor gradient_of(FlatParameters& parameters, const std::string& name) {
  const auto& groups = parameters.groups();
  return parameters.named_views({groups[0].gradients, groups[1].gradients}).at(name);
}

TEST(FlatParameters, DecayMatricesAndEmbeddingsOnly) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  const auto marks = parameters.named_views({torch::ones_like(parameters.groups()[0].values),
                                             torch::zeros_like(parameters.groups()[1].values)});
  for (const auto& [name, mark] : marks) {
    const bool matrix = !name.ends_with(".bias") && name.find(".ln_") == std::string::npos;
    EXPECT_EQ(value_at(mark, 0), matrix ? 1.0 : 0.0) << name;
  }
  EXPECT_TRUE(parameters.groups()[0].decayed);
  EXPECT_FALSE(parameters.groups()[1].decayed);
}

TEST(FlatParameters, KeepTheValuesAndTakeTheGradients) {
  const auto before = tiny_model();
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  const auto old_values = before->named_parameters(), values = model->named_parameters();
  for (const auto& item : old_values)
    EXPECT_TRUE(torch::equal(item.value(), values[item.key()])) << item.key();
  const auto tokens = torch::tensor({{1, 2, 3}}, torch::kInt64);
  before->trunk(tokens).sum().backward();
  model->trunk(tokens).sum().backward();
  for (const auto& item : old_values)
    EXPECT_TRUE(torch::allclose(item.value().grad(), gradient_of(parameters, item.key())))
        << item.key();
}

TEST(FlatParameters, SumTheGradientsOfABfloat16ModelInFp32) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kBFloat16, torch::kCPU);
  EXPECT_EQ(model->parameters().front().scalar_type(), torch::kBFloat16);
  const std::string name = "transformer.ln_f.bias";
  auto weight = model->named_parameters()[name];
  for (const double gradient : {256.0, 1.0}) {  // bfloat16 has no 257
    weight.mutable_grad() = torch::full_like(weight, gradient);
    parameters.collect_gradients();
  }
  EXPECT_EQ(value_at(gradient_of(parameters, name), 0), 257.0);
  EXPECT_FALSE(weight.grad().defined());
}

TEST(FlatParameters, ShowFp32ValuesWhileMastersLive) {
  auto model = tiny_model();
  const double exact = value_at(model->parameters().front(), 5);
  FlatParameters parameters(*model, torch::kBFloat16, torch::kCPU);
  EXPECT_NE(value_at(model->parameters().front(), 5), exact);
  {
    const FlatParameters::Masters masters(parameters);
    EXPECT_EQ(value_at(model->parameters().front(), 5), exact);
  }
  EXPECT_EQ(model->parameters().front().scalar_type(), torch::kBFloat16);
}

TEST(FlatParameters, FollowAMatrixByRowsOfZero) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kBFloat16, torch::kCPU);
  const std::string name = "transformer.wte.weight";
  const auto rows = model->named_parameters()[name].size(0);
  const auto padded = parameters.padded(name);
  ASSERT_EQ(padded.computed.size(0) % FlatParameters::kRows, 0);
  ASSERT_GT(padded.computed.size(0), rows);
  EXPECT_TRUE(torch::equal(padded.computed.narrow(0, 0, rows), model->named_parameters()[name]));
  padded.gradient.narrow(0, 0, rows).fill_(0.5);
  EXPECT_EQ(value_at(gradient_of(parameters, name), 7), 0.5);
  AdamW optimizer(parameters, {});
  optimizer.step(0.1, torch::zeros({}));
  const auto rest = padded.computed.narrow(0, rows, padded.computed.size(0) - rows);
  EXPECT_EQ(rest.abs().max().item<float>(), 0);
  EXPECT_NE(value_at(model->named_parameters()[name], 7), 0);
}

double clip(FlatParameters& parameters, double max_norm) {
  const auto norm = parameters.gradient_norm();
  parameters.clip_gradients(norm, max_norm);
  return norm.item<double>();
}

const auto kGood = torch::zeros({}), kBad = torch::ones({});

TEST(FlatParameters, ClipTheGlobalNorm) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  value_at(gradient_of(parameters, "transformer.wte.weight"), 0);
  gradient_of(parameters, "transformer.wte.weight")[0][0] = 3.0;
  gradient_of(parameters, "transformer.ln_f.bias")[1] = 4.0;
  EXPECT_DOUBLE_EQ(clip(parameters, 10.0), 5.0);
  EXPECT_DOUBLE_EQ(clip(parameters, 0.0), 5.0);
  EXPECT_DOUBLE_EQ(clip(parameters, 1.0), 5.0);
  EXPECT_NEAR(value_at(gradient_of(parameters, "transformer.wte.weight"), 0), 0.6, 1e-6);
}

TEST(FlatParameters, MeasureANormOfMillionsOfValues) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  torch::manual_seed(5);
  parameters.groups()[0].gradients.normal_();
  const double exact =
      parameters.groups()[0].gradients.to(torch::kFloat64).square().sum().sqrt().item<double>();
  EXPECT_NEAR(clip(parameters, 0.0) / exact, 1.0, 1e-6);
}

TEST(FlatParameters, FindAGradientThatIsNotFinite) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  gradient_of(parameters, "transformer.ln_f.bias")[1] = std::nan("");
  EXPECT_TRUE(std::isnan(clip(parameters, 1.0)));
}

// By hand: after one step m = 0.1 g, v = 0.05 g^2, both corrected to g and g^2, so that the weight
// moves by the learning rate against the sign of g, after the decay.
TEST(AdamW, MovesByTheLearningRateAndDecaysMatricesUnlessTheStepIsBad) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  AdamW optimizer(parameters, {.betas = {0.9, 0.95}, .weight_decay = 0.5});
  const auto weights = model->named_parameters();
  const auto& matrix = weights["transformer.wpe.weight"];
  const auto& bias = weights["transformer.ln_f.bias"];
  const double before = value_at(matrix, 3);
  gradient_of(parameters, "transformer.wpe.weight").fill_(0.25);
  gradient_of(parameters, "transformer.ln_f.bias").fill_(-2.0);
  optimizer.step(0.1, kBad);
  EXPECT_EQ(value_at(matrix, 3), before);
  EXPECT_EQ(optimizer.num_updates(), 0);
  optimizer.step(0.1, kGood);
  optimizer.count_update();
  EXPECT_NEAR(value_at(matrix, 3), before * (1 - 0.1 * 0.5) - 0.1, 1e-6);
  EXPECT_NEAR(value_at(bias, 3), 0.1, 1e-6);
  EXPECT_EQ(optimizer.num_updates(), 1);
}

TEST(AdamW, GoesOnFromSavedMoments) {
  auto one = tiny_model(), two = tiny_model();
  FlatParameters first(*one, torch::kFloat32, torch::kCPU);
  FlatParameters second(*two, torch::kFloat32, torch::kCPU);
  AdamW trained(first, {}), resumed(second, {});
  first.groups()[0].gradients.fill_(0.5);
  trained.step(0.01, kGood);
  trained.count_update();
  space::NamedTensors saved;
  for (const auto& [name, tensor] : trained.moments()) saved.emplace(name, tensor.clone());
  ASSERT_TRUE(resumed.restore(saved, trained.num_updates()));
  second.groups()[0].values.copy_(first.groups()[0].values);
  second.groups()[0].gradients.fill_(0.5);
  trained.step(0.01, kGood);
  resumed.step(0.01, kGood);
  const auto matrices = two->named_parameters();  // the flat buffers have gaps between tensors
  for (const auto& item : one->named_parameters()) {
    if (item.value().dim() < 2) continue;
    EXPECT_TRUE(torch::equal(item.value(), matrices[item.key()])) << item.key();
  }
}

TEST(AdamW, RefusesTheMomentsOfAnotherModel) {
  auto model = tiny_model();
  FlatParameters parameters(*model, torch::kFloat32, torch::kCPU);
  AdamW optimizer(parameters, {});
  auto saved = optimizer.moments();
  saved["exp_avg.transformer.ln_f.bias"] = torch::zeros({7});
  EXPECT_FALSE(optimizer.restore(saved, 1));
  saved.erase("exp_avg.transformer.ln_f.bias");
  EXPECT_FALSE(optimizer.restore(saved, 1));
  EXPECT_EQ(optimizer.num_updates(), 0);
}

// N, D, V: more tokens than a piece, and not a multiple of it.
TEST(HeadLoss, EqualsCrossEntropyAndItsGradients) {
  torch::manual_seed(2);
  const auto hidden_ND = torch::randn({600, 24}).requires_grad_();
  const auto weight_VD = torch::randn({97, 24}).requires_grad_();
  const auto targets_N = torch::randint(0, 97, {600}, torch::kInt64);
  const auto loss =
      torch::nn::functional::cross_entropy(torch::mm(hidden_ND, weight_VD.t()), targets_N);
  loss.backward();
  HeadLoss head(97);
  HeadLoss::Sums sums = {torch::ones({97, 24}), torch::ones({}, torch::kFloat64)};
  const auto grad_hidden_ND =
      head.forward_backward(hidden_ND.detach(), weight_VD.detach(), targets_N, 1.0 / 600, sums);
  EXPECT_NEAR((sums.loss.item<double>() - 1) / 600, loss.item<double>(), 1e-6);
  EXPECT_TRUE(torch::allclose(grad_hidden_ND, hidden_ND.grad(), 1e-4, 1e-7));
  EXPECT_TRUE(torch::allclose(sums.grad_weight_WD - 1, weight_VD.grad(), 1e-3, 1e-6));
}

TEST(HeadLoss, ComputesInBfloat16WithAnFp32Softmax) {
  torch::manual_seed(2);
  const auto hidden_ND = torch::randn({300, 24}), weight_VD = torch::randn({97, 24});
  const auto targets_N = torch::randint(0, 97, {300}, torch::kInt64);
  const auto zeros = [] {
    return HeadLoss::Sums{torch::zeros({97, 24}), torch::zeros({}, torch::kFloat64)};
  };
  HeadLoss head(97), low_head(97);
  auto sums = zeros(), low_sums = zeros();
  head.forward_backward(hidden_ND, weight_VD, targets_N, 1.0 / 300, sums);
  const auto low_grad_ND =
      low_head.forward_backward(hidden_ND.to(torch::kBFloat16), weight_VD.to(torch::kBFloat16),
                                targets_N, 1.0 / 300, low_sums);
  EXPECT_NEAR((low_sums.loss / sums.loss).item<double>(), 1.0, 5e-3);
  EXPECT_EQ(low_grad_ND.scalar_type(), torch::kBFloat16);
  EXPECT_TRUE(torch::allclose(low_sums.grad_weight_WD, sums.grad_weight_WD, 0.05, 2e-3));
}

TEST(HeadLoss, StaysFiniteForAHopelessTarget) {
  const auto hidden_ND = torch::full({1, 1}, 1.0), weight_VD = torch::tensor({{0.0f}, {-500.0f}});
  HeadLoss head(2);
  HeadLoss::Sums sums = {torch::zeros({2, 1}), torch::zeros({}, torch::kFloat64)};
  head.forward_backward(hidden_ND, weight_VD, torch::ones({1}, torch::kInt64), 1.0, sums);
  EXPECT_NEAR(sums.loss.item<double>(), 500.0, 1e-3);
}

}  // namespace
}  // namespace lts::train
