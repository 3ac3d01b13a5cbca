#include "space/gpt2/hugging_face.h"

#include <array>

#include "space/hugging_face_keys.h"

namespace lts::space::gpt2 {
namespace {

using nlohmann::json;

/// Settings of GPT2Config that the module knows one value of.
const std::array<FixedSetting, 6> kSettings = {{
    {"activation_function", "gelu_new", "gelu_new"},
    {"layer_norm_epsilon", 1e-5, 1e-5},
    {"scale_attn_weights", true, true},
    {"scale_attn_by_inverse_layer_idx", false, false},
    {"add_cross_attention", false, false},
    {"tie_word_embeddings", true, true},
}};

constexpr double kDefaultDropout = 0.1;  // GPT2Config's

/// A gene by its key or, as in transformers (GPT2Config.attribute_map), by a common key that wins.
std::int64_t positive(const json& config, const char* key, const char* common_key,
                      std::int64_t fallback, const std::string& file) {
  const char* name = config.contains(common_key) ? common_key : key;
  const auto found = config.find(name);
  return found == config.end() ? fallback : positive_integer(*found, name, file);
}

std::vector<std::int64_t> in_every_layer(const Config& c, std::int64_t value) {
  return std::vector<std::int64_t>(static_cast<std::size_t>(c.n_layer), value);
}

}  // namespace

json common_keys(const Config& c) {
  json out = {{"activation_function", "gelu_new"},
              {"attn_pdrop", c.dropatt},
              {"embd_pdrop", 0.1},
              {"resid_pdrop", 0.1},
              {"initializer_range", 0.02},
              {"layer_norm_epsilon", 1e-5},
              {"n_ctx", c.max_sequence_length},
              {"n_positions", c.max_sequence_length},
              {"n_embd", c.d_model},
              {"n_layer", c.n_layer},
              {"scale_attn_weights", true},
              {"tie_word_embeddings", true},
              {"torch_dtype", "float32"},
              {"use_cache", true},
              {"vocab_size", c.vocab_size}};
  out.update(special_token_keys(c.vocab_size));
  return out;
}

json to_hugging_face(const Config& c) {
  json out = common_keys(c);
  out["architectures"] = json::array({"GPT2LMHeadModel"});
  out["model_type"] = "gpt2";
  out["n_head"] = c.n_head.front();
  out["n_inner"] = c.d_inner.front();
  return out;
}

Config read_common_keys(const json& config, const std::string& file) {
  require_settings(config, kSettings, file);
  Config c;
  c.d_model = positive(config, "n_embd", "hidden_size", 768, file);
  c.n_layer = positive(config, "n_layer", "num_hidden_layers", 12, file);
  c.vocab_size = positive(config, "vocab_size", "vocab_size", 50257, file);
  c.max_sequence_length = positive(config, "n_positions", "max_position_embeddings", 1024, file);
  c.dropatt = probability(config, "attn_pdrop", kDefaultDropout, file);
  return c;
}

Config read_hugging_face(const json& config, const std::string& file) {
  Config c = read_common_keys(config, file);
  c.n_head = in_every_layer(c, positive(config, "n_head", "num_attention_heads", 12, file));
  const bool has_inner = config.contains("n_inner") && !config["n_inner"].is_null();
  c.d_inner = in_every_layer(
      c, has_inner ? positive(config, "n_inner", "n_inner", 0, file) : 4 * c.d_model);
  return c;
}

}  // namespace lts::space::gpt2
