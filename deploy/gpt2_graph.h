#pragma once

#include "deploy/graph_builder.h"
#include "deploy/onnx_export.h"
#include "space/architecture.h"

namespace lts::deploy {

/// GPT-2 as Hugging Face's GPT2LMHeadModel computes it, the head on the last position only and a
/// softmax after it. A gene may be per layer (d_inner, n_head). The forms are those that ONNX
/// Runtime and its transformer optimiser (model_type gpt2) recognise and fuse: projections as Gemm
/// between reshapes, the mask sliced from a constant by the shape of the scores, GELU by Pow and
/// Tanh. Precondition: options checked.
void build_gpt2_graph(GraphBuilder& graph, const space::Architecture& architecture,
                      const OnnxOptions& options);

}  // namespace lts::deploy
