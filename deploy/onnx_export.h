#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/onnx_opset.h"
#include "space/architecture.h"
#include "space/weight_source.h"

namespace lts::deploy {

/// Which form of the graph is written. An absent length is a symbolic dimension of the graph
/// (batch_size, seq_len, past_seq_len).
struct OnnxOptions {
  std::optional<std::int64_t> batch_size{};
  std::optional<std::int64_t> sequence_length{};
  bool with_past = false;  ///< keys and values of earlier positions come in and go out
  std::optional<std::int64_t> past_length{};  ///< of those earlier positions; only with_past
  /// kMinOpset to kMaxOpset. From 17 LayerNormalization is one operator, from 20 GELU too.
  int opset = 17;
  /// Weights of a file larger than this go to a second file, PATH.data; protobuf's limit.
  std::int64_t max_file_bytes = 2'147'483'647;
};

struct OnnxResult {
  std::vector<std::filesystem::path> files;  ///< the model and, where there is one, its weights
  std::int64_t bytes = 0;                    ///< of all files
};

/// Refuses a family without a graph and options that no graph of `architecture` can have. \throws
/// Error kUser naming the family, the length or the opset and what is accepted.
void check_onnx_options(const space::Architecture& architecture, const OnnxOptions& options);

/// Writes the graph that the reference measures (reference/archai.md 1.5) to `path`, whole or not
/// at all: the trunk over all positions, head and softmax on the last one.
///
///     input_ids int64 [batch_size, seq_len]
///     past_i    float [2, batch_size, n_head, past_seq_len, d_head]   with_past, one a layer
///     -> probs     float [batch_size, vocab_size]
///     -> present_i float [2, batch_size, n_head, total_seq_len, d_head]   with_past
///
/// The initialisers are the weights under their Hugging Face names, the tied head's once; constants
/// stand in Constant nodes. Weights are streamed: what is held is a few megabytes. The same
/// arguments give the same bytes. \throws Error kUser as check_onnx_options, for a flaw of the
/// architecture and for a family without a graph, kRuntime when the disk fails.
OnnxResult write_onnx(const space::Architecture& architecture, space::WeightSource& weights,
                      const OnnxOptions& options, const std::filesystem::path& path);

}  // namespace lts::deploy
