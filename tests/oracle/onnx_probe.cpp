// onnx_probe GENES OPTIONS OUT: the ONNX file of a GPT-2 with seeded weights.
//   GENES    n_layer,d_model,d_inner,n_head,vocab_size,max_sequence_length
//   OPTIONS  JSON: batch, sequence, with_past, past, opset, max_file_bytes, deviation

#include <nlohmann/json.hpp>

#include "core/json_file.h"
#include "core/text.h"
#include "deploy/onnx_export.h"
#include "space/family.h"
#include "space/seeded_weights.h"
#include "tests/oracle/probe_main.h"

namespace {

std::optional<std::int64_t> optional_length(const nlohmann::json& options, const char* key) {
  if (!options.contains(key)) return std::nullopt;
  return options[key].get<std::int64_t>();
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) return 2;
  std::vector<std::int32_t> genes;
  for (const std::string& gene : lts::split(arguments[0], ',')) genes.push_back(std::stoi(gene));
  const auto options = lts::parse_json(arguments[1], "OPTIONS");
  lts::deploy::OnnxOptions form{.batch_size = optional_length(options, "batch"),
                                .sequence_length = optional_length(options, "sequence"),
                                .with_past = options.value("with_past", false),
                                .past_length = optional_length(options, "past")};
  form.opset = options.value("opset", form.opset);
  form.max_file_bytes = options.value("max_file_bytes", form.max_file_bytes);
  lts::space::SeededWeights weights(1, options.value("deviation", 0.02));
  const lts::space::Architecture architecture(lts::space::family_named("gpt2"), std::move(genes));
  lts::deploy::write_onnx(architecture, weights, form, arguments[2]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
