// The scores that look at what goes through the model: outputs of linears, embeddings.
#include <cmath>

#include "core/error.h"
#include "predictor/proxies/gradient/output_tap.h"
#include "predictor/proxies/gradient/scores.h"

namespace lts::predictor {

// Shape suffixes: B batch, T time, V vocabulary, N tokens, K outputs of a linear, X embedded values
// of a sequence.

namespace {

constexpr double kSmallest = 1e-5;  // added to the eigenvalues of jacob_cov

torch::Tensor read_out(ProxyModel& net, std::int64_t vocab_size) {
  auto weights_V = torch::empty({vocab_size});
  const double bound = 1 / std::sqrt(static_cast<double>(vocab_size));
  float* values = weights_V.data_ptr<float>();
  for (std::int64_t i = 0; i < vocab_size; ++i)
    values[i] = static_cast<float>(bound * (2 * net.rng().random() - 1));
  return weights_V;
}

/// The trunk's output for tokens whose embeddings are all ones.
torch::Tensor trunk_of_ones(ProxyModel& net) {
  auto embedding = net.token_embedding();
  const auto weights = embedding.variable_data();
  embedding.set_data(torch::ones({1, 1}, weights.options()).expand_as(weights));
  const auto hidden_BTD = net.model().trunk(net.tokens_BT().narrow(0, 0, 1));
  embedding.set_data(weights);  // the head is tied to it
  return hidden_BTD;
}

}  // namespace

double fisher(ProxyModel& net) {
  const OutputTap tap("aten::linear", net.linears());
  const auto loss = net.loss();
  LTS_ASSERT(!tap.seen().empty());
  const auto slopes = gradients(loss, tap.outputs());
  double sum = 0;
  for (std::size_t i = 0; i < slopes.size(); ++i) {
    const auto& [weight, output] = tap.seen()[i];
    const auto product_NK = (output.detach() * slopes[i]).flatten(0, -2).to(torch::kFloat64);
    const double per_input = 0.5 * sum_of(product_NK.square().mean(0));
    sum += per_input * static_cast<double>(weight.size(1));
  }
  return sum;
}

double jacob_cov(ProxyModel& net) {
  const OutputTap tap("aten::embedding", {net.token_embedding()});
  const auto logits_BTV = net.logits_BTV();
  LTS_ASSERT(!tap.seen().empty());
  const auto value = logits_BTV.matmul(read_out(net, logits_BTV.size(2))).sum();
  const auto jacobian_BX = gradients(value, tap.outputs()).front().flatten(1).to(torch::kFloat64);
  const auto correlations_BB = at::corrcoef(jacobian_BX);
  if (!correlations_BB.isfinite().all().item<bool>()) return std::nan("");  // a row is constant
  const auto eigenvalues_B = at::linalg_eigvalsh(correlations_BB) + kSmallest;
  return -sum_of(eigenvalues_B.log() + eigenvalues_B.reciprocal());
}

double synflow(ProxyModel& net) {
  net.model().to(torch::kFloat64);
  {
    const torch::NoGradGuard no_grad;
    for (auto& parameter : net.model().parameters()) parameter.abs_();
  }
  const auto weights = net.linears();
  const auto logits = net.model().head(trunk_of_ones(net));
  const auto slopes = gradients(logits.sum(), weights);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += sum_of((weights[i] * slopes[i]).abs());
  return sum;
}

}  // namespace lts::predictor
