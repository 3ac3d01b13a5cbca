#include "deploy/onnx_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/file.h"
#include "space/family.h"
#include "space/seeded_weights.h"
#include "tests/expect_error.h"
#include "tests/temporary_folder.h"

namespace lts::deploy {
namespace {

using lts::testing::error_message;
using lts::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::StartsWith;

space::Architecture small(std::int32_t n_head = 4) {
  return {space::family_named("gpt2"), {3, 24, 40, n_head, 97, 32}};
}

OnnxResult write(const fs::path& path, const OnnxOptions& options = {}) {
  space::SeededWeights weights;
  return write_onnx(small(), weights, options, path);
}

onnx::ModelProto parsed(const fs::path& path) {
  onnx::ModelProto model;
  EXPECT_TRUE(model.ParseFromString(read_file(path))) << path;
  return model;
}

std::int64_t num_values(const onnx::TensorProto& tensor) {
  std::int64_t product = 1;
  for (const std::int64_t extent : tensor.dims()) product *= extent;
  return product;
}

std::vector<std::string> shape_of(const onnx::ValueInfoProto& info) {
  std::vector<std::string> out;
  for (const auto& dimension : info.type().tensor_type().shape().dim())
    out.push_back(dimension.has_dim_param() ? dimension.dim_param()
                                            : std::to_string(dimension.dim_value()));
  return out;
}

std::map<std::string, int> operators(const onnx::ModelProto& model) {
  std::map<std::string, int> out;
  for (const auto& node : model.graph().node()) ++out[node.op_type()];
  return out;
}

// The file's values of every initialiser, by name; those beside it where `data` is their file.
std::map<std::string, std::string> values_in(const onnx::ModelProto& model,
                                             const std::string& data = "") {
  std::map<std::string, std::string> out;
  for (const auto& tensor : model.graph().initializer()) {
    out[tensor.name()] = tensor.raw_data();
    if (tensor.data_location() != onnx::TensorProto::EXTERNAL) continue;
    std::map<std::string, std::string> where;
    for (const auto& entry : tensor.external_data()) where[entry.key()] = entry.value();
    EXPECT_EQ(std::stoul(where["offset"]) % 4096, 0U);
    out[tensor.name()] = data.substr(std::stoul(where["offset"]), std::stoul(where["length"]));
  }
  return out;
}

TEST(OnnxExport, InitialisersAreTheModelsParametersEachOnce) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.onnx";
  const auto result = write(path);
  EXPECT_THAT(result.files, ElementsAre(path));
  EXPECT_EQ(result.bytes, static_cast<std::int64_t>(fs::file_size(path)));
  std::int64_t total = 0;
  std::set<std::string> names;
  space::SeededWeights weights;
  const auto model = parsed(path);
  for (const auto& tensor : model.graph().initializer()) {
    EXPECT_TRUE(names.insert(tensor.name()).second) << tensor.name();
    total += num_values(tensor);
    std::vector<float> expected(static_cast<std::size_t>(num_values(tensor)));
    weights.read({.name = tensor.name(), .shape = {tensor.dims().begin(), tensor.dims().end()}}, 0,
                 expected);
    ASSERT_EQ(tensor.raw_data().size(), expected.size() * sizeof(float)) << tensor.name();
    EXPECT_EQ(std::memcmp(tensor.raw_data().data(), expected.data(), tensor.raw_data().size()), 0);
  }
  EXPECT_EQ(total, small().family().counts(small()).total_params());
  EXPECT_EQ(names.size(), 3 * 12 + 4U);
  EXPECT_TRUE(names.contains("transformer.h.2.attn.c_attn.weight"));
}

TEST(OnnxExport, NamesAndFixesDimensions) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.onnx";
  write(path);
  auto graph = parsed(path).graph();
  ASSERT_EQ(graph.input_size(), 1);
  EXPECT_THAT(shape_of(graph.input(0)), ElementsAre("batch_size", "seq_len"));
  EXPECT_EQ(graph.output(0).name(), "probs");
  EXPECT_THAT(shape_of(graph.output(0)), ElementsAre("batch_size", "97"));
  write(path, {.with_past = true});
  graph = parsed(path).graph();
  ASSERT_EQ(graph.input_size(), 4);
  ASSERT_EQ(graph.output_size(), 4);
  EXPECT_EQ(graph.input(3).name(), "past_2");
  EXPECT_THAT(shape_of(graph.input(3)), ElementsAre("2", "batch_size", "4", "past_seq_len", "6"));
  EXPECT_EQ(graph.output(3).name(), "present_2");
  EXPECT_THAT(shape_of(graph.output(3)), ElementsAre("2", "batch_size", "4", "total_seq_len", "6"));
  write(path, {.batch_size = 2, .sequence_length = 5, .with_past = true, .past_length = 27});
  graph = parsed(path).graph();
  EXPECT_THAT(shape_of(graph.input(0)), ElementsAre("2", "5"));
  EXPECT_THAT(shape_of(graph.input(1)), ElementsAre("2", "2", "4", "27", "6"));
  EXPECT_THAT(shape_of(graph.output(1)), ElementsAre("2", "2", "4", "32", "6"));
}

TEST(OnnxExport, UsesTheOperatorsThatTheSetHas) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.onnx";
  const auto at = [&](int opset) {
    write(path, {.opset = opset});
    const auto model = parsed(path);
    EXPECT_EQ(model.opset_import(0).version(), opset);
    return operators(model);
  };
  auto found = at(16);
  EXPECT_EQ(found["LayerNormalization"], 0);
  EXPECT_EQ(found["ReduceMean"], 2 * (2 * 3 + 1));
  found = at(17);
  EXPECT_EQ(found["LayerNormalization"], 2 * 3 + 1);
  EXPECT_EQ(found["Tanh"], 3);
  found = at(20);
  EXPECT_EQ(found["Gelu"], 3);
  EXPECT_EQ(found["Tanh"], 0);
}

TEST(OnnxExport, TheSameArgumentsGiveTheSameBytes) {
  const TemporaryFolder folder;
  write(folder.path() / "a.onnx");
  write(folder.path() / "b.onnx");
  EXPECT_EQ(read_file(folder.path() / "a.onnx"), read_file(folder.path() / "b.onnx"));
}

TEST(OnnxExport, PutsWeightsBesideTheFileThatIsTooLarge) {
  const TemporaryFolder folder;
  const auto whole = folder.path() / "whole.onnx", split = folder.path() / "split.onnx";
  const std::int64_t bytes = write(whole).bytes;
  EXPECT_THAT(write(whole, {.max_file_bytes = bytes}).files, ElementsAre(whole));
  const auto result = write(split, {.max_file_bytes = bytes - 1});
  const auto data = folder.path() / "split.onnx.data";
  EXPECT_THAT(result.files, ElementsAre(split, data));
  EXPECT_EQ(result.bytes, static_cast<std::int64_t>(fs::file_size(split) + fs::file_size(data)));
  EXPECT_EQ(values_in(parsed(split), read_file(data)), values_in(parsed(whole)));
}

TEST(OnnxExport, SaysWhichArchitectureItIs) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.onnx";
  write(path);
  const auto model = parsed(path);
  EXPECT_EQ(model.producer_name(), "lts");
  EXPECT_EQ(model.graph().name(), "gpt2:n_layer=3,d_model=24,d_inner=40,n_head=4");
  EXPECT_EQ(model.metadata_props(0).value(), space::archid(small()));
  EXPECT_EQ(nlohmann::json::parse(model.metadata_props(1).value()), space::config_json(small()));
}

TEST(OnnxExport, RefusesWhatNoGraphCanHave) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "x.onnx";
  const auto message = [&](const OnnxOptions& options) {
    return error_message([&] { write(path, options); });
  };
  EXPECT_EQ(message({.opset = 12}), "ONNX opset 12; accepted: 13 to 20");
  EXPECT_EQ(message({.opset = 21}), "ONNX opset 21; accepted: 13 to 20");
  EXPECT_EQ(message({.batch_size = 0}), "batch size is 0; accepted: 1 or more");
  EXPECT_EQ(message({.sequence_length = 33}),
            "sequence of 33 tokens; the model's max_sequence_length is 32");
  EXPECT_EQ(message({.sequence_length = 5, .with_past = true, .past_length = 28}),
            "sequence of 5 tokens after 28; the model's max_sequence_length is 32");
  EXPECT_EQ(message({.with_past = true, .past_length = 32}),
            "sequence of 1 tokens after 32; the model's max_sequence_length is 32");
  space::SeededWeights weights;
  EXPECT_EQ(error_message([&] { write_onnx(small(5), weights, {}, path); }),
            "d_model 24 is not divisible by n_head 5");
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST(OnnxExport, RefusesAFamilyWithoutAGraph) {
  const TemporaryFolder folder;
  const space::Architecture llama(space::family_named("llama"), {1, 8, 8, 2, 1, 10, 6});
  space::SeededWeights weights;
  EXPECT_EQ(error_message([&] { write_onnx(llama, weights, {}, folder.path() / "m.onnx"); }),
            "family 'llama' has no ONNX graph; those with one: gpt2, gpt2_flex");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(OnnxExport, NamesTheFileItCannotWrite) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "none" / "x.onnx";
  EXPECT_THAT(error_message([&] { write(path); }, ErrorKind::kRuntime),
              StartsWith(path.string() + ": cannot be written: No such file"));
}

}  // namespace
}  // namespace lts::deploy
