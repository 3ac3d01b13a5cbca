#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

namespace lts::space {

// What families share in reading and writing a Hugging Face config.json. `file` begins every
// message.

/// A setting with the only value that a family's module computes.
struct FixedSetting {
  const char* key;
  nlohmann::json only;
  nlohmann::json absent;  ///< what transformers takes where the key is absent
};

/// Whether a config names this model type.
bool has_model_type(const nlohmann::json& config, std::string_view model_type);

/// \throws Error kUser for the first setting that has, or by its absence means, another value.
void require_settings(const nlohmann::json& config, std::span<const FixedSetting> settings,
                      const std::string& file);

/// \throws Error kUser, naming `name`, unless it is an integer from 1 to kMaxGene.
std::int64_t positive_integer(const nlohmann::json& value, const std::string& name,
                              const std::string& file);

/// A number from 0 to below 1 under `key`, or `fallback`. \throws Error kUser for anything else.
double probability(const nlohmann::json& config, const char* key, double fallback,
                   const std::string& file);

/// `bos_token_id` and `eos_token_id`: GPT-2's end of text, null where the vocabulary lacks it.
nlohmann::json special_token_keys(std::int64_t vocab_size);

}  // namespace lts::space
