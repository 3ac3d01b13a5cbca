// What forward_oracle.py and experiments/latency ask of the inference form, on standard input a
// JSON request a line, on standard output a JSON answer a line:
//   {"model": MODEL_DIR, "dtype", "threads", "tokens": [ids]}  -> {"log_probabilities": [...]}
//   {"architecture": "gpt2:...", "dtype", "threads", "batch_size", "sequence_length",
//   "past_length",
//    "new_tokens", "runs"}                                     -> {"samples_s", "memory"}
//   {"product": [rows, inputs, outputs], "threads", "runs"}    -> {"samples_s"} of one LibTorch
//   matmul
// The architecture loaded last stays loaded.
#include <torch/torch.h>

#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "predictor/measuring_loop.h"
#include "predictor/profilers/torch_device.h"
#include "space/arch_argument.h"
#include "space/inference_model.h"
#include "space/model_folder.h"

namespace {

using nlohmann::json;
namespace predictor = lts::predictor;
namespace space = lts::space;

space::Precision precision_of(const std::string& dtype) {
  if (dtype == "bfloat16") return space::Precision::kBfloat16;
  return dtype == "int8" ? space::Precision::kInt8 : space::Precision::kFloat32;
}

json log_probabilities(const json& request) {
  at::set_num_threads(request.value("threads", 1));
  const auto dtype = request.value("dtype", "float32");
  const auto model = space::load_model(request.at("model").get<std::string>());
  if (dtype == "bfloat16") model->to(torch::kBFloat16);
  const auto inference = space::make_inference(model, precision_of(dtype));
  const auto ids = request.at("tokens").get<std::vector<std::int64_t>>();
  const auto hidden_BTD = inference->trunk(torch::tensor(ids).unsqueeze(0));
  const auto logits_V = inference->head(hidden_BTD.select(1, -1)).squeeze(0).to(torch::kFloat32);
  const auto log_V = logits_V.log_softmax(-1).contiguous();
  return {{"log_probabilities",
           std::vector<float>(log_V.data_ptr<float>(), log_V.data_ptr<float>() + log_V.numel())}};
}

/// The device and the model asked for last.
struct Loaded {
  json protocol;
  std::string architecture;
  std::shared_ptr<predictor::Device> device;
  std::unique_ptr<predictor::LoadedModel> model;
};

json time_architecture(const json& request, Loaded& loaded) {
  json protocol = request;
  protocol.erase("architecture");
  protocol.erase("runs");
  const auto name = request.at("architecture").get<std::string>();
  if (loaded.protocol != protocol) {
    loaded.model.reset();
    loaded.device =
        predictor::make_torch_device({.threads = request.value("threads", 1),
                                      .dtype = request.value("dtype", "float32"),
                                      .batch_size = request.value("batch_size", 1),
                                      .sequence_length = request.value("sequence_length", 192),
                                      .past_length = request.value("past_length", 0),
                                      .new_tokens = request.value("new_tokens", 0)});
    loaded.protocol = protocol;
  }
  if (!loaded.model || loaded.architecture != name) {
    loaded.model.reset();
    loaded.model = loaded.device->load(space::parse_arch_argument(name, {}));
    loaded.architecture = name;
  }
  const auto samples_s = loaded.model->time_runs(request.value("runs", 1));
  const auto memory = loaded.model->memory();
  json out = {{"samples_s", samples_s}, {"weight_bytes", memory.weight_bytes}};
  if (memory.peak_bytes) out["peak_bytes"] = *memory.peak_bytes;
  if (memory.resident_peak_bytes) out["resident_peak_bytes"] = *memory.resident_peak_bytes;
  if (memory.liveness_peak_bytes) out["liveness_peak_bytes"] = *memory.liveness_peak_bytes;
  return out;
}

json time_product(const json& request) {
  const c10::InferenceMode inference;
  at::set_num_threads(request.value("threads", 1));
  const auto shape = request.at("product").get<std::vector<std::int64_t>>();
  const auto left = torch::randn({shape.at(0), shape.at(1)});
  const auto right = torch::randn({shape.at(1), shape.at(2)});
  auto out = torch::empty({shape.at(0), shape.at(2)});
  std::vector<double> samples_s;
  for (int i = 0; i < request.value("runs", 1); ++i) {
    const double start_s = predictor::steady_now_s();
    at::mm_out(out, left, right);
    samples_s.push_back(predictor::steady_now_s() - start_s);
  }
  return {{"samples_s", samples_s}};
}

json answer(const json& request, Loaded& loaded) {
  if (request.contains("model")) return log_probabilities(request);
  if (request.contains("product")) return time_product(request);
  return time_architecture(request, loaded);
}

}  // namespace

int main() {
  Loaded loaded;
  for (std::string line; std::getline(std::cin, line);) {
    try {
      std::cout << answer(json::parse(line), loaded) << std::endl;
    } catch (const std::exception& error) {
      std::cout << json{{"error", error.what()}} << std::endl;
    }
  }
}
