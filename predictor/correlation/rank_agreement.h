#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/statistics.h"
#include "predictor/correlation/trained_models.h"

namespace lts::predictor {

/// How well a proxy orders the best of a set (reference/archai.md 5.8).
struct TopAgreement {
  int percent = 0;
  std::optional<double> spearman{};  ///< over the best so many percent by perplexity
  double common_ratio = 0;           ///< of them and the proxy's best so many percent
};

/// How well a proxy orders trained models: positive when more of it goes with lower perplexity. A
/// correlation is absent where a side is constant or has less than two models; intervals are 95 %
/// percentile bootstrap over the models, from a fixed seed.
struct RankAgreement {
  std::int64_t n = 0;
  std::optional<double> spearman{}, kendall{};
  std::optional<Interval> spearman_ci95{}, kendall_ci95{};
  std::vector<TopAgreement> top{};  ///< 10, 20, ..., 100 percent
  /// Kendall's tau over the pairs of models whose decoder parameters differ by less than a tenth of
  /// the larger; pairs that tie are left out. Absent without such pairs.
  std::optional<double> same_size_kendall{};
  std::optional<Interval> same_size_kendall_ci95{};
  std::int64_t same_size_pairs = 0;
};

RankAgreement rank_agreement(const TrainedModels& models);

}  // namespace lts::predictor
