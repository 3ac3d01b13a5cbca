#include "deploy/graph_builder.h"

#include <bit>

namespace lts::deploy {

namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

using onnx::AttributeProto;
using onnx::TensorProto;

struct SetAttribute {
  AttributeProto& attribute;

  void operator()(std::int64_t value) const {
    attribute.set_type(AttributeProto::INT);
    attribute.set_i(value);
  }
  void operator()(float value) const {
    attribute.set_type(AttributeProto::FLOAT);
    attribute.set_f(value);
  }
  void operator()(const std::string& value) const {
    attribute.set_type(AttributeProto::STRING);
    attribute.set_s(value);
  }
  void operator()(const Ints& values) const {
    attribute.set_type(AttributeProto::INTS);
    attribute.mutable_ints()->Assign(values.begin(), values.end());
  }
};

void describe(onnx::ValueInfoProto& info, const std::string& name, TensorProto::DataType type,
              const std::vector<Dimension>& shape) {
  info.set_name(name);
  auto& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  for (const Dimension& dimension : shape) {
    auto& out = *tensor.mutable_shape()->add_dim();
    if (const auto* symbol = std::get_if<std::string>(&dimension))
      out.set_dim_param(*symbol);
    else
      out.set_dim_value(std::get<std::int64_t>(dimension));
  }
}

template <typename T>
TensorProto tensor_of(TensorProto::DataType type, const Ints& shape, const std::vector<T>& values) {
  TensorProto tensor;
  tensor.set_data_type(type);
  tensor.mutable_dims()->Assign(shape.begin(), shape.end());
  tensor.set_raw_data(values.data(), values.size() * sizeof(T));
  return tensor;
}

}  // namespace

Value GraphBuilder::input(const std::string& name, TensorProto::DataType type,
                          const std::vector<Dimension>& shape) {
  describe(*graph_.add_input(), name, type, shape);
  return name;
}

void GraphBuilder::output(const Value& value, TensorProto::DataType type,
                          const std::vector<Dimension>& shape) {
  describe(*graph_.add_output(), value, type, shape);
}

Value GraphBuilder::weight(const std::string& name, Ints shape) {
  weights_.push_back({.name = name, .shape = std::move(shape)});
  return name;
}

Value GraphBuilder::constant(std::int64_t value) {
  return add_constant(tensor_of<std::int64_t>(TensorProto::INT64, {}, {value}));
}

Value GraphBuilder::constant(const Ints& values) {
  return add_constant(tensor_of(TensorProto::INT64, {std::ssize(values)}, values));
}

Value GraphBuilder::constant(float value) {
  return add_constant(tensor_of<float>(TensorProto::FLOAT, {}, {value}));
}

Value GraphBuilder::causal_mask(std::int64_t length) {
  std::vector<char> seen(static_cast<std::size_t>(length * length));
  for (std::int64_t row = 0; row < length; ++row)
    std::fill_n(seen.begin() + row * length, row + 1, 1);
  return add_constant(tensor_of(TensorProto::BOOL, {1, 1, length, length}, seen));
}

Value GraphBuilder::op(const std::string& type, std::vector<Value> inputs,
                       const Attributes& attributes) {
  return op_named(fresh_name(type), type, std::move(inputs), attributes);
}

Value GraphBuilder::op_named(const Value& output, const std::string& type,
                             std::vector<Value> inputs, const Attributes& attributes) {
  add_node(type, inputs, {output}, attributes);
  return output;
}

std::vector<Value> GraphBuilder::op_many(int num_outputs, const std::string& type,
                                         std::vector<Value> inputs, const Attributes& attributes) {
  const Value name = fresh_name(type);
  std::vector<Value> outputs;
  for (int i = 0; i < num_outputs; ++i) outputs.push_back(name + "." + std::to_string(i));
  add_node(type, inputs, outputs, attributes);
  return outputs;
}

Value GraphBuilder::fresh_name(const std::string& type) {
  return scope_ + "/" + type + "_" + std::to_string(count_++);
}

void GraphBuilder::add_node(const std::string& type, const std::vector<Value>& inputs,
                            const std::vector<Value>& outputs, const Attributes& attributes) {
  auto& node = *graph_.add_node();
  node.set_op_type(type);
  node.set_name(outputs.front());
  for (const Value& input : inputs) node.add_input(input);
  for (const Value& output : outputs) node.add_output(output);
  for (const auto& [name, value] : attributes) {
    auto& attribute = *node.add_attribute();
    attribute.set_name(std::string(name));
    std::visit(SetAttribute{attribute}, value);
  }
}

Value GraphBuilder::add_constant(TensorProto tensor) {
  const Value name = fresh_name("Constant");
  add_node("Constant", {}, {name}, {});
  auto& attribute = *graph_.mutable_node(graph_.node_size() - 1)->add_attribute();
  attribute.set_name("value");
  attribute.set_type(AttributeProto::TENSOR);
  *attribute.mutable_t() = std::move(tensor);
  return name;
}

}  // namespace lts::deploy
