#include "space/gpt2/gpt2.h"

#include <array>

#include "space/gpt2/gpt2_family.h"
#include "space/gpt2/hugging_face.h"
#include "space/hugging_face_keys.h"

namespace lts::space::gpt2 {
namespace {

constexpr std::array<GeneSpec, 6> kGenes = {{
    {.name = "n_layer"},
    {.name = "d_model"},
    {.name = "d_inner"},
    {.name = "n_head"},
    {.name = "vocab_size", .fallback = 50257},
    {.name = "max_sequence_length", .fallback = 1024},
}};

constexpr std::array<std::int32_t, 3> kHeads = {2, 4, 8};

// The order is the order of the reference's random draws.
constexpr std::array<DefaultRange, 4> kRanges = {{
    {.gene = "n_layer", .min = 1, .max = 10, .step = 1},
    {.gene = "d_inner", .min = 128, .max = 960, .step = 64},
    {.gene = "d_model", .min = 128, .max = 960, .step = 64},
    {.gene = "n_head", .choices = kHeads},
}};

class Gpt2 final : public Gpt2Family {
 public:
  std::string_view name() const override { return "gpt2"; }
  std::span<const GeneSpec> genes() const override { return kGenes; }
  std::span<const DefaultRange> default_ranges() const override { return kRanges; }
  nlohmann::json hugging_face_config(const Architecture& architecture) const override {
    return to_hugging_face(config_of(architecture));
  }
  bool reads_hugging_face(const nlohmann::json& config) const override {
    return has_model_type(config, name());
  }

 private:
  Config read_config(const nlohmann::json& config, const std::string& file) const override {
    return read_hugging_face(config, file);
  }
};

}  // namespace

const Family& family() {
  static const Gpt2 instance;
  return instance;
}

}  // namespace lts::space::gpt2
