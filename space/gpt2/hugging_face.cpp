#include "space/gpt2/hugging_face.h"

#include <array>

#include "core/error.h"

namespace lts::space::gpt2 {
namespace {

using nlohmann::json;

constexpr std::int64_t kEndOfText = 50256;

/// Settings of GPT2Config with the only value this program computes; absent means that value.
const std::array<std::pair<const char*, json>, 6> kOnly = {{
    {"activation_function", "gelu_new"},
    {"layer_norm_epsilon", 1e-5},
    {"scale_attn_weights", true},
    {"scale_attn_by_inverse_layer_idx", false},
    {"add_cross_attention", false},
    {"tie_word_embeddings", true},
}};

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

double probability(const json& config, const char* key, const std::string& file) {
  const auto found = config.find(key);
  if (found == config.end()) return 0.1;  // GPT2Config's default
  if (!found->is_number() || *found < 0.0 || *found >= 1.0) {
    throw user_error({file}, std::string(key) + " is " + found->dump() +
                                 "; accepted: a number from 0 to below 1");
  }
  return found->get<double>();
}

void refuse_unsupported(const json& config, const std::string& file) {
  for (const auto& [key, only] : kOnly) {
    const auto found = config.find(key);
    if (found == config.end() || *found == only) continue;
    throw user_error({file},
                     std::string(key) + " is " + found->dump() + "; supported: " + only.dump());
  }
}

}  // namespace

std::int64_t positive_integer(const json& value, const std::string& name, const std::string& file) {
  const bool fits = value.is_number_integer() && value >= 1 && value <= kMaxGene;
  if (fits) return value.get<std::int64_t>();
  throw user_error({file}, name + " is " + value.dump() + "; accepted: an integer from 1 to " +
                               std::to_string(kMaxGene));
}

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
  const json end_of_text = c.vocab_size > kEndOfText ? json(kEndOfText) : json(nullptr);
  out["bos_token_id"] = end_of_text;
  out["eos_token_id"] = end_of_text;
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
  refuse_unsupported(config, file);
  Config c;
  c.d_model = positive(config, "n_embd", "hidden_size", 768, file);
  c.n_layer = positive(config, "n_layer", "num_hidden_layers", 12, file);
  c.vocab_size = positive(config, "vocab_size", "vocab_size", 50257, file);
  c.max_sequence_length = positive(config, "n_positions", "max_position_embeddings", 1024, file);
  c.dropatt = probability(config, "attn_pdrop", file);
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
