#include <array>
#include <string_view>

#include "core/error.h"
#include "space/family.h"
#include "space/gpt2/model.h"
#include "space/gpt2/model_inference.h"
#include "space/language_model.h"
#include "space/llama/model.h"
#include "space/llama/model_inference.h"

namespace lts::space {

namespace {

struct ModelFamily {
  std::string_view name;
  ModelPtr (*make)(const Architecture&, const ModelOptions&);
  /// Its inference form on the CPU, or null where the module itself serves.
  InferencePtr (*make_inference)(const ModelPtr&, Precision);
};

// One line a family; its torch-free half stands in families.cpp.
constexpr std::array kModelFamilies{
    ModelFamily{"gpt2", make_gpt2, make_gpt2_inference},
    ModelFamily{"gpt2_flex", make_gpt2, make_gpt2_inference},
    ModelFamily{"llama", make_llama, make_llama_inference},
};

const ModelFamily* find(const Family& family) {
  for (const auto& entry : kModelFamilies)
    if (entry.name == family.name()) return &entry;
  return nullptr;
}

}  // namespace

ModelPtr make_model(const Architecture& architecture, const ModelOptions& options) {
  const Family& family = architecture.family();
  if (const auto flaw = family.flaw(architecture)) throw user_error(*flaw);
  if (const ModelFamily* entry = find(family)) return entry->make(architecture, options);
  throw user_error("family '" + std::string(family.name()) + "' has no module to build");
}

InferencePtr make_inference(const ModelPtr& model, Precision precision) {
  const ModelFamily* const entry = find(model->architecture().family());
  const bool on_cpu = model->parameters().front().is_cpu();
  if (on_cpu && entry != nullptr && entry->make_inference != nullptr)
    return entry->make_inference(model, precision);
  return plain_inference(model, precision);
}

void require_positions(const Architecture& architecture, std::int64_t length) {
  const auto available = architecture.scalar("max_sequence_length");
  if (length <= available) return;
  throw user_error("sequence of " + std::to_string(length) +
                   " tokens; the model's max_sequence_length is " + std::to_string(available));
}

}  // namespace lts::space
