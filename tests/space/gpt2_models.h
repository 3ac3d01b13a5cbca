#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/csv.h"
#include "core/text.h"
#include "space/architecture.h"
#include "space/gpt2/gpt2.h"

namespace lts::testing {

/// A GPT-2 with the published vocabulary and length.
inline space::Architecture gpt2(std::int32_t n_layer, std::int32_t d_model, std::int32_t d_inner,
                                std::int32_t n_head, double dropatt = 0.0) {
  return {space::gpt2::family(), {n_layer, d_model, d_inner, n_head, 50257, 1024}, dropatt};
}

/// A row of tests/data/published_models.csv.
struct PublishedRow {
  std::string archid;
  space::Architecture architecture;
  bool hashed_with_arch_type;
  std::string non_embedding_params_millions;  ///< two decimals
  double memory_mib;
};

inline std::vector<PublishedRow> published_rows() {
  const CsvTable table = read_csv(LTS_SOURCE_DIR "/tests/data/published_models.csv");
  std::vector<PublishedRow> out;
  for (const auto& row : table.rows) {
    const auto text = [&](const char* column) { return row[table.column(column)]; };
    const auto gene = [&](const char* column) { return std::stoi(text(column)); };
    out.push_back({text("archid"),
                   gpt2(gene("n_layer"), gene("d_model"), gene("d_inner"), gene("n_head")),
                   text("hashed_with_arch_type") == "1", text("non_embedding_params_millions"),
                   std::stod(text("memory_mib"))});
  }
  return out;
}

}  // namespace lts::testing
