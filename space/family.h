#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "space/architecture.h"
#include "space/counts.h"
#include "space/run_memory.h"

namespace lts::space {

enum class GeneShape { kScalar, kPerLayer };

/// One gene of a family. `fallback` is the value where a user leaves it unset; 0 means it must be
/// set.
struct GeneSpec {
  std::string_view name;
  GeneShape shape = GeneShape::kScalar;
  std::int32_t fallback = 0;
};

/// The published range of a searched gene: min, min + step, ..., max, or the listed choices. A
/// per-layer gene is drawn for each layer (kPerLayer) or once for all (kScalar); a space may say
/// otherwise.
struct DefaultRange {
  std::string_view gene;
  std::int32_t min = 0, max = 0, step = 1;
  std::span<const std::int32_t> choices = {};
  GeneShape shape = GeneShape::kScalar;
};

/// A file of a Hugging Face model folder.
struct ModelFile {
  std::string name, content;
};

/// A family of architectures, torch-free: what its genes mean and what its members count.
/// Stateless; one static instance each, listed in families.cpp. Its LibTorch module stands in
/// model_families.cpp.
class Family {
 public:
  virtual ~Family() = default;

  /// The name in YAML and in `archid`; [a-z0-9_]+.
  virtual std::string_view name() const = 0;
  /// All genes in the layout order of Architecture: n_layer first, scalars before per-layer ones.
  virtual std::span<const GeneSpec> genes() const = 0;
  /// The searched genes with their published ranges, n_layer first, in the order in which the
  /// reference's operators draw them.
  virtual std::span<const DefaultRange> default_ranges() const = 0;
  /// Why the architecture cannot be built ("d_model 128 is not divisible by n_head 3"), or nothing.
  /// Beyond kMaxParams a flaw is of one layer, whatever the others are: exact fronts are merged so.
  virtual std::optional<std::string> flaw(const Architecture& architecture) const = 0;
  /// Closed-form counts. Precondition: no flaw.
  virtual Counts counts(const Architecture& architecture) const = 0;
  /// What a run of its inference form holds in memory, in closed form; nothing where the family has
  /// none. Precondition: no flaw, and the run's positions fit.
  virtual std::optional<RunMemory> run_memory(const Architecture& /*architecture*/,
                                              const RunShape& /*shape*/) const {
    return std::nullopt;
  }

  /// Hugging Face `config.json` of the architecture, complete for AutoModelForCausalLM.from_config.
  virtual nlohmann::json hugging_face_config(const Architecture& architecture) const = 0;
  /// The modelling code that must lie beside that config: none where transformers knows the family.
  virtual std::vector<ModelFile> hugging_face_code() const { return {}; }
  /// Whether a Hugging Face config (by its `model_type`) is of this family.
  virtual bool reads_hugging_face(const nlohmann::json& config) const = 0;
  /// The architecture of a Hugging Face config. \throws Error kUser, beginning with `file`, on
  /// missing or unsupported keys.
  virtual Architecture from_hugging_face(const nlohmann::json& config,
                                         const std::string& file) const = 0;
};

/// The gene of that name; null for what is no gene of the family.
const GeneSpec* find_gene(const Family& family, std::string_view name);
/// Whether each layer has an entry of its own of the gene; false for what is no gene of the family.
bool is_per_layer(const Family& family, std::string_view gene);

/// Every family, in the order of the table in families.cpp.
std::span<const Family* const> families();
/// The family of that name. \throws Error kUser naming the accepted ones.
const Family& family_named(std::string_view name);

}  // namespace lts::space
