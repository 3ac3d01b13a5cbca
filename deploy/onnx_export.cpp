#include "deploy/onnx_export.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/python_json.h"
#include "core/text.h"
#include "deploy/gpt2_graph.h"
#include "deploy/graph_builder.h"
#include "deploy/onnx_file.h"
#include "space/family.h"

namespace lts::deploy {

namespace {

struct FamilyGraph {
  std::string_view name;
  void (*build)(GraphBuilder&, const space::Architecture&, const OnnxOptions&);
};

// One line a family.
constexpr std::array kFamilyGraphs{
    FamilyGraph{"gpt2", build_gpt2_graph},
    FamilyGraph{"gpt2_flex", build_gpt2_graph},
};

const FamilyGraph& graph_of(const space::Family& family) {
  std::vector<std::string> names;
  for (const auto& entry : kFamilyGraphs) {
    if (entry.name == family.name()) return entry;
    names.emplace_back(entry.name);
  }
  throw user_error("family '" + std::string(family.name()) +
                   "' has no ONNX graph; those with one: " + join(names, ", "));
}

// The version of the file format that came with an operator set.
std::int64_t ir_version(int opset) { return opset >= 19 ? 9 : opset >= 15 ? 8 : 7; }

void require_positive(const char* what, const std::optional<std::int64_t>& length) {
  if (length && *length < 1)
    throw user_error(std::string(what) + " is " + std::to_string(*length) +
                     "; accepted: 1 or more");
}

void add_metadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
  auto& entry = *model.add_metadata_props();
  entry.set_key(key);
  entry.set_value(value);
}

onnx::ModelProto model_of(const space::Architecture& architecture, int opset) {
  onnx::ModelProto model;
  model.set_ir_version(ir_version(opset));
  model.set_producer_name("lts");
  model.add_opset_import()->set_version(opset);
  add_metadata(model, "archid", space::archid(architecture));
  add_metadata(model, "config", python_json(space::config_json(architecture)));
  return model;
}

}  // namespace

void check_onnx_options(const space::Architecture& architecture, const OnnxOptions& options) {
  graph_of(architecture.family());
  if (options.opset < kMinOpset || options.opset > kMaxOpset)
    throw user_error("ONNX opset " + std::to_string(options.opset) + "; accepted: " +
                     std::to_string(kMinOpset) + " to " + std::to_string(kMaxOpset));
  require_positive("batch size", options.batch_size);
  require_positive("sequence length", options.sequence_length);
  require_positive("past length", options.past_length);
  LTS_ASSERT(options.with_past || !options.past_length);
  const std::int64_t past = options.past_length.value_or(0);
  const std::int64_t positions = past + options.sequence_length.value_or(1);
  const std::int64_t most = architecture.scalar("max_sequence_length");
  if (positions > most)
    throw user_error("sequence of " + std::to_string(options.sequence_length.value_or(1)) +
                     (past > 0 ? " tokens after " + std::to_string(past) : " tokens") +
                     "; the model's max_sequence_length is " + std::to_string(most));
}

OnnxResult write_onnx(const space::Architecture& architecture, space::WeightSource& weights,
                      const OnnxOptions& options, const std::filesystem::path& path) {
  if (const auto flaw = architecture.family().flaw(architecture)) throw user_error(*flaw);
  const FamilyGraph& family = graph_of(architecture.family());
  check_onnx_options(architecture, options);
  GraphBuilder graph(options.opset);
  family.build(graph, architecture, options);
  graph.graph().set_name(space::summary(architecture));
  onnx::ModelProto model = model_of(architecture, options.opset);
  model.mutable_graph()->Swap(&graph.graph());
  return write_onnx_file(model, graph.weights(), weights, options.max_file_bytes, path);
}

}  // namespace lts::deploy
