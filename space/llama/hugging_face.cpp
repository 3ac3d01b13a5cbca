#include "space/llama/hugging_face.h"

#include <array>

#include "core/error.h"
#include "space/hugging_face_keys.h"

namespace lts::space::llama {
namespace {

using nlohmann::json;

/// Settings of LlamaConfig that the module knows one value of.
const std::array<FixedSetting, 7> kSettings = {{
    {"hidden_act", "silu", "silu"},
    {"rms_norm_eps", kNormEpsilon, kNormEpsilon},
    {"rope_theta", kRopeTheta, kRopeTheta},
    {"partial_rotary_factor", 1.0, 1.0},
    {"attention_bias", false, false},
    {"mlp_bias", false, false},
    {"tie_word_embeddings", true, false},
}};

json rotation() { return {{"rope_theta", kRopeTheta}, {"rope_type", "default"}}; }

/// Whether an entry of rope_parameters, or of transformers 4's rope_scaling, says what is computed.
bool is_supported(const std::string& key, const json& value) {
  if (key == "rope_type" || key == "type") return value == "default";
  if (key == "rope_theta") return value == kRopeTheta;
  return key == "partial_rotary_factor" && value == 1.0;
}

void require_rotation(const json& config, const char* key, const std::string& file) {
  const json found = config.value(key, json());
  if (found.is_null()) return;
  bool supported = found.is_object();
  if (supported) {
    for (const auto& [name, value] : found.items()) supported &= is_supported(name, value);
  }
  if (supported) return;
  throw user_error({file}, std::string(key) + " is " + found.dump() + "; supported: null or " +
                               rotation().dump());
}

/// What a null means; an absent key means the fallback.
enum class Null { kIsRefused, kIsAbsent };

std::int64_t positive(const json& config, const char* key, std::int64_t fallback,
                      const std::string& file, Null null = Null::kIsRefused) {
  const auto found = config.find(key);
  if (found == config.end()) return fallback;
  if (null == Null::kIsAbsent && found->is_null()) return fallback;
  return positive_integer(*found, key, file);
}

}  // namespace

json to_hugging_face(const Config& c) {
  json out = {{"architectures", json::array({"LlamaForCausalLM"})},
              {"attention_bias", false},
              {"attention_dropout", c.dropatt},
              {"head_dim", c.d_head()},
              {"hidden_act", "silu"},
              {"hidden_size", c.d_model},
              {"initializer_range", 0.02},
              {"intermediate_size", c.d_inner},
              {"max_position_embeddings", c.max_sequence_length},
              {"mlp_bias", false},
              {"model_type", "llama"},
              {"num_attention_heads", c.n_head},
              {"num_hidden_layers", c.n_layer},
              {"num_key_value_heads", c.n_kv_head},
              {"rms_norm_eps", kNormEpsilon},
              {"rope_parameters", rotation()},
              {"rope_theta", kRopeTheta},
              {"tie_word_embeddings", true},
              {"torch_dtype", "float32"},
              {"use_cache", true},
              {"vocab_size", c.vocab_size}};
  out.update(special_token_keys(c.vocab_size));
  return out;
}

Config read_hugging_face(const json& config, const std::string& file) {
  require_settings(config, kSettings, file);
  require_rotation(config, "rope_parameters", file);
  require_rotation(config, "rope_scaling", file);
  Config c;
  c.n_layer = positive(config, "num_hidden_layers", 32, file);
  c.d_model = positive(config, "hidden_size", 4096, file);
  c.d_inner = positive(config, "intermediate_size", 11008, file);
  c.n_head = positive(config, "num_attention_heads", 32, file);
  c.n_kv_head = positive(config, "num_key_value_heads", c.n_head, file, Null::kIsAbsent);
  c.vocab_size = positive(config, "vocab_size", 32000, file);
  c.max_sequence_length = positive(config, "max_position_embeddings", 2048, file);
  c.dropatt = probability(config, "attention_dropout", 0.0, file);
  return c;
}

void require_head_width(const json& config, const Config& read, const std::string& file) {
  const std::int64_t d_head = read.d_head();
  if (positive(config, "head_dim", d_head, file, Null::kIsAbsent) == d_head) return;
  throw user_error({file}, "head_dim is " + config["head_dim"].dump() +
                               "; supported: hidden_size / num_attention_heads, which is " +
                               std::to_string(d_head));
}

}  // namespace lts::space::llama
