#include "space/llama/llama.h"

#include <array>

#include "core/error.h"
#include "core/text.h"
#include "space/hugging_face_keys.h"
#include "space/llama/counts.h"
#include "space/llama/hugging_face.h"

namespace lts::space::llama {
namespace {

constexpr std::array<GeneSpec, 7> kGenes = {{
    {.name = "n_layer"},
    {.name = "d_model"},
    {.name = "d_inner"},
    {.name = "n_head"},
    {.name = "n_kv_head"},
    {.name = "vocab_size", .fallback = 50257},
    {.name = "max_sequence_length", .fallback = 1024},
}};

constexpr std::array<std::int32_t, 3> kHeads = {2, 4, 8};
constexpr std::array<std::int32_t, 4> kKeyHeads = {1, 2, 4, 8};

constexpr std::array<DefaultRange, 5> kRanges = {{
    {.gene = "n_layer", .min = 1, .max = 10, .step = 1},
    {.gene = "d_inner", .min = 128, .max = 960, .step = 64},
    {.gene = "d_model", .min = 128, .max = 960, .step = 64},
    {.gene = "n_head", .choices = kHeads},
    {.gene = "n_kv_head", .choices = kKeyHeads},
}};

std::string indivisible(const char* what, std::int64_t value, const char* by,
                        std::int64_t divisor) {
  return std::string(what) + " " + std::to_string(value) + " is not divisible by " + by + " " +
         std::to_string(divisor);
}

double params_of_layers(const Config& c) {
  const auto d_model = static_cast<double>(c.d_model), d_inner = static_cast<double>(c.d_inner);
  return static_cast<double>(c.n_layer) * (4.0 * d_model * d_model + 3.0 * d_model * d_inner);
}

Architecture architecture_of(const Family& family, const Config& c) {
  std::vector<std::int32_t> genes;
  for (const std::int64_t gene : {c.n_layer, c.d_model, c.d_inner, c.n_head, c.n_kv_head,
                                  c.vocab_size, c.max_sequence_length})
    genes.push_back(static_cast<std::int32_t>(gene));
  return Architecture(family, std::move(genes), c.dropatt);
}

class Llama final : public Family {
 public:
  std::string_view name() const override { return "llama"; }
  std::span<const GeneSpec> genes() const override { return kGenes; }
  std::span<const DefaultRange> default_ranges() const override { return kRanges; }

  std::optional<std::string> flaw(const Architecture& architecture) const override {
    const Config c = config_of(architecture);
    if (c.d_model % c.n_head != 0) return indivisible("d_model", c.d_model, "n_head", c.n_head);
    if (c.n_head % c.n_kv_head != 0)
      return indivisible("n_head", c.n_head, "n_kv_head", c.n_kv_head);
    if (c.d_head() % 2 != 0)
      return "d_model " + std::to_string(c.d_model) + " over n_head " + std::to_string(c.n_head) +
             " makes heads of width " + std::to_string(c.d_head()) +
             "; rotary embeddings need an even one";
    if (params_of_layers(c) <= kMaxParams) return std::nullopt;
    return "more than " + short_number(kMaxParams) + " parameters in its layers";
  }

  Counts counts(const Architecture& architecture) const override {
    return count(config_of(architecture));
  }

  nlohmann::json hugging_face_config(const Architecture& architecture) const override {
    return to_hugging_face(config_of(architecture));
  }
  bool reads_hugging_face(const nlohmann::json& config) const override {
    return has_model_type(config, name());
  }
  Architecture from_hugging_face(const nlohmann::json& config,
                                 const std::string& file) const override {
    const Config read = read_hugging_face(config, file);
    Architecture out = architecture_of(*this, read);
    if (const auto reason = flaw(out)) throw user_error({file}, *reason);
    require_head_width(config, read, file);
    return out;
  }
};

}  // namespace

const Family& family() {
  static const Llama instance;
  return instance;
}

}  // namespace lts::space::llama
