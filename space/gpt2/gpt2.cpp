#include "space/gpt2/gpt2.h"

#include <array>

#include "core/error.h"
#include "core/text.h"
#include "space/gpt2/config.h"
#include "space/gpt2/counts.h"
#include "space/gpt2/hugging_face.h"
#include "space/gpt2/run_memory.h"

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

class Gpt2 final : public Family {
 public:
  std::string_view name() const override { return "gpt2"; }
  std::span<const GeneSpec> genes() const override { return kGenes; }
  std::span<const DefaultRange> default_ranges() const override { return kRanges; }

  std::optional<std::string> flaw(const Architecture& architecture) const override {
    const Config c = config_of(architecture);
    if (c.d_model % c.n_head != 0) {
      return "d_model " + std::to_string(c.d_model) + " is not divisible by n_head " +
             std::to_string(c.n_head);
    }
    const double layer = 4.0 * c.d_model * c.d_model + 2.0 * c.d_model * c.d_inner;
    if (c.n_layer * layer <= kMaxParams) return std::nullopt;
    return "more than " + short_number(kMaxParams) + " parameters in its layers";
  }

  Counts counts(const Architecture& architecture) const override {
    return count(config_of(architecture));
  }
  std::optional<RunMemory> run_memory(const Architecture& architecture,
                                      const RunShape& shape) const override {
    return gpt2::run_memory(config_of(architecture), shape);
  }

  nlohmann::json hugging_face_config(const Architecture& architecture) const override {
    return to_hugging_face(config_of(architecture));
  }

  bool reads_hugging_face(const nlohmann::json& config) const override {
    return config.is_object() && config.value("model_type", nlohmann::json()) == "gpt2";
  }

  Architecture from_hugging_face(const nlohmann::json& config,
                                 const std::string& file) const override {
    const Config c = gpt2::from_hugging_face(config, file);
    const auto narrow = [](std::int64_t value) { return static_cast<std::int32_t>(value); };
    Architecture out(*this,
                     {narrow(c.n_layer), narrow(c.d_model), narrow(c.d_inner), narrow(c.n_head),
                      narrow(c.vocab_size), narrow(c.max_sequence_length)},
                     c.dropatt);
    if (const auto reason = flaw(out)) throw user_error({file}, *reason);
    return out;
  }
};

}  // namespace

Config config_of(const Architecture& architecture) {
  return {.n_layer = architecture.scalar("n_layer"),
          .d_model = architecture.scalar("d_model"),
          .d_inner = architecture.scalar("d_inner"),
          .n_head = architecture.scalar("n_head"),
          .vocab_size = architecture.scalar("vocab_size"),
          .max_sequence_length = architecture.scalar("max_sequence_length"),
          .dropatt = architecture.dropatt()};
}

const Family& family() {
  static const Gpt2 instance;
  return instance;
}

}  // namespace lts::space::gpt2
