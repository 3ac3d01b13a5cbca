#include "space/gpt2_flex/hugging_face.h"

#include "core/error.h"
#include "space/gpt2/hugging_face.h"
#include "space/hugging_face_keys.h"

namespace lts::space::gpt2_flex {
namespace {

using nlohmann::json;

constexpr const char* kHeads = "n_head_per_layer";
constexpr const char* kInner = "n_inner_per_layer";

std::vector<std::int64_t> per_layer(const json& config, const char* key, std::int64_t n_layer,
                                    const std::string& file) {
  const std::string name(key);
  const json list = config.value(name, json());
  if (!list.is_array() || std::ssize(list) != n_layer) {
    throw user_error({file}, name + (list.is_null() ? " is missing" : " is " + list.dump()) +
                                 "; accepted: a list of " + std::to_string(n_layer) +
                                 " integers, one a layer");
  }
  std::vector<std::int64_t> out;
  for (const json& value : list) out.push_back(positive_integer(value, name, file));
  return out;
}

}  // namespace

json to_hugging_face(const gpt2::Config& c) {
  json out = gpt2::common_keys(c);
  out["architectures"] = json::array({"Gpt2FlexLMHeadModel"});
  out["model_type"] = "gpt2_flex";
  out["auto_map"] = {{"AutoConfig", "modeling_gpt2_flex.Gpt2FlexConfig"},
                     {"AutoModelForCausalLM", "modeling_gpt2_flex.Gpt2FlexLMHeadModel"}};
  out[kHeads] = c.n_head;
  out[kInner] = c.d_inner;
  return out;
}

gpt2::Config read_hugging_face(const json& config, const std::string& file) {
  gpt2::Config c = gpt2::read_common_keys(config, file);
  c.n_head = per_layer(config, kHeads, c.n_layer, file);
  c.d_inner = per_layer(config, kInner, c.n_layer, file);
  return c;
}

}  // namespace lts::space::gpt2_flex
