#include "predictor/proxies/closed_form.h"

#include <array>
#include <cmath>

#include "core/error.h"
#include "space/family.h"

namespace lts::predictor {
namespace {

using space::Counts;

using Value = std::optional<double>;

Value real(std::int64_t value) { return static_cast<double>(value); }

/// The geometric mean of what attention and feed-forward blocks have: reference/field-survey.md
/// F0.2.
Value balanced(const Counts& c) {
  return std::sqrt(static_cast<double>(c.attention_params) * static_cast<double>(c.ffn_params));
}

constexpr std::array<ClosedForm, 12> kClosedForms = {{
    {"decoder_params", "parameters", [](const Counts& c) { return real(c.decoder_params()); }},
    {"attention_params", "parameters", [](const Counts& c) { return real(c.attention_params); }},
    {"ffn_params", "parameters", [](const Counts& c) { return real(c.ffn_params); }},
    {"embedding_params", "parameters", [](const Counts& c) { return real(c.embedding_params); }},
    {"total_params", "parameters", [](const Counts& c) { return real(c.total_params()); }},
    {"flops_per_token", "FLOPs", [](const Counts& c) { return real(c.flops_per_token); }},
    {"kv_cache_bytes_per_token", "bytes",
     [](const Counts& c) { return real(c.kv_cache_bytes_per_token); }},
    {"weight_bytes", "bytes", [](const Counts& c) { return real(c.weight_bytes()); }},
    // Biases of one length are stored once, whichever layers they are of.
    {"onnx_file_mib", "MiB", [](const Counts& c) { return c.onnx_file_mib; }, false, false},
    {"onnx_file_mib_no_past", "MiB", [](const Counts& c) { return c.onnx_file_mib_no_past; }, false,
     false},
    {"balanced", "parameters", balanced, false, false},
    {"nsc", "nats", [](const Counts& c) { return Value(c.spectral_capacity); }, false},
}};

class ClosedFormEvaluator final : public Evaluator {
 public:
  explicit ClosedFormEvaluator(const ClosedForm& form) : form_(form) {}
  Cost cost() const override { return Cost::kFree; }
  std::string unit() const override { return std::string(form_.unit); }
  Outcome evaluate(const space::Architecture& architecture) override {
    const space::Family& family = architecture.family();
    if (const auto value = form_.value(family.counts(architecture))) {
      return Measurement{.value = *value};
    }
    return Failure{"candidate",
                   "family '" + std::string(family.name()) + "' has no " + std::string(form_.name)};
  }
  bool adds_over_layers(const space::Family& /*family*/) const override {
    return form_.adds_over_layers;
  }

 private:
  const ClosedForm& form_;
};

}  // namespace

std::span<const ClosedForm> closed_forms() { return kClosedForms; }

std::vector<std::string> closed_form_names() {
  std::vector<std::string> names;
  for (const ClosedForm& form : kClosedForms) names.emplace_back(form.name);
  return names;
}

const ClosedForm* find_closed_form(std::string_view name) {
  if (name == "non_embedding_params") name = "decoder_params";  // the reference's name
  for (const ClosedForm& form : kClosedForms) {
    if (form.name == name) return &form;
  }
  return nullptr;
}

nlohmann::ordered_json closed_forms_json(const Counts& counts) {
  nlohmann::ordered_json out;
  for (const ClosedForm& form : kClosedForms) {
    const auto value = form.value(counts);
    nlohmann::ordered_json& entry = out[std::string(form.name)];
    if (value && form.is_whole) {
      entry = static_cast<std::int64_t>(*value);
    } else if (value) {
      entry = *value;
    }
  }
  return out;
}

std::shared_ptr<Evaluator> make_closed_form(std::string_view name) {
  if (const ClosedForm* form = find_closed_form(name))
    return std::make_shared<ClosedFormEvaluator>(*form);
  throw user_error("unknown proxy '" + std::string(name) + "'" +
                   accepted_names(name, closed_form_names()));
}

}  // namespace lts::predictor
