// What the scores are is tests/oracle/proxy_oracle.py's business.

#include "predictor/proxies/gradient_proxies.h"

#include <ATen/CPUGeneratorImpl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/file.h"
#include "predictor/proxies/gradient/output_tap.h"
#include "predictor/proxies/gradient/proxy_model.h"
#include "tests/expect_error.h"
#include "tests/space/small_models.h"

namespace lts::predictor {
namespace {

using space::SmallGpt2;
using testing::error_message;

constexpr ProxyBatch kBatch{.batch_size = 3, .sequence_length = 16};

Outcome outcome_of(std::string_view name, const SmallGpt2& small, const ProxyBatch& batch) {
  return make_gradient_proxy(std::string(name), batch)->evaluate(space::architecture_of(small));
}

double value_of(std::string_view name, const ProxyBatch& batch = kBatch,
                const SmallGpt2& small = {}) {
  return std::get<Measurement>(outcome_of(name, small, batch)).value;
}

std::string reason_of(std::string_view name, const SmallGpt2& small,
                      const ProxyBatch& batch = kBatch) {
  return std::get<Failure>(outcome_of(name, small, batch)).reason;
}

std::string all_search_configs() {
  std::string text;
  for (const auto& file : std::filesystem::directory_iterator(LTS_SOURCE_DIR "/configs/search"))
    text += read_file(file.path());
  return text;
}

TEST(GradientProxies, EachIsMadeFromItsDefaultsAndHasAnExample) {
  const std::string examples = all_search_configs();
  for (const GradientProxy& proxy : gradient_proxies()) {
    EXPECT_THAT(examples, ::testing::HasSubstr("proxy: " + std::string(proxy.name) + ","));
    const auto evaluator = make_gradient_proxy(std::string(proxy.name));
    EXPECT_EQ(evaluator->cost(), Cost::kCheap);
    EXPECT_EQ(evaluator->unit(), "");
    const auto outcome = evaluator->evaluate(space::architecture_of({.max_sequence_length = 64}));
    EXPECT_TRUE(std::isfinite(std::get<Measurement>(outcome).value)) << proxy.name;
  }
}

TEST(GradientProxies, AreTheSameToTheBitWithOneThreadAndMany) {
  const int before = at::get_num_threads();
  for (const GradientProxy& proxy : gradient_proxies()) {
    at::set_num_threads(1);
    const double alone = value_of(proxy.name);
    at::set_num_threads(4);
    EXPECT_EQ(value_of(proxy.name), alone) << proxy.name;
    EXPECT_EQ(at::get_num_threads(), 4);
  }
  at::set_num_threads(before);
}

TEST(GradientProxies, DependOnSeedAndBatch) {
  for (const GradientProxy& proxy : gradient_proxies()) {
    ProxyBatch other = kBatch;
    other.seed = 2;
    EXPECT_NE(value_of(proxy.name, other), value_of(proxy.name)) << proxy.name;
    other = kBatch;
    other.sequence_length = 17;
    EXPECT_NE(value_of(proxy.name, other), value_of(proxy.name)) << proxy.name;
  }
}

TEST(GradientProxies, LeaveLibTorchAsItWas) {
  torch::manual_seed(7);
  const auto state = at::detail::getDefaultCPUGenerator().get_state();
  for (const GradientProxy& proxy : gradient_proxies()) value_of(proxy.name);
  EXPECT_TRUE(torch::equal(at::detail::getDefaultCPUGenerator().get_state(), state));
  EXPECT_TRUE(at::globalContext().userEnabledFlashSDP());
}

TEST(GradientProxies, WhatCannotBeComputedIsAFailureWithItsReason) {
  EXPECT_EQ(reason_of("snip", {}, {.sequence_length = 33}),
            "sequence of 33 tokens; the model's max_sequence_length is 32");
  // A norm over a single value is zero, and so is every gradient.
  const SmallGpt2 narrow{.d_model = 1, .d_inner = 1, .n_head = 1};
  EXPECT_EQ(reason_of("jacob_cov", narrow), "jacob_cov is not a finite number");
  const SmallGpt2 huge{.d_model = 1'000'000, .d_inner = 1'000'000, .n_head = 1};
  EXPECT_THAT(reason_of("grad_norm", huge), ::testing::StartsWith("out of memory: "));
}

TEST(GradientProxies, Messages) {
  EXPECT_EQ(
      error_message([] { make_gradient_proxy("gradnorm"); }),
      "unknown gradient proxy 'gradnorm'; did you mean 'grad_norm'? Accepted: grad_norm, snip, "
      "grasp, fisher, jacob_cov, synflow, synaptic_diversity");
  EXPECT_EQ(error_message([] { make_gradient_proxy("jacob_cov", {.batch_size = 1}); }),
            "jacob_cov compares sequences: batch_size is 1; accepted: an integer from 2");
}

TEST(ProxyModel, CountsTheLinearsOfTheLayersOnly) {
  const SmallGpt2 small;
  const ProxyModel net(space::architecture_of(small), kBatch);
  std::int64_t values = 0;
  for (const auto& weight : net.linears()) values += weight.numel();
  const std::int64_t d = small.d_model, inner = small.d_inner;
  EXPECT_EQ(values, small.n_layer * (4 * d * d + 2 * d * inner));
  values = 0;
  for (const auto& weight : net.attention_linears()) values += weight.numel();
  EXPECT_EQ(values, small.n_layer * 4 * d * d);
}

TEST(ProxyModel, FindsTheTokensAmongAsManyPositions) {
  const SmallGpt2 small{.vocab_size = 32, .max_sequence_length = 32};
  ProxyModel net(space::architecture_of(small), kBatch);
  EXPECT_TRUE(
      net.token_embedding().is_same(net.model().named_parameters()["transformer.wte.weight"]));
}

TEST(OutputTap, SeesWhatItsWeightsGiveInItsLifeOnly) {
  const auto seen = torch::randn({3, 2}), other = torch::randn({3, 2}),
             input = torch::randn({4, 2});
  at::linear(input, seen);
  {
    const OutputTap tap("aten::linear", {seen});
    at::linear(input, other);
    at::matmul(input, seen.t());
    EXPECT_TRUE(tap.seen().empty());
    const auto output = at::linear(input, seen);
    ASSERT_EQ(tap.seen().size(), 1U);
    EXPECT_TRUE(tap.seen()[0].weight.is_same(seen));
    EXPECT_TRUE(torch::equal(tap.outputs()[0], output));
  }
  at::linear(input, seen);  // nobody listens, nothing breaks
}

}  // namespace
}  // namespace lts::predictor
