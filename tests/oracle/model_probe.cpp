// What model_oracle.py asks of lts_model:
//   model_probe logits    MODEL_DIR TOKENS OUT   logits of tokens_BT
//   model_probe gradients MODEL_DIR TOKENS OUT   "loss" and the gradient of every parameter
//   model_probe init      ARCH SEED OUT          a folder with initialised weights
// TOKENS and OUT are safetensors files; gradients go by Hugging Face's names and orientation.
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include "core/file.h"
#include "space/arch_argument.h"
#include "space/model_folder.h"
#include "space/tensor_file.h"
#include "tests/oracle/probe_main.h"

namespace {

using lts::space::LanguageModel;
using lts::space::NamedTensors;

torch::Tensor read_tokens(const std::string& file) {
  return lts::space::read_tensor_file(file).at("tokens");
}

void write_tensors(const std::string& file, const NamedTensors& tensors) {
  lts::write_file_atomic(file, lts::space::tensor_file_bytes(tensors));
}

void write_logits(const std::string& folder, const std::string& tokens, const std::string& out) {
  const torch::NoGradGuard no_grad;
  const auto model = lts::space::load_model(folder);
  write_tensors(out, {{"logits", model->head(model->trunk(read_tokens(tokens)))}});
}

void write_gradients(const std::string& folder, const std::string& tokens, const std::string& out) {
  const auto model = lts::space::load_model(folder);
  const auto tokens_BT = read_tokens(tokens);
  const auto logits_BTV = model->head(model->trunk(tokens_BT));
  const std::int64_t length = tokens_BT.size(1);
  const auto loss = torch::cross_entropy_loss(logits_BTV.narrow(1, 0, length - 1).flatten(0, 1),
                                              tokens_BT.narrow(1, 1, length - 1).flatten());
  loss.backward();
  const auto names = model->stored_transposed();
  const std::set<std::string> transposed(names.begin(), names.end());
  NamedTensors results{{"loss", loss}};
  for (const auto& item : model->named_parameters()) {
    const auto gradient = item.value().grad();
    results[item.key()] = transposed.contains(item.key()) ? gradient.t() : gradient;
  }
  write_tensors(out, results);
}

void init_model(const std::string& text, const std::string& seed, const std::string& out) {
  const auto model = lts::space::make_model(lts::space::parse_arch_argument(text, ""));
  torch::manual_seed(std::stoull(seed));
  model->init_weights();
  std::filesystem::create_directories(out);
  for (const auto& [name, content] : lts::space::model_files(*model))
    lts::write_file_atomic(std::filesystem::path(out) / name, content);
}

int run(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) return 2;
  const auto& [command, first, second, out] =
      std::tie(arguments[0], arguments[1], arguments[2], arguments[3]);
  if (command == "logits") write_logits(first, second, out);
  if (command == "gradients") write_gradients(first, second, out);
  if (command == "init") init_model(first, second, out);
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return probe_main(argc, argv, run); }
