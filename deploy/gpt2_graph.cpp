#include "deploy/gpt2_graph.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>

namespace lts::deploy {

// Shape suffixes: B batch, T time (positions of this run), P time before it (the past), S both, D
// model width, F feed-forward width, H heads, K head width, V vocabulary.

namespace {

using onnx::TensorProto;

constexpr float kNormEpsilon = 1e-5F;  // Hugging Face's layer_norm_epsilon for GPT-2
constexpr std::int64_t kToTheEnd = std::numeric_limits<std::int64_t>::max();
// A constant mask is what ONNX Runtime's optimiser recognises; beyond this it costs more (16 MiB).
constexpr std::int64_t kMaxMaskPositions = 4096;

struct Layer {
  std::int64_t index, d_inner, n_head, d_head;
  std::string name(const char* part) const { return "h." + std::to_string(index) + "." + part; }
};

class Gpt2Graph {
 public:
  Gpt2Graph(GraphBuilder& graph, const space::Architecture& architecture,
            const OnnxOptions& options)
      : graph_(graph), architecture_(architecture), options_(options) {}

  void build();

 private:
  Layer layer(std::int64_t index) const;
  Dimension batch_size() const;
  Dimension sequence_length() const;
  Dimension past_length() const;
  Dimension total_length() const;
  std::optional<std::int64_t> known_total() const;

  void add_past_inputs();
  void find_lengths();
  void choose_mask();
  Value compared_positions();
  Value sliced_mask(const Value& scores_BHTS);
  Value rows_shape(std::int64_t width);

  Value embed(const Value& tokens_BT);
  Value block(const Value& hidden_BTD, const Layer& layer);
  Value attention(const Value& hidden_BTD, const Layer& layer);
  void add_present(const Value& key_BHSK, const Value& value_BHSK, const Layer& layer);
  Value weighted_values(const Value& query_BHTK, const Value& key_BHKS, const Value& value_BHSK,
                        const Layer& layer);
  Value heads(const Value& part_BTD, const Layer& layer, const Ints& order);
  Value with_past(const Value& fresh_BHTK, std::int64_t which, const Layer& layer);
  Value feed_forward(const Value& hidden_BTD, const Layer& layer);
  Value linear(const Value& input, const std::string& name, std::int64_t in, std::int64_t out);
  Value norm(const Value& hidden_BTD, const std::string& name);
  Value gelu(const Value& inner_BTF);
  void head(const Value& hidden_BTD);

  Value weight(const std::string& name, Ints shape) {
    return graph_.weight("transformer." + name, std::move(shape));
  }

  GraphBuilder& graph_;
  const space::Architecture& architecture_;
  const OnnxOptions& options_;
  const std::int64_t d_model_ = architecture_.scalar("d_model");
  Value tokens_shape_;                   // of input_ids, where a dimension is symbolic
  Value first_position_, end_position_;  // [1]: P and P + T
  Value mask_, compared_;                // [1,1,M,M] to be sliced, or [T,S] ready
};

Layer Gpt2Graph::layer(std::int64_t index) const {
  const auto at = static_cast<std::size_t>(index);
  const std::int64_t n_head = architecture_.in_layer("n_head", at);
  return {.index = index,
          .d_inner = architecture_.in_layer("d_inner", at),
          .n_head = n_head,
          .d_head = d_model_ / n_head};
}

Dimension length_or(const std::optional<std::int64_t>& length, const char* symbol) {
  return length ? Dimension(*length) : Dimension(std::string(symbol));
}

Dimension Gpt2Graph::batch_size() const { return length_or(options_.batch_size, "batch_size"); }
Dimension Gpt2Graph::sequence_length() const {
  return length_or(options_.sequence_length, "seq_len");
}
Dimension Gpt2Graph::past_length() const { return length_or(options_.past_length, "past_seq_len"); }
Dimension Gpt2Graph::total_length() const { return length_or(known_total(), "total_seq_len"); }

std::optional<std::int64_t> Gpt2Graph::known_total() const {
  if (!options_.with_past) return options_.sequence_length;
  if (!options_.sequence_length || !options_.past_length) return std::nullopt;
  return *options_.sequence_length + *options_.past_length;
}

void Gpt2Graph::build() {
  const Value tokens_BT =
      graph_.input("input_ids", TensorProto::INT64, {batch_size(), sequence_length()});
  if (options_.with_past) add_past_inputs();
  graph_.set_scope("embedding");
  tokens_shape_ = graph_.op("Shape", {tokens_BT});
  find_lengths();
  choose_mask();
  Value hidden_BTD = embed(tokens_BT);
  graph_.output("probs", TensorProto::FLOAT, {batch_size(), architecture_.scalar("vocab_size")});
  for (std::int64_t i = 0; i < architecture_.n_layer(); ++i)
    hidden_BTD = block(hidden_BTD, layer(i));
  graph_.set_scope("head");
  head(norm(hidden_BTD, "ln_f"));
}

void Gpt2Graph::add_past_inputs() {
  for (std::int64_t i = 0; i < architecture_.n_layer(); ++i) {
    const Layer at = layer(i);
    graph_.input("past_" + std::to_string(i), TensorProto::FLOAT,
                 {2, batch_size(), at.n_head, past_length(), at.d_head});
  }
}

void Gpt2Graph::find_lengths() {
  const auto extent = [&](const Value& shape, std::int64_t axis) {
    return graph_.op("Gather", {shape, graph_.constant(Ints{axis})});
  };
  const Value length = options_.sequence_length ? graph_.constant(Ints{*options_.sequence_length})
                                                : extent(tokens_shape_, 1);
  if (!options_.with_past)
    first_position_ = graph_.constant(Ints{0});
  else if (options_.past_length)
    first_position_ = graph_.constant(Ints{*options_.past_length});
  else
    first_position_ = extent(graph_.op("Shape", {"past_0"}), 3);
  end_position_ = graph_.op("Add", {first_position_, length});
}

void Gpt2Graph::choose_mask() {
  const std::int64_t positions =
      known_total().value_or(architecture_.scalar("max_sequence_length"));
  if (positions <= kMaxMaskPositions)
    mask_ = graph_.causal_mask(positions);
  else
    compared_ = compared_positions();
}

// [T,S]: whether the key's position is at most the query's.
Value Gpt2Graph::compared_positions() {
  const Value scalar = graph_.constant(Ints{});  // the shape of a tensor of no dimension
  const Value first = graph_.op("Reshape", {first_position_, scalar});
  const Value end = graph_.op("Reshape", {end_position_, scalar});
  const Value step = graph_.constant(std::int64_t{1});
  const Value queries_T = graph_.op("Range", {first, end, step});
  const Value keys_S = graph_.op("Range", {graph_.constant(std::int64_t{0}), end, step});
  const Value queries_T1 = graph_.op("Unsqueeze", {queries_T, graph_.constant(Ints{1})});
  return graph_.op("LessOrEqual", {keys_S, queries_T1});
}

// [1,1,T,S]: rows S - T to S of the mask, columns to S.
Value Gpt2Graph::sliced_mask(const Value& scores_BHTS) {
  const Value shape = graph_.op("Shape", {scores_BHTS}), axis_0 = graph_.constant(Ints{0});
  const auto extent = [&](std::int64_t axis) {
    const Value slice =
        graph_.op("Slice", {shape, graph_.constant(Ints{axis}), graph_.constant(Ints{axis + 1})});
    return graph_.op("Squeeze", {slice, axis_0});
  };
  const Value num_keys = extent(3), num_queries = extent(2);
  const Value first = graph_.op("Unsqueeze", {graph_.op("Sub", {num_keys, num_queries}), axis_0});
  const Value end = graph_.op("Unsqueeze", {num_keys, axis_0});
  const Value rows = graph_.op("Slice", {mask_, first, end, graph_.constant(Ints{2})});
  return graph_.op("Slice", {rows, axis_0, end, graph_.constant(Ints{3})});
}

// The shape [B,T,width], a constant as far as the lengths are known.
Value Gpt2Graph::rows_shape(std::int64_t width) {
  if (options_.batch_size)
    return graph_.constant(
        Ints{*options_.batch_size, options_.sequence_length.value_or(-1), width});
  if (options_.sequence_length) return graph_.constant(Ints{-1, *options_.sequence_length, width});
  return graph_.op("Concat", {tokens_shape_, graph_.constant(Ints{width})}, {{"axis", 0}});
}

Value Gpt2Graph::embed(const Value& tokens_BT) {
  const Value wte = weight("wte.weight", {architecture_.scalar("vocab_size"), d_model_});
  const Value wpe = weight("wpe.weight", {architecture_.scalar("max_sequence_length"), d_model_});
  Value positions_TD =
      graph_.op("Slice", {wpe, first_position_, end_position_, graph_.constant(Ints{0})});
  // Else shape inference takes a single token for one that is to be broadcast.
  if (options_.sequence_length)
    positions_TD = graph_.op(
        "Reshape", {positions_TD, graph_.constant(Ints{*options_.sequence_length, d_model_})});
  return graph_.op("Add", {graph_.op("Gather", {wte, tokens_BT}), positions_TD});
}

Value Gpt2Graph::block(const Value& hidden_BTD, const Layer& layer) {
  graph_.set_scope(layer.name("attn"));
  const Value attended_BTD = attention(norm(hidden_BTD, layer.name("ln_1")), layer);
  const Value middle_BTD = graph_.op("Add", {attended_BTD, hidden_BTD});
  graph_.set_scope(layer.name("mlp"));
  const Value fed_BTD = feed_forward(norm(middle_BTD, layer.name("ln_2")), layer);
  return graph_.op("Add", {middle_BTD, fed_BTD});
}

Value Gpt2Graph::attention(const Value& hidden_BTD, const Layer& layer) {
  const Value joined = linear(hidden_BTD, layer.name("attn.c_attn"), d_model_, 3 * d_model_);
  const auto parts = graph_.op_many(
      3, "Split", {joined, graph_.constant(Ints{d_model_, d_model_, d_model_})}, {{"axis", 2}});
  const Ints as_BHTK = {0, 2, 1, 3}, as_BHKT = {0, 2, 3, 1};
  const Value query_BHTK = heads(parts[0], layer, as_BHTK);
  Value key_BHKS, value_BHSK = heads(parts[2], layer, as_BHTK);
  if (options_.with_past) {
    const Value key_BHSK = with_past(heads(parts[1], layer, as_BHTK), 0, layer);
    value_BHSK = with_past(value_BHSK, 1, layer);
    add_present(key_BHSK, value_BHSK, layer);
    key_BHKS = graph_.op("Transpose", {key_BHSK}, {{"perm", Ints{0, 1, 3, 2}}});
  } else {
    key_BHKS = heads(parts[1], layer, as_BHKT);
  }
  const Value attended_BHTK = weighted_values(query_BHTK, key_BHKS, value_BHSK, layer);
  const Value attended_BTHK = graph_.op("Transpose", {attended_BHTK}, {{"perm", Ints{0, 2, 1, 3}}});
  const Value attended_BTD =
      graph_.op("Reshape", {attended_BTHK, graph_.constant(Ints{0, 0, d_model_})});
  return linear(attended_BTD, layer.name("attn.c_proj"), d_model_, d_model_);
}

void Gpt2Graph::add_present(const Value& key_BHSK, const Value& value_BHSK, const Layer& layer) {
  const Value axis_0 = graph_.constant(Ints{0});
  const Value present = "present_" + std::to_string(layer.index);
  graph_.op_named(
      present, "Concat",
      {graph_.op("Unsqueeze", {key_BHSK, axis_0}), graph_.op("Unsqueeze", {value_BHSK, axis_0})},
      {{"axis", 0}});
  graph_.output(present, TensorProto::FLOAT,
                {2, batch_size(), layer.n_head, total_length(), layer.d_head});
}

Value Gpt2Graph::weighted_values(const Value& query_BHTK, const Value& key_BHKS,
                                 const Value& value_BHSK, const Layer& layer) {
  const Value root = graph_.constant(std::sqrt(static_cast<float>(layer.d_head)));
  const Value scores_BHTS = graph_.op("Div", {graph_.op("MatMul", {query_BHTK, key_BHKS}), root});
  const Value seen = compared_.empty() ? sliced_mask(scores_BHTS) : compared_;
  const Value lowest = graph_.constant(std::numeric_limits<float>::lowest());
  const Value masked_BHTS = graph_.op("Where", {seen, scores_BHTS, lowest});
  const Value weights_BHTS = graph_.op("Softmax", {masked_BHTS}, {{"axis", 3}});
  return graph_.op("MatMul", {weights_BHTS, value_BHSK});
}

// [B,T,D] -> [B,T,H,K], its axes then put in `order`.
Value Gpt2Graph::heads(const Value& part_BTD, const Layer& layer, const Ints& order) {
  const Value part_BTHK =
      graph_.op("Reshape", {part_BTD, graph_.constant(Ints{0, 0, layer.n_head, layer.d_head})});
  return graph_.op("Transpose", {part_BTHK}, {{"perm", order}});
}

Value Gpt2Graph::with_past(const Value& fresh_BHTK, std::int64_t which, const Layer& layer) {
  const Value past_BHPK = graph_.op(
      "Gather", {"past_" + std::to_string(layer.index), graph_.constant(which)}, {{"axis", 0}});
  return graph_.op("Concat", {past_BHPK, fresh_BHTK}, {{"axis", 2}});
}

Value Gpt2Graph::feed_forward(const Value& hidden_BTD, const Layer& layer) {
  const Value inner_BTF = linear(hidden_BTD, layer.name("mlp.c_fc"), d_model_, layer.d_inner);
  return linear(gelu(inner_BTF), layer.name("mlp.c_proj"), layer.d_inner, d_model_);
}

Value Gpt2Graph::linear(const Value& input, const std::string& name, std::int64_t in,
                        std::int64_t out) {
  const Value rows = graph_.op("Reshape", {input, graph_.constant(Ints{-1, in})});
  const Value product =
      graph_.op("Gemm", {rows, weight(name + ".weight", {in, out}), weight(name + ".bias", {out})});
  return graph_.op("Reshape", {product, rows_shape(out)});
}

Value Gpt2Graph::norm(const Value& hidden_BTD, const std::string& name) {
  const Value gain = weight(name + ".weight", {d_model_}),
              bias = weight(name + ".bias", {d_model_});
  if (graph_.opset() >= 17)
    return graph_.op("LayerNormalization", {hidden_BTD, gain, bias},
                     {{"axis", -1}, {"epsilon", kNormEpsilon}});
  const auto mean = [&](const Value& value) {
    return graph_.op("ReduceMean", {value}, {{"axes", Ints{-1}}, {"keepdims", 1}});
  };
  const Value centred = graph_.op("Sub", {hidden_BTD, mean(hidden_BTD)});
  const Value variance = mean(graph_.op("Pow", {centred, graph_.constant(2.0F)}));
  const Value deviation =
      graph_.op("Sqrt", {graph_.op("Add", {variance, graph_.constant(kNormEpsilon)})});
  const Value scaled = graph_.op("Mul", {graph_.op("Div", {centred, deviation}), gain});
  return graph_.op("Add", {scaled, bias});
}

// 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), Hugging Face's gelu_new.
Value Gpt2Graph::gelu(const Value& x) {
  if (graph_.opset() >= 20) return graph_.op("Gelu", {x}, {{"approximate", std::string("tanh")}});
  constexpr float kRoot = std::numbers::sqrt2_v<float> * std::numbers::inv_sqrtpi_v<float>;
  const Value cube = graph_.op("Pow", {x, graph_.constant(3.0F)});
  const Value sum = graph_.op("Add", {x, graph_.op("Mul", {cube, graph_.constant(0.044715F)})});
  const Value tanh = graph_.op("Tanh", {graph_.op("Mul", {sum, graph_.constant(kRoot)})});
  const Value factor = graph_.op("Add", {tanh, graph_.constant(1.0F)});
  return graph_.op("Mul", {graph_.op("Mul", {x, graph_.constant(0.5F)}), factor});
}

void Gpt2Graph::head(const Value& hidden_BTD) {
  const Value last_BD =
      graph_.op("Gather", {hidden_BTD, graph_.constant(std::int64_t{-1})}, {{"axis", 1}});
  const Value logits_BV = graph_.op("Gemm", {last_BD, "transformer.wte.weight"}, {{"transB", 1}});
  graph_.op_named("probs", "Softmax", {logits_BV}, {{"axis", 1}});
}

}  // namespace

void build_gpt2_graph(GraphBuilder& graph, const space::Architecture& architecture,
                      const OnnxOptions& options) {
  Gpt2Graph(graph, architecture, options).build();
}

}  // namespace lts::deploy
