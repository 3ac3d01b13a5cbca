// onnx_probe ARCH OPTIONS OUT: the ONNX file of an architecture with seeded weights.
//   OPTIONS  JSON: batch, sequence, with_past, past, opset, max_file_bytes, deviation

#include <nlohmann/json.hpp>

#include "core/json_file.h"
#include "deploy/onnx_export.h"
#include "space/arch_argument.h"
#include "space/seeded_weights.h"
#include "tests/oracle/probe_main.h"

namespace {

std::optional<std::int64_t> optional_length(const nlohmann::json& options, const char* key) {
  if (!options.contains(key)) return std::nullopt;
  return options[key].get<std::int64_t>();
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 3) return 2;
  const auto architecture = lts::space::parse_arch_argument(arguments[0], "");
  const auto options = lts::parse_json(arguments[1], "OPTIONS");
  lts::deploy::OnnxOptions form{.batch_size = optional_length(options, "batch"),
                                .sequence_length = optional_length(options, "sequence"),
                                .with_past = options.value("with_past", false),
                                .past_length = optional_length(options, "past")};
  form.opset = options.value("opset", form.opset);
  form.max_file_bytes = options.value("max_file_bytes", form.max_file_bytes);
  lts::space::SeededWeights weights(1, options.value("deviation", 0.02));
  lts::deploy::write_onnx(architecture, weights, form, arguments[2]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
