#pragma once

#include <optional>
#include <string>

#include "space/family.h"
#include "space/gpt2/config.h"

namespace lts::space::gpt2 {

/// What the families of GPT-2 share. They differ in their genes and in their Hugging Face configs.
class Gpt2Family : public Family {
 public:
  std::optional<std::string> flaw(const Architecture& architecture) const override;
  Counts counts(const Architecture& architecture) const override;
  std::optional<RunMemory> run_memory(const Architecture& architecture,
                                      const RunShape& shape) const override;
  Architecture from_hugging_face(const nlohmann::json& config,
                                 const std::string& file) const override;

 protected:
  /// The genes of a Hugging Face config of this family. \throws as from_hugging_face.
  virtual Config read_config(const nlohmann::json& config, const std::string& file) const = 0;
};

}  // namespace lts::space::gpt2
