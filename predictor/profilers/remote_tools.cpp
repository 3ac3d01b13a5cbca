#include "predictor/profilers/remote_tools.h"

#include <torch/torch.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.h"
#include "deploy/onnx_export.h"
#include "space/language_model.h"
#include "space/model_weights.h"
#include "space/seeded_weights.h"

namespace lts::predictor {
namespace {

using space::Architecture;

constexpr std::uint64_t kSeed = 1;
constexpr double kDeviation = 0.05;  // makes a wrong layer visible in the logits

deploy::OnnxOptions onnx_options(const ArtifactOptions& options) {
  deploy::OnnxOptions out;
  out.batch_size = options.batch_size;
  out.sequence_length = options.sequence_length;
  out.with_past = options.with_past;
  out.past_length = options.past_length;
  out.opset = options.opset;
  return out;
}

/// A past of zeros, as the devices' programs are to feed it (docs/protocol.md). Its shape is what
/// the model makes of one position.
space::KvCache zero_past(space::LanguageModel& model, const HardwareConfig& config) {
  space::KvCache cache(model.architecture().n_layer(), config.positions());
  model.trunk(torch::zeros({config.batch_size, 1}, torch::kInt64), &cache);
  cache.fill_with_zeros(config.past_length);
  return cache;
}

std::vector<double> log_probabilities(const Architecture& architecture,
                                      const HardwareConfig& config, space::WeightSource& weights) {
  const c10::InferenceMode inference;
  const space::ModelPtr model = space::make_model(architecture);
  model->eval();
  space::copy_weights(*model, weights);
  std::optional<space::KvCache> cache;
  if (config.past_length > 0) cache = zero_past(*model, config);
  const auto tokens_BT = torch::zeros({config.batch_size, config.sequence_length}, torch::kInt64);
  const auto hidden_BTD = model->trunk(tokens_BT, cache ? &*cache : nullptr);
  const auto logits_V = model->head(hidden_BTD.select(1, -1))[0];
  const auto out_V = logits_V.log_softmax(-1).to(torch::kFloat64).contiguous();
  return {out_V.data_ptr<double>(), out_V.data_ptr<double>() + out_V.numel()};
}

}  // namespace

RemoteTools remote_tools(const HardwareConfig& config) {
  const auto weights = std::make_shared<space::SeededWeights>(kSeed, kDeviation);
  return {.write_artifact =
              [weights](const Architecture& architecture, const ArtifactOptions& options,
                        const std::filesystem::path& file) {
                deploy::write_onnx(architecture, *weights, onnx_options(options), file);
              },
          .log_probabilities =
              [weights, config](const Architecture& architecture) {
                try {
                  return log_probabilities(architecture, config, *weights);
                } catch (const c10::Error& error) {
                  throw runtime_error(space::summary(architecture),
                                      "our own log-probabilities cannot be computed: " +
                                          std::string(error.what_without_backtrace()));
                }
              },
          .connect_now = true};
}

}  // namespace lts::predictor
