#include "space/gpt2/config.h"

#include <map>
#include <string_view>

#include "space/family.h"

namespace lts::space::gpt2 {
namespace {

std::vector<std::int64_t> by_layer(const Architecture& architecture, std::string_view gene) {
  const auto values = architecture.gene(gene);
  if (values.size() > 1) return {values.begin(), values.end()};
  return std::vector<std::int64_t>(static_cast<std::size_t>(architecture.n_layer()),
                                   values.front());
}

}  // namespace

Config config_of(const Architecture& architecture) {
  return {.n_layer = architecture.n_layer(),
          .d_model = architecture.scalar("d_model"),
          .d_inner = by_layer(architecture, "d_inner"),
          .n_head = by_layer(architecture, "n_head"),
          .vocab_size = architecture.scalar("vocab_size"),
          .max_sequence_length = architecture.scalar("max_sequence_length"),
          .dropatt = architecture.dropatt()};
}

Architecture architecture_of(const Family& family, const Config& c) {
  const std::map<std::string_view, std::vector<std::int64_t>> values = {
      {"n_layer", {c.n_layer}},       {"d_model", {c.d_model}},
      {"d_inner", c.d_inner},         {"n_head", c.n_head},
      {"vocab_size", {c.vocab_size}}, {"max_sequence_length", {c.max_sequence_length}}};
  std::vector<std::int32_t> genes;
  for (const GeneSpec& spec : family.genes()) {
    const auto& entries = values.at(spec.name);
    const std::size_t used = spec.shape == GeneShape::kScalar ? 1 : entries.size();
    for (std::size_t i = 0; i < used; ++i) genes.push_back(static_cast<std::int32_t>(entries[i]));
  }
  return Architecture(family, std::move(genes), c.dropatt);
}

}  // namespace lts::space::gpt2
