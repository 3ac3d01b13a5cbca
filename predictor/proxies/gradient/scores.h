#pragma once

#include "predictor/proxies/gradient/proxy_model.h"

namespace lts::predictor {

// W runs over the layers' linears, [out, in]: no embedding, no head. L is the mean cross-entropy of
// the batch. Every score is a sum over the linears unless it says otherwise. Sources: (a)
// Abdelfattah et al., Zero-Cost Proxies for Lightweight NAS, arXiv 2101.08134, and SamsungLabs'
// zero-cost-nas; (b) archai's branch neurips-lts, nlp/nas/zero_cost_utils, which has (a)'s for
// language models (reference/archai.md 5.7).

/// Sum of the Frobenius norms of dL/dW. Source: (a), (b). Costs a forward and a backward pass.
double grad_norm(ProxyModel& net);

/// Sum of |W * dL/dW|, which is |dL/dm| for a mask m of ones on each weight. Source: Lee et al.,
/// arXiv 1810.02340; (a), (b). Costs a forward and a backward pass.
double snip(ProxyModel& net);

/// Sum of -W * H g with the gradient g and the Hessian H of L: g constant, z = sum of g * dL/dW,
/// H g = dz/dW. Small is good to (b), which turns its sign before it ranks. Source: Wang et al.,
/// arXiv 2002.07376; (a), (b). Costs a forward pass and a backward pass that is derived once more.
double grasp(ProxyModel& net);

/// For output k of a linear, half the mean over tokens of (output_k * dL/d output_k)^2, once for
/// each weight of that output. Source: Theis et al., arXiv 1801.05787; (a), (b). Costs a forward
/// and a backward pass.
double fisher(ProxyModel& net);

/// J, a row a sequence: the gradient, with respect to the token embeddings that went in, of a
/// random linear read-out of the logits (weights even within 1/sqrt(vocab_size)), summed over the
/// positions. With v the eigenvalues of the correlations between the rows: -sum of log(v + 1e-5) +
/// 1/(v + 1e-5). Not a sum over linears. Source: Mellor et al., arXiv 2006.04647v1; (a), (b). Costs
/// a forward and a backward pass.
double jacob_cov(ProxyModel& net);

/// Sum of |W * dR/dW| in fp64, all parameters replaced by their absolute values, R the sum of the
/// logits of one sequence whose token embeddings are all ones. Position embeddings are added as
/// ever: norms would turn a constant input into zero. Source: Tanaka et al., arXiv 2006.05467; (a),
/// (b). Costs a forward and a backward pass of one sequence in fp64.
double synflow(ProxyModel& net);

/// Sum over the attention's linears only of the nuclear norms of W and of dL/dW, multiplied.
/// Source: Zhou et al. (TF-TAS), arXiv 2203.12217. Costs a forward and a backward pass and the
/// eigenvalues of two matrices a linear: the dearest of all for wide models.
double synaptic_diversity(ProxyModel& net);

}  // namespace lts::predictor
