#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "space/weight_source.h"

namespace lts::deploy {

/// The name of a tensor in the graph; "" is an optional input that is left out.
using Value = std::string;
using Ints = std::vector<std::int64_t>;
using Attribute = std::pair<std::string_view, std::variant<std::int64_t, float, std::string, Ints>>;
using Attributes = std::vector<Attribute>;

/// A dimension of an input or output: a number or a symbol.
using Dimension = std::variant<std::int64_t, std::string>;

/// Builds an ONNX graph node by node, in order of computation. Names of nodes and values carry the
/// scope they were made in: "h.0/attn/MatMul_3".
class GraphBuilder {
 public:
  explicit GraphBuilder(int opset) : opset_(opset) {}

  int opset() const { return opset_; }
  void set_scope(std::string scope) { scope_ = std::move(scope); }

  Value input(const std::string& name, onnx::TensorProto::DataType type,
              const std::vector<Dimension>& shape);
  /// Declares `value` (an output of op named so) an output of the graph.
  void output(const Value& value, onnx::TensorProto::DataType type,
              const std::vector<Dimension>& shape);
  /// A weight; its values are written when the file is.
  Value weight(const std::string& name, Ints shape);

  Value constant(std::int64_t value);  ///< of no dimension
  Value constant(const Ints& values);  ///< of one dimension
  Value constant(float value);         ///< of no dimension
  /// A lower triangle of ones in [1, 1, length, length], bool.
  Value causal_mask(std::int64_t length);

  Value op(const std::string& type, std::vector<Value> inputs, const Attributes& attributes = {});
  /// The same with the output's name given.
  Value op_named(const Value& output, const std::string& type, std::vector<Value> inputs,
                 const Attributes& attributes = {});
  std::vector<Value> op_many(int num_outputs, const std::string& type, std::vector<Value> inputs,
                             const Attributes& attributes = {});

  /// The weights in the order of their use, without values in graph().
  const std::vector<space::WeightSpec>& weights() const { return weights_; }
  onnx::GraphProto& graph() { return graph_; }

 private:
  Value fresh_name(const std::string& type);
  void add_node(const std::string& type, const std::vector<Value>& inputs,
                const std::vector<Value>& outputs, const Attributes& attributes);
  Value add_constant(onnx::TensorProto tensor);

  int opset_;
  int count_ = 0;
  std::string scope_;
  onnx::GraphProto graph_;
  std::vector<space::WeightSpec> weights_;
};

}  // namespace lts::deploy
