#include "space/architecture.h"

#include <algorithm>

#include "core/digest.h"
#include "core/error.h"
#include "core/python_json.h"
#include "core/text.h"
#include "space/family.h"

namespace lts::space {

Architecture::Architecture(const Family& family, std::vector<std::int32_t> genes, double dropatt)
    : family_(&family), genes_(std::move(genes)), dropatt_(dropatt + 0.0) {  // -0.0 is 0.0
  LTS_ASSERT(!genes_.empty());
}

std::span<const std::int32_t> Architecture::gene(std::string_view name) const {
  const auto n_layer = static_cast<std::size_t>(genes_.front());
  std::size_t begin = 0;
  for (const GeneSpec& spec : family_->genes()) {
    const std::size_t size = spec.shape == GeneShape::kScalar ? 1 : n_layer;
    if (spec.name == name) {
      LTS_ASSERT(begin + size <= genes_.size());
      return std::span(genes_).subspan(begin, size);
    }
    begin += size;
  }
  assertion_failed("the family has the gene", __FILE__, __LINE__);
}

std::int32_t Architecture::in_layer(std::string_view name, std::size_t layer) const {
  const auto values = gene(name);
  return values[std::min(layer, values.size() - 1)];
}

bool Architecture::operator==(const Architecture& other) const { return (*this <=> other) == 0; }

std::strong_ordering Architecture::operator<=>(const Architecture& other) const {
  if (const auto order = family_->name() <=> other.family_->name(); order != 0) return order;
  if (const auto order = genes_ <=> other.genes_; order != 0) return order;
  return std::strong_order(dropatt_, other.dropatt_);
}

nlohmann::json config_json(const Architecture& architecture) {
  nlohmann::json out = {{"dropatt", architecture.dropatt()}};
  for (const GeneSpec& spec : architecture.family().genes()) {
    const auto values = architecture.gene(spec.name);
    const std::string name(spec.name);
    if (spec.shape == GeneShape::kScalar) {
      out[name] = values.front();
    } else {
      out[name] = std::vector<std::int32_t>(values.begin(), values.end());
    }
  }
  return out;
}

std::string archid(const Architecture& architecture) {
  const std::string family(architecture.family().name());
  nlohmann::json config = config_json(architecture);
  config["arch_type"] = family;
  return family + "_" + sha1_hex(python_json(config));
}

std::string reference_archid(const Architecture& architecture, Lineage lineage,
                             std::span<const std::string_view> shared) {
  std::string arch_type(architecture.family().name());
  std::ranges::replace(arch_type, '_', '-');
  nlohmann::json config = config_json(architecture);
  for (const std::string_view gene : shared) {
    LTS_ASSERT(all_alike(architecture.gene(gene)));
    config[std::string(gene)] = architecture.scalar(gene);
  }
  if (lineage == Lineage::kDerived) config["arch_type"] = arch_type;
  return arch_type + "_" + sha1_hex(python_json(config));
}

std::string archid_sampled(const Architecture& architecture) {
  std::vector<std::string_view> shared;
  for (const DefaultRange& range : architecture.family().default_ranges()) {
    const bool one_value = range.shape == GeneShape::kScalar;
    if (one_value && all_alike(architecture.gene(range.gene))) shared.push_back(range.gene);
  }
  return reference_archid(architecture, Lineage::kSampled, shared);
}

bool all_alike(std::span<const std::int32_t> values) {
  return std::ranges::all_of(values, [&](std::int32_t value) { return value == values.front(); });
}

std::string entries_text(std::span<const std::int32_t> entries) {
  std::vector<std::string> out;
  for (const std::int32_t entry : entries) out.push_back(std::to_string(entry));
  return join(out, "|");
}

std::string summary(const Architecture& architecture) {
  std::vector<std::string> parts;
  for (const GeneSpec& spec : architecture.family().genes()) {
    if (spec.fallback != 0) continue;  // constants of the space say nothing here
    const auto entries = architecture.gene(spec.name);
    const auto shown = all_alike(entries) ? entries.first(1) : entries;
    parts.push_back(std::string(spec.name) + "=" + entries_text(shown));
  }
  return std::string(architecture.family().name()) + ":" + join(parts, ",");
}

}  // namespace lts::space
