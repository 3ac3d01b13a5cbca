// The scores that need weights and their gradients only.
#include <cmath>

#include "predictor/proxies/gradient/scores.h"

namespace lts::predictor {
namespace {

/// The nuclear norm. Singular values are the square roots of the eigenvalues of M M^T, which in
/// fp64 are many times quicker than a decomposition of M and exact to 1e-8 of the largest.
double sum_of_singular_values(const torch::Tensor& matrix) {
  const auto wide = matrix.detach().to(torch::kFloat64);
  const auto gram = wide.size(0) <= wide.size(1) ? wide.mm(wide.t()) : wide.t().mm(wide);
  return sum_of(at::linalg_eigvalsh(gram).clamp_min(0).sqrt());
}

}  // namespace

double grad_norm(ProxyModel& net) {
  double sum = 0;
  for (const auto& gradient : gradients(net.loss(), net.linears()))
    sum += std::sqrt(sum_of(gradient.square()));
  return sum;
}

double snip(ProxyModel& net) {
  const auto weights = net.linears();
  const auto slopes = gradients(net.loss(), weights);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum += sum_of((weights[i] * slopes[i]).abs());
  return sum;
}

double grasp(ProxyModel& net) {
  const auto weights = net.linears();
  const auto slopes = torch::autograd::grad({net.loss()}, weights, {}, std::nullopt,
                                            /*create_graph=*/true);
  auto z = torch::zeros({});
  for (const auto& slope : slopes) z = z + (slope.detach() * slope).sum();
  const auto curved = gradients(z, weights);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) sum -= sum_of(weights[i] * curved[i]);
  return sum;
}

double synaptic_diversity(ProxyModel& net) {
  const auto weights = net.attention_linears();
  const auto slopes = gradients(net.loss(), weights);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i)
    sum += sum_of_singular_values(weights[i]) * sum_of_singular_values(slopes[i]);
  return sum;
}

}  // namespace lts::predictor
