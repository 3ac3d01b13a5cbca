#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lts::space {

/// One weight of a model as Hugging Face's state dict has it: its name there
/// ("transformer.h.0.attn.c_attn.weight") and its shape there (GPT-2's linears [in, out]).
struct WeightSpec {
  std::string name;
  std::vector<std::int64_t> shape;

  std::int64_t num_values() const {
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) product *= extent;
    return product;
  }
};

/// Where the values of a model's weights come from, in fp32, piece by piece: whoever writes them
/// out holds no second copy of a large model.
class WeightSource {
 public:
  virtual ~WeightSource() = default;

  /// Fills `out` with the values of `weight` from the `first` one on, row-major. Precondition:
  /// first + out.size() <= weight.num_values().
  virtual void read(const WeightSpec& weight, std::int64_t first, std::span<float> out) = 0;
};

}  // namespace lts::space
