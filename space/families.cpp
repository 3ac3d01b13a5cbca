#include <algorithm>
#include <array>

#include "core/error.h"
#include "space/family.h"
#include "space/gpt2/gpt2.h"
#include "space/gpt2_flex/gpt2_flex.h"
#include "space/llama/llama.h"

namespace lts::space {

std::span<const Family* const> families() {
  static const std::array kFamilies{
      // One line a family; its module's stands in model_families.cpp.
      &gpt2::family(),
      &gpt2_flex::family(),
      &llama::family(),
  };
  return kFamilies;
}

const GeneSpec* find_gene(const Family& family, std::string_view name) {
  const auto genes = family.genes();
  const auto found = std::ranges::find(genes, name, &GeneSpec::name);
  return found == genes.end() ? nullptr : &*found;
}

bool is_per_layer(const Family& family, std::string_view gene) {
  const GeneSpec* const spec = find_gene(family, gene);
  return spec && spec->shape == GeneShape::kPerLayer;
}

const Family& family_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Family* family : families()) {
    if (family->name() == name) return *family;
    names.emplace_back(family->name());
  }
  throw user_error("unknown family '" + std::string(name) + "'" + accepted_names(name, names));
}

}  // namespace lts::space
