// What inference_oracle.py asks of lts_train:
//   inference_probe continue MODEL_DIR DTYPE MAX_NEW_TOKENS PROMPT_ID...   greedily, JSON
//   inference_probe log_probabilities MODEL_DIR DTYPE PROMPT_ID...   of what follows, JSON
//   inference_probe export   ARCH SEED OUT                           with GPT-2's tokenizer
//   inference_probe choices  LOGITS TEMPERATURE TOP_K TOP_P          what may be sampled, JSON
#include <torch/torch.h>

#include <chrono>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "space/arch_argument.h"
#include "space/model_folder.h"
#include "space/tensor_file.h"
#include "train/export.h"
#include "train/generate.h"

namespace {

using nlohmann::json;

std::string stop_name(lts::train::StopReason stop) {
  if (stop == lts::train::StopReason::kEndOfText) return "end_of_text";
  return stop == lts::train::StopReason::kContextFull ? "context_full" : "max_new_tokens";
}

lts::space::InferencePtr loaded(const std::string& folder, const std::string& dtype) {
  return lts::train::ready_to_generate(
      lts::space::load_model(folder),
      dtype == "bfloat16" ? lts::train::Precision::kBfloat16 : lts::train::Precision::kFloat32);
}

std::vector<lts::train::TokenId> ids_of(std::span<const std::string> words) {
  std::vector<lts::train::TokenId> ids;
  for (const auto& word : words) ids.push_back(std::stoi(word));
  return ids;
}

json continue_greedily(const std::vector<std::string>& arguments) {
  const auto model = loaded(arguments[1], arguments[2]);
  const auto prompt = ids_of(std::span(arguments).subspan(4));
  const lts::train::GenerateOptions options{
      .max_new_tokens = std::stoll(arguments[3]),
      .sampling = {.decoding = lts::train::Decoding::kGreedy},
      .eos_token_ids = lts::space::read_eos_token_ids(arguments[1])};
  const auto start = std::chrono::steady_clock::now();
  const auto result = lts::train::continue_ids(*model, prompt, options);
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return {{"new_ids", result.new_ids},
          {"stop", stop_name(result.stop)},
          {"tokens_per_s", static_cast<double>(result.new_ids.size()) / elapsed.count()}};
}

json log_probabilities(const std::vector<std::string>& arguments) {
  const auto model = loaded(arguments[1], arguments[2]);
  const auto tokens_BT =
      torch::tensor(ids_of(std::span(arguments).subspan(3)), torch::kInt64).unsqueeze(0);
  const auto last_BD = model->trunk(tokens_BT).select(1, tokens_BT.size(1) - 1);
  const auto log_V = model->head(last_BD).to(torch::kFloat32).flatten().log_softmax(0);
  const auto* const begin = log_V.const_data_ptr<float>();
  return std::vector<float>(begin, begin + log_V.numel());
}

json export_architecture(const std::vector<std::string>& arguments) {
  const auto architecture = lts::space::parse_arch_argument(arguments[1], "");
  const auto tokenizer =
      lts::train::Tokenizer::from_gpt2_files(lts::train::gpt2_tokenizer_folder());
  const auto result = lts::train::export_model(
      architecture, &tokenizer, {.output = arguments[3], .seed = std::stoull(arguments[2])});
  return {{"path", result.path.string()}, {"bytes", result.bytes}};
}

json list_choices(const std::vector<std::string>& arguments) {
  const auto logits = lts::space::read_tensor_file(arguments[1]).at("logits");
  const lts::train::SamplingOptions options{.temperature = std::stod(arguments[2]),
                                            .top_p = std::stod(arguments[4]),
                                            .top_k = std::stoll(arguments[3])};
  json ids = json::array(), probabilities = json::array();
  const std::span values(logits.data_ptr<float>(), static_cast<std::size_t>(logits.numel()));
  for (const auto& choice : lts::train::choices(values, options)) {
    ids.push_back(choice.id);
    probabilities.push_back(choice.probability);
  }
  return {{"ids", ids}, {"probabilities", probabilities}};
}

json run(const std::vector<std::string>& arguments) {
  if (arguments.at(0) == "continue") return continue_greedily(arguments);
  if (arguments.at(0) == "log_probabilities") return log_probabilities(arguments);
  if (arguments.at(0) == "export") return export_architecture(arguments);
  if (arguments.at(0) == "choices") return list_choices(arguments);
  throw std::invalid_argument("no such command: " + arguments[0]);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    std::cout << run({argv + 1, argv + argc}) << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
