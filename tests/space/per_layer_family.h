#pragma once

#include <array>

#include "core/error.h"
#include "space/family.h"
#include "space/search_space.h"

namespace lts::testing {

/// A family with one d_inner a layer, for tests of what gpt2 alone cannot show. It counts nothing.
class PerLayerFamily final : public space::Family {
 public:
  std::string_view name() const override { return "per_layer"; }
  std::span<const space::GeneSpec> genes() const override { return kGenes; }
  std::span<const space::DefaultRange> default_ranges() const override { return kRanges; }
  std::optional<std::string> flaw(const space::Architecture&) const override { return {}; }
  space::Counts counts(const space::Architecture&) const override { return {}; }
  nlohmann::json hugging_face_config(const space::Architecture&) const override { return {}; }
  bool reads_hugging_face(const nlohmann::json&) const override { return false; }
  space::Architecture from_hugging_face(const nlohmann::json&,
                                        const std::string& file) const override {
    throw user_error({file}, "is of no family");
  }

  static const PerLayerFamily& instance() {
    static const PerLayerFamily family;
    return family;
  }

 private:
  static constexpr std::array<space::GeneSpec, 6> kGenes = {{
      {.name = "n_layer"},
      {.name = "d_model"},
      {.name = "n_head"},
      {.name = "vocab_size", .fallback = 50257},
      {.name = "max_sequence_length", .fallback = 1024},
      {.name = "d_inner", .shape = space::GeneShape::kPerLayer},
  }};
  static constexpr std::array<std::int32_t, 3> kHeads = {2, 4, 8};
  static constexpr std::array<space::DefaultRange, 4> kRanges = {{
      {.gene = "n_layer", .min = 1, .max = 10, .step = 1},
      {.gene = "d_inner", .min = 128, .max = 960, .step = 64},
      {.gene = "d_model", .min = 128, .max = 960, .step = 64},
      {.gene = "n_head", .choices = kHeads},
  }};
};

inline std::vector<std::int32_t> stepped_choices(std::int32_t min, std::int32_t max,
                                                 std::int32_t step) {
  std::vector<std::int32_t> out;
  for (std::int32_t value = min; value <= max; value += step) out.push_back(value);
  return out;
}

}  // namespace lts::testing
