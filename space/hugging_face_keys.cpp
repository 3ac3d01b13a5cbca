#include "space/hugging_face_keys.h"

#include "core/error.h"
#include "space/architecture.h"

namespace lts::space {

using nlohmann::json;

namespace {

constexpr std::int64_t kEndOfText = 50256;

}  // namespace

bool has_model_type(const json& config, std::string_view model_type) {
  return config.is_object() && config.value("model_type", json()) == json(model_type);
}

void require_settings(const json& config, std::span<const FixedSetting> settings,
                      const std::string& file) {
  for (const auto& [key, only, absent] : settings) {
    const auto found = config.find(key);
    const bool there = found != config.end();
    const json& value = there ? *found : absent;
    if (value == only) continue;
    throw user_error({file}, std::string(key) + (there ? " is " : " is missing, which means ") +
                                 value.dump() + "; supported: " + only.dump());
  }
}

std::int64_t positive_integer(const json& value, const std::string& name, const std::string& file) {
  const bool fits = value.is_number_integer() && value >= 1 && value <= kMaxGene;
  if (fits) return value.get<std::int64_t>();
  throw user_error({file}, name + " is " + value.dump() + "; accepted: an integer from 1 to " +
                               std::to_string(kMaxGene));
}

double probability(const json& config, const char* key, double fallback, const std::string& file) {
  const auto found = config.find(key);
  if (found == config.end()) return fallback;
  if (!found->is_number() || *found < 0.0 || *found >= 1.0) {
    throw user_error({file}, std::string(key) + " is " + found->dump() +
                                 "; accepted: a number from 0 to below 1");
  }
  return found->get<double>();
}

json special_token_keys(std::int64_t vocab_size) {
  const json end_of_text = vocab_size > kEndOfText ? json(kEndOfText) : json(nullptr);
  return {{"bos_token_id", end_of_text}, {"eos_token_id", end_of_text}};
}

}  // namespace lts::space
