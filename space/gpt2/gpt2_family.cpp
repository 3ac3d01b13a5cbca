#include "space/gpt2/gpt2_family.h"

#include "core/error.h"
#include "core/text.h"
#include "space/gpt2/counts.h"
#include "space/gpt2/run_memory.h"

namespace lts::space::gpt2 {

std::optional<std::string> Gpt2Family::flaw(const Architecture& architecture) const {
  const Config c = config_of(architecture);
  for (const std::int64_t n_head : c.n_head) {
    if (c.d_model % n_head == 0) continue;
    return "d_model " + std::to_string(c.d_model) + " is not divisible by n_head " +
           std::to_string(n_head);
  }
  const auto d_model = static_cast<double>(c.d_model);
  double params = 0;
  for (const std::int64_t d_inner : c.d_inner) {
    params += 4.0 * d_model * d_model + 2.0 * d_model * static_cast<double>(d_inner);
  }
  if (params <= kMaxParams) return std::nullopt;
  return "more than " + short_number(kMaxParams) + " parameters in its layers";
}

Counts Gpt2Family::counts(const Architecture& architecture) const {
  return count(config_of(architecture));
}

std::optional<RunMemory> Gpt2Family::run_memory(const Architecture& architecture,
                                                const RunShape& shape) const {
  return gpt2::run_memory(config_of(architecture), shape);
}

Architecture Gpt2Family::from_hugging_face(const nlohmann::json& config,
                                           const std::string& file) const {
  Architecture out = architecture_of(*this, read_config(config, file));
  if (const auto reason = flaw(out)) throw user_error({file}, *reason);
  return out;
}

}  // namespace lts::space::gpt2
