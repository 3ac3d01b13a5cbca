#pragma once

#include <compare>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace lts::space {

class Family;

/// The largest value of any gene, wherever a user may write one. With the largest number of
/// parameters below, no count overflows 64 bits.
constexpr std::int64_t kMaxGene = 1'000'000;
constexpr double kMaxParams = 1e15;

/// One architecture, a plain value: its family and its genes. No tensor inside, cheap to copy.
/// Equality, order, JSON and id come from the value alone.
class Architecture {
 public:
  /// `genes` in the order of family.genes(): one entry for a scalar gene, n_layer entries for a
  /// per-layer one. Not checked for being buildable: see Family::flaw.
  Architecture(const Family& family, std::vector<std::int32_t> genes, double dropatt = 0.0);

  const Family& family() const { return *family_; }
  /// The entries of one gene: one for a scalar gene, n_layer for a per-layer one.
  std::span<const std::int32_t> gene(std::string_view name) const;
  /// A scalar gene (or the first layer's entry).
  std::int32_t scalar(std::string_view name) const { return gene(name).front(); }
  /// The gene in one layer; a scalar gene is the same in all.
  std::int32_t in_layer(std::string_view name, std::size_t layer) const;
  std::int32_t n_layer() const { return scalar("n_layer"); }
  /// Dropout on attention weights while training; part of the id, as in the reference.
  double dropatt() const { return dropatt_; }

  bool operator==(const Architecture& other) const;
  std::strong_ordering operator<=>(const Architecture& other) const;

 private:
  const Family* family_;
  std::vector<std::int32_t> genes_;
  double dropatt_;
};

/// The config as the reference writes it: vocab_size, dropatt, max_sequence_length and the genes,
/// without arch_type. A per-layer gene is a list.
nlohmann::json config_json(const Architecture& architecture);

/// family + "_" + SHA-1 of the canonical JSON of the config with `arch_type`: the name of an
/// architecture everywhere in this program, and of 19 of the 20 published models.
std::string archid(const Architecture& architecture);

/// How a candidate came about. The reference hashes a fresh sample before it writes `arch_type`
/// into the config, and whatever was mutated or crossed after (reference/archai.md F1).
enum class Lineage { kSampled, kDerived };

/// The reference's name of an architecture: "gpt2-flex_" where ours is "gpt2_flex_"; a per-layer
/// gene named in `shared` stands in the hashed config as one number. Precondition: such a gene is
/// alike in all layers.
std::string reference_archid(const Architecture& architecture, Lineage lineage,
                             std::span<const std::string_view> shared = {});
/// How the reference names a fresh sample of the family's default space.
std::string archid_sampled(const Architecture& architecture);

/// Whether a gene has the same value in every layer.
bool all_alike(std::span<const std::int32_t> values);

/// "256|512": the entries of a gene as people write them; "64" where there is one.
std::string entries_text(std::span<const std::int32_t> entries);

/// "gpt2:n_layer=7,d_model=576,d_inner=832,n_head=8": the searched genes, readable as an ARCH; one
/// value where all layers are alike, "256|512" where not.
std::string summary(const Architecture& architecture);

}  // namespace lts::space
