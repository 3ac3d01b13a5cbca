#include "deploy/onnx_file.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/file.h"

namespace lts::deploy {

namespace {

using google::protobuf::internal::WireFormatLite;
using space::WeightSpec;

constexpr std::int64_t kChunkValues = 1 << 20;
constexpr std::int64_t kDataAlignment = 4096;  // a page: what readers that map the file ask for

std::int64_t num_bytes(const WeightSpec& weight) {
  return weight.num_values() * static_cast<std::int64_t>(sizeof(float));
}

// The beginning of a field of `size` bytes in protobuf's wire format: tag and length.
std::string field_header(int field, std::int64_t size) {
  std::string out;
  google::protobuf::io::StringOutputStream stream(&out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.WriteTag(WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED));
  coded.WriteVarint64(static_cast<std::uint64_t>(size));
  coded.Trim();
  return out;
}

onnx::TensorProto tensor_of(const WeightSpec& weight) {
  onnx::TensorProto tensor;
  tensor.set_name(weight.name);
  tensor.set_data_type(onnx::TensorProto::FLOAT);
  tensor.mutable_dims()->Assign(weight.shape.begin(), weight.shape.end());
  return tensor;
}

void append_values(PendingFile& file, const WeightSpec& weight, space::WeightSource& values) {
  std::vector<float> chunk;
  const std::int64_t total = weight.num_values();
  for (std::int64_t first = 0; first < total; first += kChunkValues) {
    chunk.resize(static_cast<std::size_t>(std::min(kChunkValues, total - first)));
    values.read(weight, first, chunk);
    file.append({reinterpret_cast<const char*>(chunk.data()), chunk.size() * sizeof(float)});
  }
}

// All of an initialiser's field but the values, which end it.
std::string inline_header(const WeightSpec& weight) {
  const std::string tensor = tensor_of(weight).SerializeAsString();
  const std::string raw = field_header(onnx::TensorProto::kRawDataFieldNumber, num_bytes(weight));
  const std::int64_t size = std::ssize(tensor) + std::ssize(raw) + num_bytes(weight);
  return field_header(onnx::GraphProto::kInitializerFieldNumber, size) + tensor + raw;
}

// The model without its graph, and the graph, which ends it: initialisers are appended.
struct Skeleton {
  std::string model, graph;

  explicit Skeleton(const onnx::ModelProto& whole) : graph(whole.graph().SerializeAsString()) {
    onnx::ModelProto rest = whole;
    rest.clear_graph();
    model = rest.SerializeAsString();
  }

  std::string bytes(std::int64_t initialiser_bytes) const {
    return model +
           field_header(onnx::ModelProto::kGraphFieldNumber,
                        std::ssize(graph) + initialiser_bytes) +
           graph;
  }
};

void write_inline(const Skeleton& skeleton, std::int64_t initialiser_bytes,
                  std::span<const WeightSpec> weights, space::WeightSource& values,
                  PendingFile& file) {
  file.append(skeleton.bytes(initialiser_bytes));
  for (const WeightSpec& weight : weights) {
    file.append(inline_header(weight));
    append_values(file, weight, values);
  }
}

void set_location(onnx::TensorProto& tensor, const std::string& file_name, std::int64_t offset,
                  std::int64_t length) {
  tensor.set_data_location(onnx::TensorProto::EXTERNAL);
  const auto add = [&](const char* key, const std::string& value) {
    auto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  };
  add("location", file_name);
  add("offset", std::to_string(offset));
  add("length", std::to_string(length));
}

void pad(PendingFile& file) {
  const std::int64_t over = file.size() % kDataAlignment;
  if (over != 0) file.append(std::string(static_cast<std::size_t>(kDataAlignment - over), '\0'));
}

// The initialisers that point into `data`, whose values are written there.
std::string write_external(std::span<const WeightSpec> weights, space::WeightSource& values,
                           const std::string& file_name, PendingFile& data) {
  std::string initialisers;
  for (const WeightSpec& weight : weights) {
    pad(data);
    onnx::TensorProto tensor = tensor_of(weight);
    set_location(tensor, file_name, data.size(), num_bytes(weight));
    append_values(data, weight, values);
    const std::string bytes = tensor.SerializeAsString();
    initialisers += field_header(onnx::GraphProto::kInitializerFieldNumber, std::ssize(bytes));
    initialisers += bytes;
  }
  return initialisers;
}

}  // namespace

OnnxResult write_onnx_file(const onnx::ModelProto& model, std::span<const WeightSpec> weights,
                           space::WeightSource& values, std::int64_t max_file_bytes,
                           const fs::path& path) {
  const Skeleton skeleton(model);
  std::int64_t inline_bytes = 0;
  for (const WeightSpec& weight : weights)
    inline_bytes += std::ssize(inline_header(weight)) + num_bytes(weight);
  PendingFile file(path);
  if (std::ssize(skeleton.bytes(inline_bytes)) + inline_bytes <= max_file_bytes) {
    write_inline(skeleton, inline_bytes, weights, values, file);
    file.commit();
    return {.files = {path}, .bytes = file.size()};
  }
  const fs::path data_path = path.string() + ".data";
  PendingFile data(data_path);
  const std::string initialisers =
      write_external(weights, values, data_path.filename().string(), data);
  file.append(skeleton.bytes(std::ssize(initialisers)) + initialisers);
  data.commit();
  file.commit();
  return {.files = {path, data_path}, .bytes = file.size() + data.size()};
}

}  // namespace lts::deploy
